"""`twinlens read`: what a rationale says, and with the photos whether they bear it out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

from twinlens.cli.options import Images, Lexicon, argument, flag, option
from twinlens.cli.terminal import complain, console, emit
from twinlens.core.errors import BadInput

if TYPE_CHECKING:
    from twinlens.core.types import Claim, Evidence, Failure, Reading

    Read = Callable[[str], Reading | Failure]
    Measured = Callable[[str, tuple[Claim, ...]], tuple[Evidence, ...] | Failure]

ANSWERS = {
    "a": "The answer is A.",
    "b": "The answer is B.",
    "same": "The answer is that neither is better.",
    None: "The text gives no answer.",
}


File = Annotated[str, argument("FILE|-", "A rationale; - is standard input.")]
A = Annotated[str | None, argument("A", "The photo that the text calls A.")]
B = Annotated[str | None, argument("B", "The photo that the text calls B.")]
Jsonl = Annotated[bool, flag("--jsonl", 'Lines {"id", "text"} in, JSON lines out.')]
Json = Annotated[bool, flag("--json", "Print one JSON object, of a reading.")]
OfPairs = Annotated[
    str | None, option("PAIRS", "With --jsonl: check each text against the pair with its id.", "--pairs")
]


def read_text(
    file: File,
    a: A = None,
    b: B = None,
    jsonl: Jsonl = False,
    pairs: OfPairs = None,
    images: Images = None,
    lexicon: Lexicon = None,
    json: Json = False,
) -> int:
    """Say what a rationale claims, and check it against the photos."""
    from twinlens.core.types import Failure

    if a is not None and b is None:
        raise BadInput(f"found one photo, {a!r}; expected both or none")
    if pairs is not None and (a is not None or not jsonl):
        raise BadInput(
            "--pairs: found no --jsonl, or photos as well; expected lines with the ids of its pairs"
        )
    evidence = _evidence(a, b) if a is not None and b is not None else _of_pairs(pairs, images)
    read = _reader(lexicon)
    failed = 0
    with _opened(file) as stream:
        texts = _rows(stream, file) if jsonl else [(None, file, _decoded(stream.read(), file))]
        for line, id, text in texts:
            outcome = text if isinstance(text, Failure) else _read(id, text, read, evidence)
            failed += not _show(id, outcome, json or jsonl, evidence is not None, line)
    return 1 if failed else 0


def _reader(lexicon: Path | None) -> Read:
    """What reads a text, with words of one's own or without."""
    from twinlens.language.lexicon import open_lexicon
    from twinlens.language.parse import read

    return partial(read, lexicon=open_lexicon(str(lexicon))) if lexicon is not None else read


def _evidence(a: str, b: str) -> Measured:
    from twinlens.core.types import Failure
    from twinlens.imaging.open import open_pair
    from twinlens.judgement.evidence import measure
    from twinlens.judges.ensemble import attempt

    measured = attempt(partial(measure, open_pair(a, b)))
    if isinstance(measured, Failure):
        raise BadInput(f"{a!r} and {b!r} cannot be measured: {measured.detail}; expected metrics that work")
    return lambda id, claims: measured.evidence


def _of_pairs(pairs: str | None, images: Path | None) -> Measured | None:
    """The evidence of the pairs of a table, measured as their ids come; a failure where a pair has none."""
    if pairs is None:
        return None
    from twinlens.core.types import Failure
    from twinlens.judgement.evidence import measure
    from twinlens.judgement.grounding import wanted
    from twinlens.judges.ensemble import attempt
    from twinlens.readers import open_pairs
    from twinlens.runs.row_photos import Photos

    rows = {row.id: row for row in open_pairs(pairs, images)}

    def evidence(id: str, claims: tuple[Claim, ...]) -> tuple[Evidence, ...] | Failure:
        if id not in rows:
            return Failure("broken", f"{pairs}: found no pair with the id {id!r}; expected one", pair_id=id)
        measured = attempt(lambda: measure(Photos(rows[id]).pair, wanted(claims)))
        return measured if isinstance(measured, Failure) else measured.evidence

    return evidence


def _read(id: str, text: str, read: Read, evidence: Measured | None) -> Reading | Failure:
    from twinlens.core.types import Failure

    outcome = read(text)
    if isinstance(outcome, Failure):
        return replace(outcome, raw=outcome.raw or text, pair_id=id)
    if evidence is None:
        return outcome
    from twinlens.judgement.grounding import ground

    measured = evidence(id, outcome.claims)
    if isinstance(measured, Failure):
        return replace(measured, raw=text, pair_id=id)
    return replace(outcome, claims=ground(outcome.claims, measured))


def _show(id: str, outcome: Reading | Failure, json: bool, checked: bool, line: int | None) -> bool:
    """Print what was read; False where it was a failure."""
    from msgspec import structs

    from twinlens.core.contracts import outcome_record, reading_record
    from twinlens.core.types import Failure
    from twinlens.core.version import __version__

    if isinstance(outcome, Failure):
        if json:
            made = outcome_record(outcome, __version__)
            emit(made if line is None else structs.replace(made, line=line))
        complain(f"{id}: nothing was read ({outcome.kind}): {outcome.detail}" if id else outcome.detail)
        return False
    if json:
        emit(reading_record(outcome, id, __version__))
        return True
    from twinlens.cli.verdict import show_claims

    target = console()
    target.print(ANSWERS[outcome.answer])
    show_claims(outcome.claims, target, checked)
    return True


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else open(file, "rb") as stream:
            yield stream
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise BadInput.unreadable(file, error, "a file of text, or -") from error


def _rows(stream: BinaryIO, file: str) -> Iterator[tuple[int, str, str | Failure]]:
    """The number, id and text of each line that is not blank, or why it has no text."""
    from twinlens.interop.answer_files import answer_line

    for count, line in enumerate(stream, 1):
        for one in answer_line(line, f"{file}:{count}"):
            yield count, one.id, one.said


def _decoded(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{where}: byte {error.start} is not UTF-8; expected text in UTF-8") from None
