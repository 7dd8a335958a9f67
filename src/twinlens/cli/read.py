"""`twinlens read`: what a rationale says, and with the photos whether they bear it out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, BinaryIO

from twinlens.cli.options import argument, flag
from twinlens.cli.terminal import complain, console, emit
from twinlens.core.errors import BadInput

if TYPE_CHECKING:
    from twinlens.core.types import Evidence, Failure, Reading

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


def read_text(file: File, a: A = None, b: B = None, jsonl: Jsonl = False, json: Json = False) -> int:
    """Say what a rationale claims, and check it against the photos."""
    if a is not None and b is None:
        raise BadInput(f"found one photo, {a!r}; expected both or none")
    evidence = _evidence(a, b) if a is not None and b is not None else None
    failed = 0
    with _opened(file) as stream:
        texts = _rows(stream, file) if jsonl else [(file, _decoded(stream.read(), file))]
        for id, text in texts:
            outcome = _read(id, text, evidence)
            failed += not _show(id, outcome, json or jsonl, evidence is not None)
    return 1 if failed else 0


def _evidence(a: str, b: str) -> tuple[Evidence, ...]:
    from twinlens.core.types import Failure
    from twinlens.imaging.open import open_pair
    from twinlens.judgement.evidence import measure
    from twinlens.judges.ensemble import attempt

    measured = attempt(partial(measure, open_pair(a, b)))
    if isinstance(measured, Failure):
        raise BadInput(f"{a!r} and {b!r} cannot be measured: {measured.detail}; expected metrics that work")
    return measured.evidence


def _read(id: str, text: str, evidence: tuple[Evidence, ...] | None) -> Reading | Failure:
    from twinlens.core.types import Failure
    from twinlens.language.parse import read

    outcome = read(text)
    if isinstance(outcome, Failure):
        return replace(outcome, raw=outcome.raw or text, pair_id=id)
    if evidence is None:
        return outcome
    from twinlens.judgement.grounding import ground

    return replace(outcome, claims=ground(outcome.claims, evidence))


def _show(id: str, outcome: Reading | Failure, json: bool, checked: bool) -> bool:
    """Print what was read; False where it was a failure."""
    from twinlens.core.contracts import outcome_record, reading_record
    from twinlens.core.types import Failure
    from twinlens.core.version import __version__

    if isinstance(outcome, Failure):
        if json:
            emit(outcome_record(outcome, __version__))
        complain(f"{id}: nothing was read ({outcome.kind}): {outcome.detail}")
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


def _rows(stream: BinaryIO, file: str) -> Iterator[tuple[str, str]]:
    """The id and text of each line."""
    from twinlens.interop.answer_files import EXPECTED, id_and_text
    from twinlens.readers.files import json_lines

    for count, line in enumerate(stream, 1):
        where = f"{file}:{count}"
        for _, item in json_lines(_decoded(line, where), EXPECTED):
            yield id_and_text(item, where)


def _decoded(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{where}: byte {error.start} is not UTF-8; expected text in UTF-8") from None
