"""What is wrong with a submission before it is uploaded: errors by line, and warnings.

A submission is read by the scoring program's own code. Beyond what that refuses, images have to be named as
in the starting kit and tags to stand as the challenge asks for them.
"""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from twinlens.challenge.program.answers import Prediction, predictions_file, read_predictions
from twinlens.challenge.program.reference import Problem, Reference, Unscorable
from twinlens.challenge.submission_warnings import Text, warnings
from twinlens.challenge.unpack import unpack
from twinlens.core.errors import BadInput

_FORM = re.compile(r"<(think|thinking)>(.*)</\1>\s*<answer>([^<>]*)</answer>", re.DOTALL)
_TAG = re.compile(r"</?\s{0,3}(?:think|thinking|answer)\s{0,3}>", re.IGNORECASE)


@dataclass(frozen=True)
class Report:
    """The result: items of the kit, lines that can be scored, errors and warnings with their line."""

    items: int
    usable: int
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check_submission(file: Path, kit: Reference) -> Report:
    """Check a zipped submission; what cannot be read at all is BadInput."""
    with tempfile.TemporaryDirectory(prefix="twinlens-") as folder:
        unpack(file, Path(folder), kit.limits["bytes"])
        try:
            predictions, problems = read_predictions(kit, predictions_file(folder))
        except Unscorable as error:
            raise BadInput(f"{str(file)!r}: {error}") from None
    lines = sorted(predictions.items(), key=lambda one: one[1].line)
    for at, prediction in lines:
        item = kit.items[at]
        problems += [
            Problem(prediction.line, f"{item.id}: {why}") for why in _faults(prediction, item.images)
        ]
    texts = [
        Text(one.line, kit.items[at].id, kit.answers.index(one.answer), one.rationale) for at, one in lines
    ]
    doubts = [
        Problem(one.line, f"{kit.items[at].id}: found no reasons; a score of texts is 0 for it")
        for at, one in lines
        if not one.rationale.strip() and _FORM.search(one.solution)
    ]
    doubts += [
        Problem(one.line, f"{kit.items[at].id}: {rest[:40]!r} stands beside the tags; it is passed over")
        for at, one in lines
        if (rest := _beside(one))
    ]
    errors, unsure = (sorted(each, key=_place) for each in (problems, [*doubts, *warnings(texts)]))
    return Report(len(kit.items), len(lines), tuple(errors), tuple(unsure))


def _place(problem: Problem) -> tuple[bool, int]:
    """Lines in their order, then what is of no line."""
    return problem.line == 0, problem.line


def _faults(prediction: Prediction, images: tuple[str, ...]) -> Iterator[str]:
    """What the scoring program reads, but is not as asked."""
    if prediction.images != images:
        named, wanted = (", ".join(names)[:200] for names in (prediction.images, images))
        yield f"found the images {named}; expected {wanted}"
    form = _FORM.search(prediction.solution)
    if form is None or len(_TAG.findall(prediction.solution)) != 4 or form[3] != prediction.answer:
        yield "tags not as asked; expected <thinking>…</thinking> and then one <answer>A</answer>"


def _beside(prediction: Prediction) -> str:
    """Text beside well-formed tags, which nobody reads."""
    return _FORM.sub("", prediction.solution, count=1).strip() if _FORM.search(prediction.solution) else ""
