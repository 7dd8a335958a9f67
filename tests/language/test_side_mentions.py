"""Where a text names an image, and where the same letters and words mean something else."""

import pytest

from twinlens.language.side_mentions import mentions


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


def test_the_other_of_two_parts_names_no_photo() -> None:
    text = "Image A is sharp on one side of the nose, and soft on the other."
    assert [mention.side for mention in mentions(text)] == ["a"]
