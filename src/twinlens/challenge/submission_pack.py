"""A submission from a run: the challenge's JSONL, one line an item, in a zip."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from twinlens.challenge import archive
from twinlens.challenge.program.reference import Reference
from twinlens.core import contracts
from twinlens.core.errors import BadInput
from twinlens.core.plain_text import first
from twinlens.core.run_records import Row, VerdictRow
from twinlens.readers.files import json_lines, read_text
from twinlens.readers.raim import EXPECTED, Raim
from twinlens.runs.store import RunFolder
from twinlens.scoring.text_scores import body, rationale_of

PREDICTIONS = "predictions.jsonl"
SHOWN = 10
"""Items that a message names."""
Images = Mapping[str, Sequence[str]]
"""The images of each item by its id, as a submission names them."""


def pack(run: RunFolder, file: Path, kit: Reference | None = None) -> int:
    """Write the submission of a run; the number of its lines.

    The images are those of the kit, else those of the RAIM JSONL that the run judged. BadInput names the
    items without a verdict, those that the run lacks and those that are not asked for.
    """
    images = _images_of_pairs(run) if kit is None else {item.id: item.images for item in kit.items}
    answers = ("A", "B") if kit is None else kit.answers
    lines, faults = list[str](), dict[str, list[str]]()
    seen = set[str]()
    for _, row in run.rows():
        answer = _answer(row, answers)
        if row.id in seen:
            faults.setdefault("twice", []).append(row.id)
        elif row.id not in images:
            faults.setdefault("unknown", []).append(row.id)
        elif not answer:
            faults.setdefault("failed", []).append(row.id)
        else:
            lines.append(_line(row, images[row.id], answer))
        seen.add(row.id)
    if missing := [id for id in images if id not in seen]:
        faults["missing"] = missing
    if faults:
        raise BadInput(f"{str(run.folder)!r}: {_named(faults)}; nothing was packed")
    archive.pack(file, {PREDICTIONS: "".join(lines).encode()})
    return len(lines)


def _images_of_pairs(run: RunFolder) -> Images:
    """The images of each item of the JSONL that a run judged."""
    origin = run.run.origin
    pairs = os.path.join(origin.get("folder", ""), origin.get("pairs", ""))
    advice = "give the starting kit: --for KIT"
    if not origin.get("reader", "").startswith("raim"):
        raise BadInput(f"{str(run.folder)!r}: no run of a RAIM JSONL, so images have no names; {advice}")
    try:
        lines = dict(json_lines(read_text(pairs, EXPECTED), EXPECTED))
        rows = Raim().read(pairs).rows
    except BadInput as error:
        raise BadInput(f"{error}; {advice}") from None
    return {row.id: _images(lines[row.line]) for row in rows}


def _images(line: object) -> list[str]:
    images = line["images"] if isinstance(line, dict) else []
    return [images] if isinstance(images, str) else [str(image) for image in images]


def _answer(row: Row, answers: Sequence[str]) -> str:
    """The answer of a row; empty where it has none that the challenge takes."""
    if not isinstance(row, VerdictRow):
        return ""
    if row.choice == "tie":
        return next((answer for answer in answers if answer.lower() in ("tie", "same")), "")
    return answers["ab".index(row.choice)]


def _line(row: Row, images: Sequence[str], answer: str) -> str:
    solution = f"<thinking>\n{body(rationale_of(row))}\n</thinking>\n<answer>{answer}</answer>"
    return contracts.line({"images": list(images), "solution": solution}) + "\n"


def _named(faults: Mapping[str, Sequence[str]]) -> str:
    """What is wrong, in words, with the items it is wrong with."""
    said = {
        "failed": "without an answer that counts (run again with a judge that gives one)",
        "missing": "not in the run (run the pairs of the starting kit)",
        "unknown": "in the run, but no item of the challenge",
        "twice": "in the run twice",
    }
    parts = []
    for why, words in said.items():
        ids = list(faults.get(why, ()))
        parts += [f"{len(ids):,} {words}: {first(ids, SHOWN)}"] if ids else []
    return "; ".join(parts)
