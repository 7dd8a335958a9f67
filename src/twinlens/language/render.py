"""Claims as expert text: one line a claim, and the rationale around them."""

from collections.abc import Iterable
from functools import cache

from twinlens.core.types import Choice, Claim

ANSWERS: dict[Choice, str] = {"a": "A", "b": "B", "tie": "TIE"}
"""How a choice is written; the challenge itself knows only A and B, `read` gives "same" for TIE."""


def line(region: str, aspect: str, of_a: str, of_b: str) -> str:
    """One statement in the experts' form.

    >>> line("face", "sharpness", "keeps fine detail", "is softer")
    'Face Sharpness: Image A (Left) keeps fine detail, while Image B (Right) is softer.'
    """
    return f"{heading(region, aspect)}Image A (Left) {of_a}, while Image B (Right) {of_b}."


def of_both(region: str, aspect: str, words: str) -> str:
    """One statement about both photos, in the same form."""
    return f"{heading(region, aspect)}Image A (Left) and Image B (Right) {words}."


@cache
def heading(region: str, aspect: str) -> str:
    """What a statement is headed with, "Face Noise: "."""
    return f"{region} {aspect}: ".title()


def short(text: str, region: str, aspect: str) -> str:
    """A statement without its heading, the photos by their letters.

    >>> short("Face Noise: Image A (Left) is cleaner, while Image B (Right) is noisy.", "face", "noise")
    'A is cleaner, while B is noisy.'
    """
    said = text.removeprefix(heading(region, aspect))
    return said.replace("Image A (Left)", "A").replace("Image B (Right)", "B")


def topic(region: str, aspect: str) -> str:
    """What a claim is about, in a few words.

    >>> topic("face", "noise"), topic("global", "noise")
    ('face noise', 'noise')
    """
    return aspect if region == "global" else f"{region} {aspect}"


def rationale(claims: Iterable[Claim], answer: Choice) -> str:
    """The text of a verdict: the claims' lines, each once, between <thinking> tags, then the answer.

    >>> print(rationale([Claim("Hair Noise: Image B is noisier.", "hair", "noise", "a")], "a"))
    <thinking>
    Hair Noise: Image B is noisier.
    </thinking>
    <answer>A</answer>
    """
    lines = dict.fromkeys(" ".join(claim.text.split()) for claim in claims)
    return "\n".join(("<thinking>", *lines, "</thinking>", f"<answer>{ANSWERS[answer]}</answer>"))
