"""What a line is about: its heading first, then the places the statement names."""

import pytest

from twinlens.language.region_aspect import split_heading, topic


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("Face Noise: Image A is noisy.", "Face Noise"),
        ("Face Noise - Image A is noisy.", "Face Noise"),
        (
            "Text Region: Text (Calendar) - Sharpness: Image A is crisp.",
            "Text Region Text (Calendar) Sharpness",
        ),
        ("Image A: noisy face.", ""),
        ("Note: Image A is noisy.", ""),
        ("Image A is noisy.", ""),
    ],
)
def test_a_heading_names_a_region_or_an_aspect_and_no_side(line: str, heading: str) -> None:
    assert split_heading(line)[0] == heading


@pytest.mark.parametrize(
    ("heading", "regions", "aspects"),
    [
        ("Face Noise", ("face",), ("noise",)),
        ("Mid-Tone Noise", ("shadows",), ("noise",)),
        ("Skin Tone", ("skin",), ("color",)),
        ("Natural Texture", (), ("texture",)),
        ("Overall", ("global",), ()),
    ],
)
def test_a_heading_names_what_its_words_are_listed_for(
    heading: str, regions: tuple[str, ...], aspects: tuple[str, ...]
) -> None:
    assert topic(heading) == (regions, aspects)
