"""Reading any text: answers, headings, prose, refusals, and what the experts of the challenge claimed."""

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinlens.core.types import Failure, Reading
from twinlens.language.parse import read


def _claims(text: str) -> list[tuple[str, str, str]]:
    outcome = read(text)
    assert isinstance(outcome, Reading)
    return [(c.region, c.aspect, c.favours) for c in outcome.claims]


@pytest.mark.parametrize(
    "lead",
    ["", "- ", "* ", "1. ", "2) ", "### ", "• ", "> ", "    - "],
)
def test_bullets_numbers_and_marks_before_a_line_change_nothing(lead: str) -> None:
    line = "Hair Noise: Image A (Left) is clean, while Image B (Right) is grainy."
    assert _claims(lead + line) == [("hair", "noise", "a")]


@pytest.mark.parametrize(
    ("heading", "regions", "aspects"),
    [
        ("Face Texture", {"face"}, {"texture"}),
        ("**Face Texture**", {"face"}, {"texture"}),
        ("Hair and Clothing Texture", {"hair", "clothing"}, {"texture"}),
        ("Face, Neck, Clothing", {"face", "neck", "clothing"}, {"artifacts"}),
        ("Body/Arm Contrast and Sharpness", {"body"}, {"contrast", "sharpness"}),
        ("Clothing Region (Neck Area) Noise", {"clothing", "neck"}, {"noise"}),
        ("Background [Noise]", {"background"}, {"noise"}),
        ("Background (Greenery) Artifacts", {"background", "foliage"}, {"artifacts"}),
        ("Shadows/Noise", {"shadows"}, {"noise"}),
        ("Global High-Frequency Detail", {"global"}, {"sharpness"}),
        ("Overall Colour", {"global"}, {"color"}),
        ("Artifacts", {"global"}, {"artifacts"}),
        ("Flower (Petals) Sharpness", {"foliage"}, {"sharpness"}),
    ],
)
def test_a_heading_names_regions_and_aspects(heading: str, regions: set[str], aspects: set[str]) -> None:
    claims = _claims(f"{heading}: Image A (Left) is clean, while Image B (Right) shows smearing and halos.")
    assert {c[0] for c in claims} == regions
    assert {c[1] for c in claims} == aspects
    assert len(claims) == len(regions) * len(aspects)
    assert {c[2] for c in claims} == {"a"}


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Image A (Left)", "Image B (Right)"),
        ("Image A/Left", "Image B/Right"),
        ("A (Left)", "B (Right)"),
        ("Left", "Right"),
        ("Image A", "Image B"),
        ("The left image", "the right image"),
        ("First image", "the second image"),
        ("Photo 1", "photo 2"),
        ("A", "B"),
        ("image a", "image b"),
        ("The photo on the left", "the photo on the right"),
        ("Left Image (A)", "Right Image (B)"),
    ],
)
def test_the_sides_may_be_written_in_every_common_way(a: str, b: str) -> None:
    assert _claims(f"Face Noise: {a} is clean, whereas {b} is noisy.") == [("face", "noise", "a")]
    assert _claims(f"Face Noise: {b} is clean, whereas {a} is noisy.") == [("face", "noise", "b")]


def test_a_side_word_that_means_something_else_is_no_side() -> None:
    assert _claims("Eyes Sharpness: the right eye is sharper in Image A than in Image B.") == [
        ("eyes", "sharpness", "a")
    ]


def test_prose_is_read_sentence_by_sentence_and_talk_is_left_out() -> None:
    text = (
        "Let me look at the images. Both show the same scene. The hair is sharper in Image A. "
        "Image B has noisy shadows. Which image is better? I need to decide."
    )
    assert _claims(text) == [("hair", "sharpness", "a"), ("shadows", "noise", "a")]


def test_a_heading_above_lines_of_sides_joins_them() -> None:
    text = (
        "## Face Sharpness\n- Image A: crisp and detailed\n- Image B: soft and blurry\n\n"
        "## Noise\n- Image A: grainy\n- Image B: clean"
    )
    assert _claims(text) == [("face", "sharpness", "a"), ("global", "noise", "b")]


def test_a_heading_above_lends_its_region_to_headed_lines_below() -> None:
    text = (
        "**Face:**\n\n- **Sharpness:** A is sharper.\n- **Noise:** B is cleaner.\n- Hair noise: A is clean."
    )
    assert _claims(text) == [("face", "sharpness", "a"), ("face", "noise", "b"), ("hair", "noise", "a")]


def test_a_table_with_a_column_for_each_image_is_read_row_by_row() -> None:
    text = "| | Image A | Image B |\n|-|-|-|\n| Hair sharpness | crisp | soft |\n| Noise | grainy | clean |"
    assert _claims(text) == [("hair", "sharpness", "a"), ("global", "noise", "b")]


def test_to_see_no_difference_is_a_claim_and_no_refusal() -> None:
    assert _claims("I'm sorry, I can't see any difference between the images.") == [
        ("global", "quality", "same")
    ]


def test_a_text_with_claims_and_no_answer_has_no_answer() -> None:
    outcome = read("Face Noise: Image A is noisier than Image B.")
    assert isinstance(outcome, Reading)
    assert outcome.answer is None
    assert len(outcome.claims) == 1


def test_sides_map_what_the_text_calls_first_to_the_pair() -> None:
    outcome = read("Face Noise: Image A is noisier than Image B.\n<answer>B</answer>", sides=("b", "a"))
    assert isinstance(outcome, Reading)
    assert (outcome.answer, outcome.claims[0].favours) == ("a", "a")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "unreadable"),
        (" \n\t", "unreadable"),
        ("\x00\ud800", "unreadable"),
        ("Hello there.", "unreadable"),
        ("I'm sorry, I can't help with that.", "refused"),
        ("As an AI, I am unable to view images.", "refused"),
        ("I cannot compare these photos.", "refused"),
    ],
)
def test_a_text_without_answer_or_claim_is_a_failure_that_keeps_the_text(text: str, kind: str) -> None:
    outcome = read(text)
    assert isinstance(outcome, Failure)
    assert (outcome.kind, outcome.raw) == (kind, text)
    assert "\n" not in outcome.detail


@pytest.mark.parametrize(
    "unit",
    ["<answer>", "a", "A ", " ", "<", "((((", "**", "no less ", "Image A ", "Left/", "image a(", ":",
     "Answer: ",
     "Image A is sharp. ",
     "\n- ", "in the ", "(1", "\\boxed{", "Face Noise:", "both the two ",
     "Face\n", "-", "i'm ", "a_", "\ud800", "图A更好。", "比图B", "isn't as ", '{"a":', "[", "A > B ",
     "8/10 ", "A>", "Sharpness: A. ", "hair and sharp ",
     "A.\n", "Answer: A is worse\n", '"a_x": 1, '],
)  # fmt: skip
def test_a_megabyte_of_junk_is_read_in_linear_time(unit: str) -> None:
    started = time.process_time()
    read(unit * (1_000_000 // len(unit)))
    assert time.process_time() - started < 5


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_no_text_raises(text: str) -> None:
    assert isinstance(read(text), Reading | Failure)


PIECES = (
    "<thinking>", "</thinking>", "<think>", "<answer>", "</answer>", "A", "B", "Image A", "Image B (Right)",
    "Left", "Right", "Face Texture:", "Global Noise:", "Hair", "**", "- ", "\n", "\n\n", ". ", ", ", "; ",
    ":",
    "(", ")",
    "while", "whereas", "but", "than", "compared to", "no", "less", "more", "noise", "sharp", "sharper",
    "halos",
    "similar",
    "both images", "neither", "Answer:", "\\boxed{", "}", '{"answer":', "\x00", "\ud83d", "the former",
    "despite", "which",
)  # fmt: skip


def test_ten_thousand_random_texts_are_read_without_an_exception(data: Path) -> None:
    rows = (data / "raim" / "train_grpo_1536.jsonl").read_text(encoding="utf-8").splitlines()
    real = [json.loads(row)["solution"] for row in rows]
    draw = random.Random(20_260)
    for turn in range(10_000):
        if turn % 3 == 0:
            text = "".join(chr(draw.randrange(0x110000)) for _ in range(draw.randrange(80)))
        elif turn % 3 == 1:
            text = draw.choice(("", " ")).join(draw.choices(PIECES, k=draw.randrange(30)))
        else:
            text = draw.choice(real)[: draw.randrange(600)]
            at = draw.randrange(len(text) + 1)
            text = text[:at] + draw.choice(PIECES) + text[at + draw.randrange(12) :]
        assert isinstance(read(text), Reading | Failure)


def _f1(rows: list[tuple[set[str], set[str]]]) -> float:
    right = sum(len(message & true) for message, true in rows)
    return 2 * right / sum(len(message) + len(true) for message, true in rows)


def test_the_experts_lines_are_read_as_people_read_them(data: Path) -> None:
    rows = [
        json.loads(row) for row in (data / "claims" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    sides, regions, aspects = [], [], []
    for row in rows:
        outcome = read(row["text"])
        claims = outcome.claims if isinstance(outcome, Reading) else ()
        if row["favours"] != "unclear":
            sides.append({c.favours for c in claims} == {row["favours"].lower()})
        regions.append(({c.region for c in claims}, set(row["regions"])))
        aspects.append(({c.aspect for c in claims}, set(row["aspects"])))
    assert sum(sides) / len(sides) >= 0.95
    assert _f1(regions) >= 0.94
    assert _f1(aspects) >= 0.94


def test_every_expert_answer_of_the_challenge_is_read(data: Path) -> None:
    rows = (data / "raim" / "train_grpo_1536.jsonl").read_text(encoding="utf-8").splitlines()
    answers = [getattr(read(json.loads(row)["solution"]), "answer", None) for row in rows]
    assert (answers.count("a"), answers.count("b")) == (59, 41)
