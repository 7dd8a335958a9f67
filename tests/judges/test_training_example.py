"""What a model is trained on is what the judge `local` shows it, and what that reads of its completion."""

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="the extra local is not installed")

import tiny_checkpoint
from photographs import picture
from twinlens.core.errors import BadInput
from twinlens.core.types import Pair, Photo, Side, Verdict
from twinlens.judges import generation
from twinlens.judges.local import Local
from twinlens.judges.training_example import Form, training_example
from twinlens.judges.vlm import Completion, VisionPrompt, verdict

RATIONALE = (
    "<thinking>\nHair Noise: Image A (Left) is noisier, while Image B (Right) is clean.\n</thinking>\n"
    "<answer>B</answer>"
)


def pair() -> Pair:
    photo = picture("chelsea")[:96, :128]
    return Pair("p", Photo("a.png", "1", photo), Photo("b.png", "2", photo // 2), scene="s")


def content(prompt: VisionPrompt) -> list[object]:
    return [part if isinstance(part, str) else part.tobytes() for part in prompt.content]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_model_is_trained_on_the_very_prompts_that_the_judge_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swapped: bool
) -> None:
    judge = Local(str(tiny_checkpoint.qwen3_vl(tmp_path / "model")), max_tokens=4)
    shown: list[VisionPrompt] = []
    for name in ("answers", "completions"):
        plain = getattr(generation.Session, name)

        def recording(
            session: object, prompts: list[VisionPrompt], *rest: object, plain: object = plain
        ) -> object:
            shown.extend(prompts)
            return plain(session, prompts, *rest)  # type: ignore[operator]

        monkeypatch.setattr(generation.Session, name, recording)
    verdict = judge.judge(pair().swapped() if swapped else pair())
    assert isinstance(verdict, Verdict)
    label: Side = "b" if (verdict.choice == "a") == swapped else "a"  # of the pair as it is given
    forms: tuple[Form, ...] = ("answer", "explain")
    for form, prompt in zip(forms, shown, strict=True):
        made = training_example(judge, pair(), label, RATIONALE, form=form, swapped=swapped)
        assert (made.system, content(made)) == (prompt.system, content(prompt))  # type: ignore[arg-type]
        assert made.label == verdict.choice


@pytest.mark.parametrize("form", ["answer", "explain", "full"])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_judge_reads_the_label_and_the_claims_of_what_a_model_should_write(
    form: Form, swapped: bool
) -> None:
    judge = Local("m")
    made = training_example(judge, pair(), "b", RATIONALE, form=form, swapped=swapped)
    read = verdict(judge, pair(), VisionPrompt("", ()), Completion(made.completion, ()))
    assert isinstance(read, Verdict)
    side = "a" if swapped else "b"
    assert (made.label, read.choice) == (side, side)
    assert [claim.favours for claim in read.claims] == [side] * (form != "answer")


def test_only_an_explanation_is_given_the_choice_and_only_it_and_the_whole_ask_for_reasons() -> None:
    judge = replace(Local("m"), prompt="challenge")
    texts = {
        form: str(training_example(judge, pair(), "b", RATIONALE, form=form).content[-1])
        for form in ("answer", "explain", "full")
    }
    assert ["Image B is better" in text for text in texts.values()] == [False, True, False]
    assert ["without <thinking>" in text for text in texts.values()] == [True, False, False]


def test_a_rationale_may_come_without_tags_and_has_to_say_something() -> None:
    bare = training_example(Local("m"), pair(), "b", "Hair Noise: B is cleaner.", form="full")
    assert bare.completion == "<thinking>\nHair Noise: B is cleaner.\n</thinking>\n<answer>B</answer>"
    with pytest.raises(BadInput, match="'p': found no rationale; expected an expert's"):
        training_example(Local("m"), pair(), "b", "<answer>B</answer>", form="full")
