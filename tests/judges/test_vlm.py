"""How models are asked, and what their texts come to: a verdict, or a failure that keeps the text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from photographs import picture, spoiled
from twinlens.core import catalog
from twinlens.core.errors import BadInput
from twinlens.core.types import Call, Claim, Failure, Pair, Verdict
from twinlens.judgement.evidence import measure
from twinlens.judges.vlm import LONGEST_RAW, Completion, VisionLanguageJudge, VisionPrompt, evidence_table
from twinlens.runs.compare import compare_pair
from twinlens.train.examples import photo_of

REASON = "Global Sharpness: Image A (Left) is sharper, while Image B (Right) is blurry."
CALL = Call("echo", 0.1, outcome="cut at 64 tokens")


@dataclass(frozen=True)
class Echo(VisionLanguageJudge):
    """Says one text."""

    text: str = ""
    p_first: float | None = None
    cut: bool = False

    def complete(self, pair: Pair, prompt: VisionPrompt) -> Completion | Failure:
        return Completion(
            self.text, (CALL if self.cut else Call("echo", 0.1, prompt.sizes),), self.p_first, self.cut
        )


def pair_of(defect: str = "blur") -> Pair:
    return Pair("p", photo_of(picture("coffee")), photo_of(spoiled("coffee", defect)), kind="scene")


@pytest.fixture(scope="module")
def pair() -> Pair:
    return pair_of()


def judged(pair: Pair, text: str, p_first: float | None = None, cut: bool = False) -> Verdict | Failure:
    return Echo("m", text=text, p_first=p_first, cut=cut).judge(pair)


def texts(prompt: VisionPrompt) -> str:
    return "".join(part for part in prompt.content if isinstance(part, str))


def test_each_image_follows_its_caption(pair: Pair) -> None:
    prompt = Echo("m").prompt_for(pair)
    parts = ["image" if not isinstance(part, str) else part for part in prompt.content]
    assert parts[:-1] == [
        "Image A (Left), whole photo:\n", "image", "\nImage A (Left), detail crop at 100 %:\n", "image",
        "\nImage B (Right), whole photo:\n", "image", "\nImage B (Right), detail crop at 100 %:\n", "image",
    ]  # fmt: skip
    assert parts[-1].startswith("\n\nCompare the two renderings.\nThis is a photograph of a scene.")
    assert prompt.sizes == ((600, 400), (296, 200), (600, 400), (296, 200))
    assert np.array_equal(prompt.content[1], pair.a.pixels)
    assert np.array_equal(prompt.content[5], pair.b.pixels)


def test_the_challenges_question_is_two_composites_and_its_text(pair: Pair) -> None:
    prompt = Echo("m", prompt="challenge", layout="side_by_side").prompt_for(pair)
    assert [isinstance(part, str) for part in prompt.content] == [False, False, True]
    assert texts(prompt).startswith("\nPlease compare the following image pairs.")


def test_an_answer_is_read_with_words_of_ones_own(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("answers = ['PICK=(?P<side>\\w+)']", "utf-8")
    with_it, without = Echo("m", text="PICK=B", lexicon=str(tmp_path / "own.toml")), Echo("m", text="PICK=B")
    assert getattr(with_it.judge(pair), "choice", None) == "b"
    assert isinstance(without.judge(pair), Failure)
    assert with_it.version.startswith(f"{without.version} lexicon:")


def test_evidence_is_shown_only_where_it_is_wanted_and_measured_once(pair: Pair) -> None:
    with_it, without = Echo("m", evidence=True, text="<answer>A</answer>"), Echo("m")
    assert "noticeable steps" not in texts(without.prompt_for(pair))
    assert "global | sharpness | " in texts(with_it.prompt_for(pair))
    assert catalog.spec(with_it) != catalog.spec(without)
    outcome = with_it.judge(pair)
    assert isinstance(outcome, Verdict)
    assert outcome.evidence == measure(pair).evidence


def test_the_evidence_table_of_exchanged_photos_has_its_numbers_exchanged(pair: Pair) -> None:
    here, there = (
        evidence_table(measure(p)).splitlines()[1:] for p in (pair, replace(pair, a=pair.b, b=pair.a))
    )
    names = {"A": "B", "B": "A"}
    swapped = []
    for row in there:
        region, metric, a, b, unit, steps, better = row.split(" | ")
        swapped.append(" | ".join((region, metric, b, a, unit, steps, names.get(better, better))))
    assert here == swapped
    assert 10 < len(here) <= 40


def test_a_table_of_photos_of_two_scenes_says_so() -> None:
    pair = Pair("p", photo_of(picture("coffee")), photo_of(picture("astronaut")))
    assert evidence_table(measure(pair)).startswith("The photos could not be aligned")


def test_the_answer_of_the_text_decides_and_its_claims_are_those_of_the_verdict(pair: Pair) -> None:
    outcome = judged(pair, f"<thinking>\n{REASON}\n</thinking>\n<answer>A</answer>")
    assert isinstance(outcome, Verdict)
    assert (outcome.choice, outcome.p_a, outcome.claims[0].aspect) == ("a", 1.0, "sharpness")
    assert outcome.notes == ("the model gives no probabilities: p_a is 1 or 0 by its answer",)
    assert outcome.calls[0].images[0] == (600, 400)
    assert outcome.judge.startswith('test_vlm(model="m", text=')


def test_the_last_answer_counts(pair: Pair) -> None:
    outcome = judged(pair, "<answer>A</answer> no, rather <answer>B</answer>")
    assert isinstance(outcome, Verdict)
    assert (outcome.choice, outcome.p_a) == ("b", 0.0)


def test_where_probabilities_are_known_p_a_is_theirs(pair: Pair) -> None:
    outcome = judged(pair, "<answer>A</answer>", 0.75)
    assert isinstance(outcome, Verdict)
    assert (outcome.choice, outcome.p_a, outcome.notes) == ("a", 0.75, ())
    unlikely = judged(pair, "<answer>A</answer>", 0.25)
    assert isinstance(unlikely, Verdict)
    assert (unlikely.choice, unlikely.p_a) == ("a", 0.25)
    assert "not the one the model's probabilities favour" in unlikely.notes[0]


def test_a_model_that_calls_both_alike_gives_a_tie(pair: Pair) -> None:
    outcome = judged(pair, "<answer>TIE</answer>", 0.9)
    assert isinstance(outcome, Verdict)
    assert (outcome.choice, outcome.p_a) == ("tie", 0.5)


@pytest.mark.parametrize(
    ("text", "kind", "detail"),
    [
        ("", "unreadable", "an empty text"),
        (REASON, "unreadable", "1 claims and no answer"),
        ("<answer>A or B</answer>", "unreadable", "without an answer"),
        ("I'm sorry, but I can't compare photos of people.", "refused", "declines"),
        ("junk " * 1000, "unreadable", "5000 characters without an answer"),
    ],
)
def test_a_text_without_an_answer_is_a_failure_with_the_text(
    pair: Pair, text: str, kind: str, detail: str
) -> None:
    outcome = judged(pair, text)
    assert isinstance(outcome, Failure)
    assert (outcome.kind, outcome.raw, outcome.pair_id, len(outcome.calls)) == (kind, text, "p", 1)
    assert detail in outcome.detail


def test_a_thought_that_was_cut_holds_no_answer(pair: Pair) -> None:
    text = f"<think>\n{REASON} The format is <answer>A</answer>, so I"
    outcome = judged(pair, text, cut=True)
    assert isinstance(outcome, Failure)
    assert outcome.detail.endswith("(cut at 64 tokens)")
    assert isinstance(judged(pair, f"{text}</think> <answer>B</answer> and", cut=True), Verdict)


def test_of_a_text_beyond_all_measure_both_ends_stay(pair: Pair) -> None:
    outcome = judged(pair, "start" + "x" * 1_000_000 + "<answer>B</answer>")
    assert isinstance(outcome, Verdict)
    assert outcome.choice == "b"
    assert LONGEST_RAW <= len(outcome.rationale) < LONGEST_RAW + 100
    assert outcome.rationale.startswith("startx")
    assert outcome.rationale.endswith("<answer>B</answer>")
    assert "[900023 characters left out]" in outcome.rationale


def test_reasons_of_a_settled_choice_keep_it(pair: Pair) -> None:
    text = f"<thinking>\n{REASON}\n</thinking>\n<answer>B</answer>"
    outcome = Echo("m", text=text).explain(pair, "a")
    assert isinstance(outcome, Verdict)
    assert (outcome.choice, outcome.p_a) == ("a", 1.0)
    assert "answered otherwise" in outcome.notes[0]
    bare = Echo("m", text="<answer>A</answer>").explain(pair, "a")
    assert isinstance(bare, Failure)
    assert bare.detail.startswith("no reasons")


def test_what_the_pixels_refuted_is_shown_with_what_was_measured(pair: Pair) -> None:
    piece = next(e for e in measure(pair).evidence if (e.region, e.metric) == ("global", "sharpness"))
    claim = Claim("Global Sharpness: Image B\nis sharper.", "global", "sharpness", "b", evidence=(piece,))
    prompt = Echo("m", reasons=False).prompt_for(pair, "a", [claim])
    line = next(line for line in texts(prompt).splitlines() if line.startswith("- "))
    assert line.startswith("- Global Sharpness: Image B is sharper. (measured: sharpness of global: A ")
    assert "It is settled that Image A (Left)" in texts(prompt)
    assert "three to six lines" in texts(prompt)


def test_claims_are_grounded_as_those_of_any_judge(pair: Pair) -> None:
    text = f"{REASON}\nGlobal Noise: Image A (Left) is noisy.\n<answer>A</answer>"
    outcome = compare_pair(pair, Echo("m", text=text))
    assert isinstance(outcome, Verdict)
    assert outcome.claims[0].grounding == "supported"


def test_a_rater_is_shown_the_pair_and_the_text(pair: Pair) -> None:
    prompt = Echo("m").rating_prompt(pair, "Hair Noise: A wins.", reference="The cup is sharp.")
    assert len(prompt.sizes) == 4
    assert "Hair Noise: A wins." in texts(prompt)
    assert "The cup is sharp." in texts(prompt)
    assert "<rating>" in texts(prompt)


def test_the_version_depends_on_the_text_of_the_prompt(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("prompt") / "own.txt"
    file.write_text("{% block system %}{% endblock %}{% block user %}Which?{% endblock %}")
    first = Echo("m", prompt=str(file))
    assert first.version.startswith("prompt:")
    assert first.version != Echo("m").version
    file.write_text("{% block system %}{% endblock %}{% block user %}Which one?{% endblock %}")
    assert Echo("m", prompt=str(file)).version != first.version


def test_wrong_arguments_are_reported() -> None:
    for wrong in ({"crops": -1}, {"max_pixels": 3}):
        with pytest.raises(ValueError, match="expected crops from 0"):
            Echo("m", **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected its name"):
        Echo("")
    with pytest.raises(BadInput, match="no prompt is called"):
        _ = Echo("m", prompt="nothing").version
