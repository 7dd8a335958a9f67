"""What we write is read back as it was meant, and mirrored text says the mirrored thing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinlens.core.types import ASPECTS, REGIONS, Choice, Claim, Favours, Reading
from twinlens.language.parse import read
from twinlens.language.render import line, rationale
from twinlens.language.side_mentions import mirror

PHRASES = (
    ("keeps crisp, fine detail at the edges (62 %)", "is softer (41 %)"),
    ("is cleaner in the flat areas (1.2 code values of noise)", "shows more noise (4.1 code values)"),
    ("holds more fine texture (5.1)", "has lost fine texture (2.2)"),
    ("renders edges without visible halos (0.3 %)", "shows halos beside its edges (8 %)"),
    ("is free of block artifacts", "shows 8 x 8 block artifacts"),
    ("has smooth gradients", "shows banding in its gradients"),
    ("keeps its texture", "is smeared, its texture wiped away"),
    ("keeps detail in highlights and shadows (0.1 % clipped)", "clips highlights (6 % blown out)"),
    ("is well exposed", "is too dark"),
    ("is well exposed", "is too bright"),
    ("has more depth and contrast", "looks flat"),
    ("keeps neutral tones neutral", "has a blue colour cast"),
    ("has natural colours", "is oversaturated"),
    ("has natural colours", "looks washed out"),
    ("shows little coloured speckle", "shows coloured speckle"),
    ("is better overall", "is weaker overall"),
)
OTHER: dict[Favours, Favours] = {"a": "b", "b": "a", "same": "same"}


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    region, aspect = draw(st.sampled_from(REGIONS)), draw(st.sampled_from(ASPECTS))
    favours: Favours = draw(st.sampled_from(("a", "b", "same")))
    good, bad = draw(st.sampled_from(PHRASES))
    of_a, of_b = {"a": (good, bad), "b": (bad, good), "same": ("looks the same",) * 2}[favours]
    return Claim(line(region, aspect, of_a, of_b), region, aspect, favours)


@settings(deadline=None)
@given(st.lists(claims(), max_size=6, unique_by=lambda claim: claim.text), st.sampled_from(("a", "b", "tie")))
def test_a_rationale_is_read_back_as_it_was_written(written: list[Claim], answer: Choice) -> None:
    outcome = read(rationale(written, answer))
    assert isinstance(outcome, Reading)
    assert outcome.answer == {"tie": "same"}.get(answer, answer)
    assert list(outcome.claims) == written


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("region", REGIONS)
def test_every_phrase_keeps_its_side_under_every_heading(region: str, aspect: str) -> None:
    for good, bad in PHRASES:
        for of_a, of_b, favours in ((good, bad, "a"), (bad, good, "b")):
            outcome = read(line(region, aspect, of_a, of_b))
            assert isinstance(outcome, Reading)
            assert [(c.region, c.aspect, c.favours) for c in outcome.claims] == [(region, aspect, favours)]


@settings(deadline=None)
@given(st.lists(claims(), min_size=1, max_size=6), st.sampled_from(("a", "b", "tie")))
def test_mirrored_text_of_ours_is_read_with_its_sides_exchanged(written: list[Claim], answer: Choice) -> None:
    text = rationale(written, answer)
    here, there = read(text), read(mirror(text))
    assert isinstance(here, Reading)
    assert isinstance(there, Reading)
    assert there.answer == OTHER[here.answer or "same"]
    assert [(c.region, c.aspect, c.favours) for c in there.claims] == [
        (c.region, c.aspect, OTHER[c.favours]) for c in here.claims
    ]


SIDE_WORDS = st.sampled_from(
    ("Image A", "Image B (Right)", "A", "B", "A/Left", "Left", "Right", "left", "right", "the left image",
     "on the left",
     "first photo", "2", "Photo 1", "<answer>A</answer>", "answer", "<answer>", "eye", "both", "and", "is",
     "shows", "LEFT", "image b",
     "a", "b", "(Left)", "(", ")", "/", "'s", ".", "\n", "former", "the latter", "of the face", "1st",
     "images",
     "firſt", "the left", "the first", "the second", "than", "in the first,", "Image-",
     "rightmost", "side", "at", "左图", "右边的", "图", "第一张", "第二", "（左）"),
)  # fmt: skip


@settings(deadline=None, max_examples=1500)
@given(st.one_of(st.text(), st.lists(SIDE_WORDS).map(" ".join), st.lists(SIDE_WORDS).map("".join)))
def test_mirroring_twice_gives_any_text_back(text: str) -> None:
    assert mirror(mirror(text)) == text


@pytest.mark.parametrize(
    ("text", "mirrored"),
    [
        ("Image A (Left) is soft.", "Image B (Right) is soft."),
        ("the left and left image", "the right and right image"),
        ("Image B/Right beats A/Left.", "Image A/Left beats B/Right."),
        ("<answer>B</answer>", "<answer>A</answer>"),
        ("The left eye is sharper in the left photo.", "The left eye is sharper in the right photo."),
        ("Images A and B are alike.", "Images B and A are alike."),
        ("A halo shows in A.", "A halo shows in B."),
        ("Photo 1 is better; answer: B", "Photo 2 is better; answer: A"),
        ("Left is crisp, right is soft.", "Right is crisp, left is soft."),
    ],
)
def test_only_words_that_name_a_side_are_exchanged(text: str, mirrored: str) -> None:
    assert mirror(text) == mirrored


def test_claims_of_one_line_are_written_once() -> None:
    both = [Claim("Hair, Face Noise: A is noisy.", region, "noise", "b") for region in ("face", "hair")]
    assert rationale(both, "tie").splitlines() == [
        "<thinking>", "Hair, Face Noise: A is noisy.", "</thinking>", "<answer>TIE</answer>",
    ]  # fmt: skip
