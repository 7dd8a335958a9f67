"""Tasks of inspect_ai (extra inspect): `inspect eval twinlens/choice -T pairs=pairs.csv`.

`choice` asks which photo is better, `rationale` also why; both show the photos as they are, and score as
`twinlens score` does. What cannot be read is unscored, with its reason.
"""

import math
import os
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessageSystem,
    ChatMessageUser,
    ContentImage,
    ContentText,
)
from inspect_ai.scorer import (
    Metric,
    SampleScore,
    Score,
    Scorer,
    Target,
    accuracy,
    mean,
    metric,
    scorer,
    stderr,
)
from inspect_ai.solver import TaskState, generate

from twinlens.core.types import Failure
from twinlens.imaging.remote import is_address
from twinlens.interop.answer_scores import Earned, f1, score_answer
from twinlens.interop.question import PhotoFile, photo_files, question
from twinlens.readers import Row, Rows, open_pairs
from twinlens.runs.cache import folder

NO_LABEL, NO_REFERENCE = "no_label", "no_reference"


@task
def choice(
    pairs: str, images: str | None = None, reference: str | None = None, prompt: str = "answer"
) -> Task:
    """Which of two photos is better.

    `pairs`, `images` and `reference` are those of `twinlens run`; `prompt` is a template's name or file.
    """
    return _task(open_pairs(pairs, images, reference), prompt, [choice_scorer()])


@task
def rationale(
    pairs: str, images: str | None = None, reference: str | None = None, prompt: str = "expert"
) -> Task:
    """Which of two photos is better, and why: the reasons are scored beside the experts' texts.

    `pairs`, `images` and `reference` are those of `twinlens run`; `prompt` is a template's name or file.
    """
    scorers = [choice_scorer(), bleu4(), rouge_l(), claim_f1()]
    return _task(open_pairs(pairs, images, reference), prompt, scorers)


def _task(rows: Rows, template: str, scorers: list[Scorer]) -> Task:
    samples = [_sample(row, template) for row in rows]
    return Task(dataset=MemoryDataset(samples, name=rows.path), solver=generate(), scorer=scorers)


def _sample(row: Row, template: str) -> Sample:
    a, b = photo_files(row)
    filled, content = question(row.kind, [*a, *b], template)
    parts = [
        ContentText(text=part)
        if isinstance(part, str)
        else ContentImage(image=_path(part), detail="original")
        for part in content
    ]
    known = {"scene": row.scene, "kind": row.kind, "label": row.label, "reference": row.reference}
    return Sample(
        id=row.id,
        input=[ChatMessageSystem(content=filled.system), ChatMessageUser(content=parts)],
        target=(row.label or "").upper(),
        metadata={**row.columns, **known},
    )


def _path(photo: PhotoFile) -> str:
    """Where the photo stands; one that is made here is written into the cache, once."""
    if photo.path and not is_address(photo.path):
        return photo.path
    file = folder() / "photos" / f"{photo.sha256}{photo.suffix}"
    if not file.exists() or file.read_bytes() != photo.data:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_bytes(photo.data)
        os.replace(draft, file)  # so that no one reads half of it
    return str(file)


def _earned(state: TaskState) -> Earned:
    known = state.metadata
    return score_answer(state.output.completion, known["label"], known["reference"])


def _score(made: Earned, value: float, reason: str, **more: Any) -> Score:
    """A score, not-a-number for what cannot be scored, with the reason."""
    reading = made.reading
    if isinstance(reading, Failure):
        return Score(value=value, reason=reading.kind, explanation=reading.detail, **more)
    answer = None if reading.answer is None else reading.answer.upper()
    return Score(value=value, answer=answer, reason=reason if math.isnan(value) else None, **more)


@scorer(name="choice", metrics=[accuracy(), stderr(cluster="scene")])
def choice_scorer() -> Scorer:
    """1 for the label's side, half for a tie, 0 for the other side; what gives no answer is unscored."""

    async def score(state: TaskState, target: Target) -> Score:
        made = _earned(state)
        unread = isinstance(made.reading, Failure)
        return _score(made, math.nan if unread else made.accuracy, NO_LABEL)

    return score


@scorer(metrics=[mean(), stderr(cluster="scene")])
def bleu4() -> Scorer:
    """BLEU-4 of the reasons beside the expert's text; 0 for what gives no answer."""

    async def score(state: TaskState, target: Target) -> Score:
        made = _earned(state)
        return _score(made, made.bleu4, NO_REFERENCE)

    return score


@scorer(metrics=[mean(), stderr(cluster="scene")])
def rouge_l() -> Scorer:
    """ROUGE-L of the reasons beside the expert's text; 0 for what gives no answer."""

    async def score(state: TaskState, target: Target) -> Score:
        made = _earned(state)
        return _score(made, made.rouge_l, NO_REFERENCE)

    return score


@metric(name="f1")
def claims_f1() -> Metric:
    """The F1 of all claims together."""

    def of(scores: list[SampleScore]) -> float:
        return f1([tuple((one.score.metadata or {})["claims"]) for one in scores])

    return of


@scorer(metrics=[claims_f1()])
def claim_f1() -> Scorer:
    """The F1 of the claims beside the expert's; what gives no answer makes none."""

    async def score(state: TaskState, target: Target) -> Score:
        made = _earned(state)
        if made.claims is None:
            return _score(made, math.nan, NO_REFERENCE)
        value = f1([made.claims])
        return _score(made, 0.0 if math.isnan(value) else value, "", metadata={"claims": list(made.claims)})

    return score
