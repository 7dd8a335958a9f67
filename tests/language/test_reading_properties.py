"""Whatever places and qualities a text joins: no claim joins the place of one with the quality of another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinlens.core.types import Failure, Favours, Reading, Side
from twinlens.language.parse import read
from twinlens.language.side_mentions import mirror

PLACES = {"face": "face", "hair": "hair", "sky": "background", "grass": "foliage", "sweater": "clothing"}
QUALITIES = {
    "sharper": ("sharpness", True),
    "noisier": ("noise", False),
    "blurrier": ("sharpness", False),
    "more natural": ("realism", True),
    "better exposed": ("exposure", True),
    "less smeared": ("artifacts", True),
    "oversaturated": ("color", False),
}
FORMS = (
    "the {place} is {quality} in {side}",
    "{side} is {quality} in the {place}",
    "in the {place}, {side} is {quality}",
    "the {place} of {side} looks {quality}",
)
JOINS = (", and ", ", but ", " while ", ", whereas ", "; however, ", ". ")
Part = tuple[str, str, Side, str]
MIRRORED: dict[Favours | None, Favours | None] = {"a": "b", "b": "a", "same": "same", None: None}

parts = st.tuples(
    st.sampled_from(list(PLACES)), st.sampled_from(list(QUALITIES)), st.sampled_from(("a", "b")),
    st.sampled_from(FORMS),
)  # fmt: skip


def said(part: Part) -> str:
    """The words of a part."""
    place, quality, side, form = part
    return form.format(place=place, quality=quality, side=f"Image {side.upper()}")


def claimed(part: Part) -> tuple[str, str, Favours | None]:
    """What a part claims."""
    place, quality, side, _ = part
    aspect, good = QUALITIES[quality]
    return PLACES[place], aspect, side if good else MIRRORED[side]


def claims(text: str) -> list[tuple[str, str, Favours]]:
    reading = read(text)
    return [(c.region, c.aspect, c.favours) for c in reading.claims] if isinstance(reading, Reading) else []


@settings(deadline=None, max_examples=120)
@given(st.lists(parts, min_size=2, max_size=3, unique_by=lambda part: PLACES[part[0]]), st.data())
def test_no_claim_joins_the_place_of_one_part_with_the_quality_of_another(
    several: list[Part], data: st.DataObject
) -> None:
    text = said(several[0])
    for part in several[1:]:
        text += data.draw(st.sampled_from(JOINS)) + said(part)
    text = ". ".join(sentence[:1].upper() + sentence[1:] for sentence in text.split(". ")) + "."
    assert sorted(claims(text)) == sorted(claimed(part) for part in several)


@settings(deadline=None, max_examples=120)
@given(st.permutations(list(QUALITIES)), st.sampled_from((" but ", " and ", ", yet ")))
def test_several_qualities_of_one_photo_are_claimed_one_by_one(qualities: list[str], join: str) -> None:
    one = next(quality for quality in qualities if not quality.startswith("less"))
    other = next(quality for quality in qualities if QUALITIES[quality][0] != QUALITIES[one][0])
    parts: list[Part] = [("face", quality, "a", "") for quality in (one, other)]
    text = f"The face in Image A is {one}{join}{other}."
    assert sorted(claims(text)) == sorted(map(claimed, parts))


LINES = (
    "Image A isn't as sharp as Image B.", "If Image A were sharper, it would win.", "Sharpness: A > B",
    '{"choice": "A", "reasons": ["The hair is softer in Image B"]}', "Option A", "I prefer Image B",
    "Image A is better", "A: 8/10, B: 6/10", "Neither is better",
    "Skin looks plasticky in A. Sky is blown out in B.", "Although Image B is sharper, Image A is cleaner.",
    "Sharpness: both are equal, though the eyes in B are a touch crisper.", "<answer>A</answer>",
    "A is sharper; the colours of B look natural.", "Face: A sharper, B noisier.", "Verdict: A is blurrier",
    "In A the hair is crisp and in B the sky is blown out.", "B shows halos, but fewer than A.",
    "Definitely B.",
    '{"noise": {"A": 2, "B": 9}}', "B lost the texture A kept.", "A is neither sharp nor clean.",
    "Hair, Face: Image A is sharper in the hair. However, Image B is better exposed.",
)  # fmt: skip
CHINESE = (
    "图A更好",
    "左图的头发更清晰，但噪点更多。",
    "A不如B清晰",
    "图B比图A更干净",
    "答案：右图",
    "两张图差不多",
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from((*LINES, *CHINESE)), min_size=1, max_size=4))
def test_a_text_with_its_sides_exchanged_is_read_exchanged(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert_exchanged(text, mirror(text))


@pytest.mark.parametrize("text", CHINESE)
def test_chinese_with_its_sides_exchanged_is_read_exchanged(text: str) -> None:
    assert_exchanged(text, text.translate(str.maketrans("AB左右", "BA右左")))


def assert_exchanged(text: str, mirrored: str) -> None:
    """Whether the second text says of the other photo what the first says of one."""
    one, other = read(text), read(mirrored)
    if isinstance(one, Failure) or isinstance(other, Failure):
        assert type(one) is type(other)
        return
    assert other.answer == MIRRORED[one.answer]
    assert [(c.region, c.aspect, c.favours) for c in other.claims] == [
        (c.region, c.aspect, MIRRORED[c.favours]) for c in one.claims
    ]
