"""A run's rows as a table of numbers: they are streamed, and only what scores need is read and stored.

Ids and scenes become hashes, words of other columns codes, so a million rows take about 0.2 GB.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import UNSET, Struct, UnsetType

from twinlens.core import run_records as records
from twinlens.core import types
from twinlens.core.contracts import decoder
from twinlens.core.errors import BadInput
from twinlens.core.run_records import FailureRow, Row
from twinlens.scoring.caveats import no_verdict
from twinlens.scoring.exif_columns import EXIF_COLUMNS, exif_word
from twinlens.scoring.labels import SIDES, Label, key, share_of
from twinlens.scoring.table import CHOICE_NUMBERS, VERSIONS, Floats, Table

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder


class ScoredOrder(Struct, gc=False):
    """What scores need of what a judge said in one order."""

    first: types.Side
    choice: types.Choice | UnsetType = UNSET


class ScoredClaim(Struct, gc=False):
    """What scores need of a claim."""

    region: types.Region
    aspect: types.Aspect
    favours: types.Favours
    grounding: types.Grounding = "unmeasured"


class ScoredVerdict(Struct, tag_field="schema", tag="twinlens.verdict/2", kw_only=True, gc=False):
    """What scores need of a row with a verdict: its photos, evidence and words of claims are skipped."""

    id: str
    choice: types.Choice
    p_a: types.Probability
    claims: tuple[ScoredClaim, ...]
    rationale: str
    self_contradicting: bool
    judge: str
    scene: str = ""
    kind: records.PairKind = "other"
    label: records.Label = None
    reference: records.Reference = None
    columns: records.Columns = {}
    orders: dict[records.Order, ScoredOrder] = {}
    consistent: records.Consistent = None


ScoredRow = Row | ScoredVerdict
RowReader = tuple[Sequence[str], Callable[[ScoredRow, Label | None], Sequence[float]]]
"""Further numbers of a row, such as those of its text: their names, and what reads them (() of none)."""
OWN_WORDS = ("kind", "scene", "judge", "choice", "label", "failure", "consistent")
"""Fields of a row that may group rows as columns do."""
MOST_VALUES = 500
"""Different values a column may have to be scored by."""


class _Builder:
    """Rows on their way into a table: numbers one after the other, words as codes."""

    def __init__(self, columns: Iterable[str], readers: Iterable[RowReader]) -> None:
        self.ids, self.scenes, self.digest = array("q"), array("q"), 0
        names = dict.fromkeys(("kind", *columns, *VERSIONS))
        self.words = {name: (array("i"), dict[str, int]()) for name in names}
        self.numbers = [(*reader, array("d")) for reader in ((CHOICE_NUMBERS, _choice_numbers), *readers)]
        self._scene_key = lru_cache(MOST_VALUES)(key)

    def add(self, row: ScoredRow, label: Label | None, where: str) -> None:
        """Takes one row."""
        count = len(self.ids)
        for names, read, values in self.numbers:
            if numbers := read(row, label):
                if missing := count * len(names) - len(values):
                    values.extend((math.nan,) * missing)
                values.extend(numbers)
        if label is not None and label.side is not None:
            self.digest = (self.digest + key(f"{row.id}\0{label.side}")) % 2**64
        self.ids.append(id_key := key(row.id))
        scene = row.scene or (label.scene if label is not None else "")
        self.scenes.append(self._scene_key(scene) if scene else id_key)
        for name, (codes, known) in self.words.items():
            word = _word(name, row, label)
            if (code := known.get(word)) is None:
                code = known[word] = len(known)
                if code == MOST_VALUES:
                    raise BadInput(
                        f"{where}: the column {name!r} has more than {MOST_VALUES} different values; "
                        "expected a column that groups pairs, such as kind"
                    )
            codes.append(code)

    def table(self, notes: Iterable[str]) -> Table:
        """The table of all rows; numbers that no row has are left out."""
        numbers: dict[str, Floats] = {}
        for names, _, values in self.numbers:
            if values:
                values.extend((math.nan,) * (len(self.ids) * len(names) - len(values)))
                rows = np.frombuffer(values).reshape(-1, len(names))
                numbers |= {name: rows[:, at].copy() for at, name in enumerate(names)}
        words = {name: (np.array(codes), tuple(known)) for name, (codes, known) in self.words.items()}
        ids, scenes = np.array(self.ids), np.array(self.scenes)
        return Table(ids, scenes, numbers, words, f"{self.digest:016x}", tuple(notes))


def read_rows(
    run: RunFolder,
    columns: Iterable[str] = (),
    labels: dict[int, Label] | None = None,
    readers: Iterable[RowReader] = (),
) -> Table:
    """The rows of a run; labels of a file go before those of the rows. BadInput names a row that is none."""
    columns = tuple(columns)
    made, matched, folder = _Builder(columns, readers), 0, str(run.folder)
    failures: dict[str, tuple[int, str]] = {}
    for where, row in scored_rows(run, photos=any(name in EXIF_COLUMNS for name in columns)):
        if isinstance(row, FailureRow):
            count, detail = failures.get(row.failure, (0, row.detail))
            failures[row.failure] = (count + 1, detail)
        label = label_of(row, labels, where)
        matched += label is not None
        made.add(row, label, where)
    rows, notes = len(made.ids), list(run.notes)
    if not rows:
        raise BadInput(f"{folder!r}: found no row; expected the rows of a run")
    if sum(count for count, _ in failures.values()) == rows:
        notes.insert(0, no_verdict(failures))
    if labels is not None and not matched:
        raise BadInput(f"{folder!r}: none of its {rows} ids is in the labels; expected the same ids")
    if labels is not None and matched < rows:
        notes.append(f"{rows - matched} of {rows} rows have no label in the file of labels.")
    ids, counts = np.unique(np.array(made.ids), return_counts=True)
    if len(ids) < rows:
        name = next(row.id for _, row in scored_rows(run) if key(row.id) in ids[counts > 1])
        raise BadInput(f"{folder!r}: the id {name!r} stands in more than one row; expected each pair once")
    return made.table(notes)


def scored_rows(run: RunFolder, *, photos: bool = False) -> Iterator[tuple[str, ScoredRow]]:
    """Each row with its file and line, and of it what scores need; with `photos`, and of version 1, all."""
    form: Any = ScoredVerdict | FailureRow | records.VerdictRow1 | records.FailureRow1
    return run.rows() if photos else run.rows_by(decoder(form))


def label_of(row: ScoredRow, labels: dict[int, Label] | None, where: str = "") -> Label | None:
    """What people said of a row: by a file of labels, else by the row itself."""
    if labels is not None:
        return labels.get(key(row.id))
    columns = row.columns
    text = row.reference or columns.get("solution") or columns.get("reference")
    if row.label is None and not text and not columns:
        return None
    return Label(row.label, share_of(columns.get("share"), where), str(text) if text else None)


def _choice_numbers(row: ScoredRow, label: Label | None) -> tuple[float, ...]:
    """The numbers of `CHOICE_NUMBERS`."""
    choice, p_a = (math.nan, math.nan) if isinstance(row, FailureRow) else (SIDES[row.choice], row.p_a)
    side = math.nan if label is None or label.side is None else SIDES[label.side]
    chosen = shown = first = 0
    for one in row.orders.values():
        if one.choice is not UNSET:
            chosen += 1
            shown += one.choice != "tie"
            first += one.choice == one.first
    swap = math.nan if row.consistent is None else row.consistent
    share = math.nan if label is None else label.share
    return choice, p_a, side, share, swap, shown, first, chosen == 2


def _word(name: str, row: ScoredRow, label: Label | None) -> str:
    """What a row, or else its label, has in a column."""
    value = row.columns.get(name)
    if value is None and name in OWN_WORDS:
        value = getattr(row, name, None)
    if value is None and label is not None:
        value = label.columns.get(name)
    if value is None and name in EXIF_COLUMNS and not isinstance(row, ScoredVerdict):
        value = exif_word(name, row)
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
