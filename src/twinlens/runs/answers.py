"""Answers that were written elsewhere, as a run: read, grounded, and stored as those of any judge.

An answer calls the pair's a "Image A" and its b "Image B", so it is of one order of the photos; nothing is
known of the other order.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from functools import cached_property

from twinlens.core import catalog
from twinlens.core.errors import BadInput
from twinlens.core.files import AnyPath
from twinlens.core.plain_text import first
from twinlens.core.types import Failure, Pair, Verdict
from twinlens.judges.vlm import ALIKE, NO_PROBABILITIES, shortened
from twinlens.language.lexicon import Lexicon, open_lexicon
from twinlens.language.parse import read_answer
from twinlens.readers import Rows
from twinlens.runs.engine import Summary, run

Said = str | Failure
"""What stands in a file for a pair: a text, or why there is none."""
SHOWN = 3
"""Ids that a message names."""


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as a file holds it: the id of a pair, what was said of it, and where that stands."""

    id: str
    said: Said
    where: str


@dataclass(frozen=True, eq=False)
class Answers:
    """What stands in a file, as a judge: of each pair the text with its id.

    `file` is the file's name, `said` are the texts by the pairs' ids; `model` is who wrote them, where the
    file says so, and `lexicon` a file of words to read by. `unread`, given as `faults`, says what is wrong
    with the lines that name no pair.
    """

    file: str
    said: InitVar[Mapping[str, Said]]
    model: str = ""
    lexicon: str = ""
    faults: InitVar[Sequence[str]] = ()
    unread: tuple[str, ...] = field(init=False, repr=False)
    by_id: dict[str, Said] = field(init=False, repr=False)

    def __post_init__(self, said: Mapping[str, Said], faults: Sequence[str]) -> None:
        object.__setattr__(self, "unread", tuple(faults))
        object.__setattr__(self, "by_id", dict(said))

    @cached_property
    def words(self) -> Lexicon:
        """The words that answers are read by."""
        return open_lexicon(self.lexicon)

    @property
    def version(self) -> str:
        """The start of the hash of all answers, so that others do not go on in a run of these."""
        content = f"{self.words.sha256}{sorted(self.by_id.items())}".encode("utf-8", "replace")
        return f"answers:{hashlib.sha256(content).hexdigest()[:12]}"

    def judge(self, pair: Pair) -> Verdict | Failure:
        """What was said of a pair; a failure with the text where no answer can be read in it."""
        spec = catalog.spec(self)
        missing = Failure("broken", f"found no answer with this id in {self.file!r}; expected one")
        said = self.by_id.get(pair.id, missing)
        reading = said if isinstance(said, Failure) else read_answer(said, self.words)
        if isinstance(reading, Failure):
            return replace(reading, raw=shortened(reading.raw), judge=spec, pair_id=pair.id)
        text, claims = shortened(str(said)), reading.claims
        if reading.answer not in ("a", "b"):
            return Verdict(pair, spec, "tie", 0.5, claims, text, notes=(ALIKE,))
        p_a = float(reading.answer == "a")
        return Verdict(pair, spec, reading.answer, p_a, claims, text, notes=(NO_PROBABILITIES,))


def run_answers(
    rows: Rows,
    answers: Answers,
    out: AnyPath,
    *,
    workers: int | None = 1,
    limit: int | None = None,
    force: bool = False,
    retry_failed: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Write answers as a run of these rows, going on where it stopped.

    BadInput where an answer has an id that no row has. A row without an answer is a failure of the kind
    "broken"; `missing` counts them.
    """
    if unknown := sorted(answers.by_id.keys() - {row.id for row in rows}):
        raise BadInput(
            f"{answers.file}: found answers to {first(map(repr, unknown), SHOWN)}, "
            f"which {rows.path} does not hold; expected the ids of its pairs"
        )
    if not answers.by_id:
        why = f" ({answers.unread[0]})" if answers.unread else ""
        raise BadInput(f"{answers.file}: found no answer{why}; expected one for each pair of {rows.path}")
    return run(
        rows, answers, out, orders="ab", cache=False, force=force, workers=workers, limit=limit,
        retry_failed=retry_failed, progress=progress,
    )  # fmt: skip


def missing(rows: Rows, answers: Answers) -> str:
    """What rows have no answer, in words; "" where all have one."""
    without = [row.id for row in rows if row.id not in answers.by_id]
    if not without:
        return ""
    count = f"{len(without):,} of {len(rows):,} pairs count as failed"
    return f"{answers.file}: no answer to {first(map(repr, without), SHOWN)}: {count}"
