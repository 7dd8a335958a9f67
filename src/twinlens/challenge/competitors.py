"""From what teams handed in to competitors: each submission unpacked and scored by the scoring program."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from twinlens.challenge.blind import Truth
from twinlens.challenge.entries import Entry
from twinlens.challenge.program.evaluation import Evaluation, evaluate
from twinlens.challenge.program.reference import Unscorable
from twinlens.challenge.standings import Competitor, Scored
from twinlens.challenge.unpack import unpack
from twinlens.core.errors import BadInput
from twinlens.core.plain_text import plain

OFFLINE_SCORES = ("supported", "contradicted", "claim_f1", "rating")
"""What joins the table of the scores that need pixels or a model; means over the phases that have them."""
LONGEST_NOTE = 200


def competitor(entry: Entry, phases: Mapping[int, Truth], names: Sequence[str], best: bool) -> Competitor:
    """A team with the submission that counts in each of some phases: the best, or the last that is scored.

    Phases go by number, `names` are those of all.
    """
    notes = [*entry.notes]
    scored = []
    for at, truth in phases.items():
        chosen, said = _chosen(entry.files.get(at, []), truth, best)
        scored.append(chosen)
        notes += [f"{names[at]}: {one}" for one in said]
    shown = [one if len(one) <= LONGEST_NOTE else f"{one[:LONGEST_NOTE]}…" for one in map(plain, notes)]
    return Competitor(plain(entry.team), scored, entry.facts, _offline(entry), shown)


def _chosen(files: Sequence[Path], truth: Truth, best: bool) -> tuple[Scored | None, list[str]]:
    """The submission of a phase that counts, and what is to be said of it and of those that do not."""
    chosen: tuple[float, Evaluation] | None = None
    notes = []
    for file in reversed(files):
        try:
            made = evaluation(file, truth)
        except (BadInput, Unscorable) as error:
            notes.append(f"not scored: {_without_folder(str(error), file)}")
            continue
        if chosen is None or made.scores["score"] >= chosen[0]:
            chosen = made.scores["score"], made
        if not best:
            break
    if chosen is None:
        return None, notes
    notes += _failures(chosen[1])
    return _scored(chosen[1], truth, len(files)), notes


def evaluation(file: Path, truth: Truth) -> Evaluation:
    """What the scoring program makes of a zipped submission; BadInput or Unscorable: why it is nothing."""
    with tempfile.TemporaryDirectory(prefix="twinlens-") as folder:
        unpack(file, Path(folder), truth.reference.limits["bytes"])
        return evaluate(truth.reference, folder)


def _scored(made: Evaluation, truth: Truth, of: int) -> Scored:
    fields = ["correct" if key == "accuracy" else key for key in truth.reference.weights]
    metrics = np.array([[float(getattr(row, name)) for name in fields] for row in made.rows])
    return Scored(metrics, [row.answer for row in made.rows], [row.rationale for row in made.rows], of)


def _failures(made: Evaluation) -> Iterator[str]:
    """How many items failed, with the first reason."""
    failed = sum(not row.line for row in made.rows)
    if failed:
        line, text = made.problems[0]
        where = f"line {line}: " if line else ""
        yield f"{failed} of {len(made.rows)} items failed, such as {where}{text}"


def _without_folder(message: str, file: Path) -> str:
    """A message that names the file and not where it lies on this machine."""
    return message.replace(repr(str(file)), file.name).replace(str(file), file.name)


def _offline(entry: Entry) -> dict[str, float]:
    """The means of the offline scores over the phases that have them."""
    made = {}
    for name in OFFLINE_SCORES:
        values = [one[name].value for one in entry.offline.values() if name in one]
        known = [value for value in values if value is not None]
        if known:
            made[name] = float(np.mean(known))
    return made
