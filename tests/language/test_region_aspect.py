"""What a line is about: its heading first, then the places the statement names."""

import pytest

from twinlens.language.region_aspect import regions_and_aspects, split_heading


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
    ("heading", "body", "regions", "aspects"),
    [
        ("Global Noise", "Image A is noisy in the grass.", ("global", "foliage"), ("noise",)),
        ("Global Noise", "Image A is noisy, particularly in the grass.", ("global",), ("noise",)),
        ("Noise", "Image A is noisy, particularly in the grass.", ("foliage",), ("noise",)),
        ("Hair", "Image A is sharper.", ("hair",), ("sharpness",)),
        ("Hair", "Image A is better.", ("hair",), ("quality",)),
        ("", "Image A is better.", ("global",), ("quality",)),
        ("", "The fabric in Image A has richer texture.", ("clothing",), ("texture",)),
        ("Face", "Image A shows signs of blurring.", ("face",), ("sharpness",)),
    ],
)
def test_the_heading_counts_and_the_statement_fills_what_it_leaves_open(
    heading: str, body: str, regions: tuple[str, ...], aspects: tuple[str, ...]
) -> None:
    assert regions_and_aspects(heading, body) == (regions, aspects)
