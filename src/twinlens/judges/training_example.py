"""What a model learns from: a labelled pair as a judge shows it, and what the model should write to it."""

import re
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twinlens.core.errors import BadInput
from twinlens.core.types import Pair, Side
from twinlens.judges.checkpoint import ANSWER
from twinlens.judges.local import BEGUN, ENDED
from twinlens.judges.vlm import VisionLanguageJudge
from twinlens.language.answer import without_answers
from twinlens.language.render import ANSWERS
from twinlens.language.side_mentions import mirror

Form = Literal["answer", "explain", "full"]
_TAGS = re.compile(r"</?\s{0,3}think(?:ing)?\s{0,3}>", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class TrainingExample:
    """What a model is shown of a labelled pair, and what it should write.

    `content` holds text and images (height, width, 3; uint8, RGB) in order, as that of a `VisionPrompt`;
    `label` is the side of the order shown, which is the other one than the pair's where `swapped`.
    """

    id: str
    scene: str
    system: str
    content: tuple[str | NDArray[np.uint8], ...]
    completion: str
    label: Side
    swapped: bool


def training_example(
    judge: VisionLanguageJudge, pair: Pair, label: Side, rationale: str = "", *, form: Form,
    swapped: bool = False,
) -> TrainingExample:  # fmt: skip
    """A labelled pair in one form, its prompt the one that the judge itself shows.

    The form "answer" asks for the answer and nothing else; "explain" for the reasons of a choice that is
    settled (answer-aware); "full" for both. `swapped` shows the photos the other way round: label and
    `rationale`, which are of the pair as it is given, are mirrored. BadInput where reasons are wanted and the
    rationale holds none.
    """
    if swapped:
        other: Side = "b" if label == "a" else "a"
        pair, label, rationale = pair.swapped(), other, mirror(rationale)
    asks = replace(judge, reasons=form != "answer")
    prompt = asks.prompt_for(pair, label if form == "explain" else None)
    answer = ANSWER.format(ANSWERS[label])
    completion = answer if form == "answer" else f"{_reasons(rationale, pair.id)}\n{answer}"
    return TrainingExample(pair.id, pair.scene, prompt.system, prompt.content, completion, label, swapped)


def _reasons(rationale: str, id: str) -> str:
    """The statements of a rationale, whatever stands around them, between the tags that `local` reads."""
    statements = _TAGS.sub("\n", without_answers(rationale)).strip()
    if not statements:
        raise BadInput(f"{id!r}: found no rationale; expected an expert's, or the form answer")
    return f"{BEGUN}{statements}\n{ENDED}"
