"""Where a text names an image, and where the same letters and words mean something else."""

import json
from pathlib import Path

import pytest

from twinlens.core.types import Reading
from twinlens.language.parse import read
from twinlens.language.side_mentions import mentions, mirror

OTHER = {"a": "b", "b": "a", "same": "same"}


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("Image A (Left) and Image B (Right)", ["both"]),
        ("Image A (Left) is fine", ["a"]),
        ("B/Right is fine", ["b"]),
        ("A's hair and B's skin", ["a", "b"]),
        ("sharper in A than in B.", ["a", "b"]),
        ("the second image", ["b"]),
        ("picture 2", ["b"]),
        ("the former and the latter", ["former", "latter"]),
        ("both images", ["both"]),
        ("neither of the two photos", ["both"]),
        ("on the right", ["b"]),
    ],
)
def test_mentions_stand_in_order(text: str, sides: list[str]) -> None:
    assert [mention.side for mention in mentions(text)] == sides


@pytest.mark.parametrize(
    "text",
    [
        "A halo surrounds the head.",
        "the right eye",
        "Right cheek",
        "a photo",
        "Plan B-side",
        "the image a viewer sees",
        "ABBA",
        "1 2",
    ],
)
def test_what_names_no_image_is_no_mention(text: str) -> None:
    assert mentions(text) == []


def test_places_count_as_images_only_where_nothing_else_names_them() -> None:
    assert [m.side for m in mentions("the tree on the left is sharper in Image B")] == ["b"]


FORMS = [
    ("Image A (Left)", "Image B (Right)"),
    ("Image A/Left", "Image B/Right"),
    ("Image A", "Image B"),
    ("Image-A", "Image-B"),
    ("Image A [left image]", "Image B [right image]"),
    ("Image A, left,", "Image B, right,"),
    ("**Image A**", "**Image B**"),
    ("A (Left)", "B (Right)"),
    ("A/Left", "B/Right"),
    ("A", "B"),
    ("Left", "Right"),
    ("Left (A)", "Right (B)"),
    ("the left", "the right"),
    ("the left one", "the right one"),
    ("the left-hand photo", "the right-hand photo"),
    ("the leftmost image", "the rightmost image"),
    ("the image on the left", "the image on the right"),
    ("left side", "right side"),
    ("the first image", "the second image"),
    ("the first one", "the second one"),
    ("the first", "the second"),
    ("the 1st photo", "the 2nd photo"),
    ("photo #1", "photo #2"),
    ("Option A", "Option B"),
]


@pytest.mark.parametrize("frame", ["{} is sharper than {}.", "{} has more noise, while {} is clean."])
@pytest.mark.parametrize(("first", "second"), FORMS)
def test_every_name_of_an_image_is_exchanged_with_the_others(frame: str, first: str, second: str) -> None:
    here, there = frame.format(first, second), frame.format(second, first)
    assert mirror(here) == there
    assert mirror(there) == here


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (
            "In the first, hair is soft, but the second keeps it.",
            "In the second, hair is soft, but the first keeps it.",
        ),
        (
            "Image A is sharp, B is soft; the former is better.",
            "Image B is sharp, A is soft; the former is better.",
        ),
        ("the left eye is sharper in Image A", "the left eye is sharper in Image B"),
        ("at first glance A is better.", "at first glance B is better."),
        ("图A比图B更清晰，左眼除外。", "图B比图A更清晰，左眼除外。"),
        ("图像 A（左）更好", "图像 B（右）更好"),
        ("第一，左图的噪点更多。", "第一，右图的噪点更多。"),
    ],
)
def test_what_names_no_image_stays_as_it_is(here: str, there: str) -> None:
    assert mirror(here) == there
    assert mirror(there) == here


@pytest.mark.parametrize(
    "text",
    [
        "The left cheek and the right hand are clean.",
        "First, look at the noise. Second, the color.",
        "The upper left corner and the right half of the sky",
        "what is left of the texture, right next to the second person",
        "A halo, a clean background, the right balance of tones",
    ],
)
def test_a_text_that_names_no_image_is_its_own_mirror(text: str) -> None:
    assert mirror(text) == text


def test_every_rationale_of_the_experts_mirrors_to_exactly_the_mirrored_claims(data: Path) -> None:
    rows = (data / "raim" / "train_grpo_1536.jsonl").read_text("utf-8").splitlines()
    assert len(rows) == 100
    for solution in (json.loads(row)["solution"] for row in rows):
        here, there = read(solution), read(mirror(solution))
        assert isinstance(here, Reading)
        assert isinstance(there, Reading)
        assert mirror(mirror(solution)) == solution
        assert there.answer == OTHER[here.answer]
        exchanged = [(one.region, one.aspect, OTHER[one.favours]) for one in here.claims]
        assert [(one.region, one.aspect, one.favours) for one in there.claims] == exchanged


def test_the_other_of_two_parts_names_no_photo() -> None:
    text = "Image A is sharp on one side of the nose, and soft on the other."
    assert [mention.side for mention in mentions(text)] == ["a"]
