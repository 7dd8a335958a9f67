"""What one statement claims: each respect in which it compares, by itself."""

from __future__ import annotations

import pytest

from twinlens.core.types import Reading
from twinlens.language.parse import read

LABEL_SWALLOWS = (
    "Sharpness: both are equal, though the eyes in B are a touch crisper. Skin looks plasticky in A. "
    "Sky is blown out in B. Blacks are crushed in A."
)
TURN = (
    "Face, Hair: Image A is sharper in the face and the strands of hair. However, A is darker, whereas "
    "Image B is better exposed."
)
SMUDGES = "Both are free of smudges, but A has heavier black edges and is denser."


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Image A is sharper but noisier than Image B.", "global sharpness a, global noise b"),
        ("- **Sharpness:** A > B\n- **Noise:** B < A", "global sharpness a, global noise a"),
        ("Color: A = B", "global color same"),
        ("Image A isn't as sharp as Image B.", "global sharpness b"),
        ("A isn\u2019t nearly as sharp or as clean as B.", "global sharpness b, global noise b"),
        ("Image A doesn't have as much noise as Image B.", "global noise a"),
        (LABEL_SWALLOWS, "eyes sharpness b, skin realism b, background exposure a, global exposure b"),
        (TURN, "face sharpness a, face exposure b, hair sharpness a, hair exposure b"),
        (SMUDGES, "global artifacts b"),
        ("The face is sharper in A and the hair has more texture in A", "face sharpness a, hair texture a"),
        ("Image A is sharper, but the hair in B is more natural.", "global sharpness a, hair realism b"),
        ("Image A is sharp, whereas Image B has blurry hair.", "hair sharpness a"),
        ("Image A has poor texture and good exposure.", "global texture b, global exposure a"),
        ("Although B is sharper, A looks far more natural.", "global sharpness b, global realism a"),
        ("A is better overall, but noisier.", "global noise b, global quality a"),
        ("Despite its noise, A preserves more hair detail.", "global noise b, hair sharpness a"),
        ("B is sharper, at the cost of halos.", "global sharpness b, global artifacts a"),
        ("In terms of noise A is cleaner; in terms of detail B wins.", "global sharpness b, global noise a"),
        ("Sharpness: A\nNoise: B (Right)\nHair: tie",
         "global sharpness a, global noise b, hair quality same"),
        ("(1) Face texture: A > B (2) Noise: B > A", "face texture a, global noise b"),
        ("White balance: Image A looks yellowish.", "global color b"),
        ("Sharpness → A, Noise → B", "global sharpness a, global noise b"),
        ("Face (sharpness): A > B; Hair (texture): B > A", "face sharpness a, hair texture b"),
        ("Sharpness: Image A (8/10) vs Image B (6/10)", "global sharpness a"),
        ("A is far from sharp.", "global sharpness b"),
        ("Sharpness: A is better. Noise: B is better.", "global sharpness a, global noise b"),
        ("Neither is better; A is sharper.", "global sharpness a, global quality same"),
        ("The hair in A is sharper. It is noisier, too.", "hair sharpness a"),
        ("Color: equal, though the eyes in A are sharper.", "global color same, eyes sharpness a"),
        ("Exposure: both fine. Skin looks waxy in B. Highlights are clipped in A.",
         "global exposure same, skin realism a, global exposure b"),
        ("A is sharper; the colours of B look natural.", "global sharpness a, global color b"),
        ("The shadows of A seem noisy and those of B seem clean.", "shadows noise b"),
        ("The leaves in A appear smeared.", "foliage artifacts b"),
        ("I find the skin of B natural.", "skin realism b"),
        ("In A the hair is crisp and in B the sky is blown out.",
         "hair sharpness a, background exposure a"),
        ("Face: A sharper, B noisier.", "face sharpness a, face noise a"),
        ("Artifacts: A halo shows in B.", "global artifacts a"),
        ("A softer, noisier look is seen in B.", "global noise a, global sharpness a"),
        ("B lost the texture A kept.", "global texture a"),
        ("Noise: A has less, B more.", "global noise a"),
        ("Less detail is lost in A.", "global sharpness a"),
        ("Noisier: A", "global noise b"),
        ("Less noisy: B", "global noise b"),
        ("Worse color: B", "global color a"),
        ("Sharp: A. Noisy: B.", "global sharpness a, global noise a"),
        ("More noise: A. Less blur: A.", "global noise b, global sharpness a"),
        ("It is B, not A, that has halos.", "global artifacts a"),
        ("The sky of A is banded; B's is smooth.", "background artifacts b"),
        ("B isn't any sharper than A.", "global sharpness same"),
        ("Face, Hair: A is sharper in the face, while B is cleaner in the hair.",
         "face sharpness a, hair noise b"),
        ("Both A and B have noisy skies, A more so.", "background noise b"),
        ("Face, Hair: A is sharper, but noisier in the hair.",
         "face sharpness a, hair sharpness a, hair noise b"),
        ("Face, Hair: the hair in A is noisier.", "hair noise b"),
        ("Without the noise of A, B looks cleaner.", "global noise b"),
        ("A is neither sharp nor clean.", "global noise b, global sharpness b"),
        ("A is no sharper than B.", "global sharpness same"),
        ("The face is well exposed in both, but A's skin is waxy.", "face exposure same, skin realism b"),
        ("The text in B is unreadable; that in A reads well.", "text sharpness a"),
        ("Sharpness — A better; noise — B better.", "global sharpness a, global noise b"),
        ("B shows halos, but fewer than A.", "global artifacts b"),
        ("The blur in A is not severe and the colours of B are dull.", "global sharpness a, global color a"),
        ("I don't think A is sharper, but the hair in B is crisper.", "hair sharpness b"),
    ],
)  # fmt: skip
def test_a_statement_claims_each_respect_by_itself(text: str, claims: str) -> None:
    reading = read(text)
    assert isinstance(reading, Reading)
    made = [f"{claim.region} {claim.aspect} {claim.favours}" for claim in reading.claims]
    assert sorted(made) == sorted(claims.split(", "))


@pytest.mark.parametrize(
    "text",
    [
        "It would be wrong to say B is sharper.",
        "If Image A were sharper, it would be better.",
        "Had it been sharper, A would win.",
        "Image A could have been less noisy.",
        "It is not true that A is sharper.",
        "There is no evidence that A is noisier.",
        "You might think B is sharper.",
        "Some would say A has better color.",
        "I wouldn't say that A is sharper.",
        "I do not believe that B is cleaner.",
        "如果图A更清晰，它会更好。",
    ],
)
def test_what_is_only_supposed_claims_nothing(text: str) -> None:
    assert not isinstance(read(text), Reading)


def test_a_claim_has_the_sentence_that_makes_it_as_its_text() -> None:
    reading = read(LABEL_SWALLOWS)
    assert isinstance(reading, Reading)
    texts = {claim.region: claim.text for claim in reading.claims}
    assert texts["skin"] == "Skin looks plasticky in A. "[:-1]
    assert texts["eyes"] == "Sharpness: both are equal, though the eyes in B are a touch crisper."
