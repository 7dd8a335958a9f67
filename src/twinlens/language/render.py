"""Claims as expert text: one line a claim, the rationale around them, any text with its sides exchanged."""

from __future__ import annotations

from collections.abc import Iterable

from twinlens.core.types import Choice, Claim
from twinlens.language.side_mentions import swap

ANSWERS: dict[Choice, str] = {"a": "A", "b": "B", "tie": "TIE"}
"""How a choice is written; the challenge itself knows only A and B, `read` gives "same" for TIE."""


def line(region: str, aspect: str, of_a: str, of_b: str) -> str:
    """One statement in the experts' form.

    >>> line("face", "sharpness", "keeps fine detail", "is softer")
    'Face Sharpness: Image A (Left) keeps fine detail, while Image B (Right) is softer.'
    """
    heading = f"{region} {aspect}".title()
    return f"{heading}: Image A (Left) {of_a}, while Image B (Right) {of_b}."


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


def mirror(text: str) -> str:
    """The text as it would read with the images exchanged; mirroring twice gives the text back.

    Only words that name an image change ("the left eye" and "A halo" stay).

    >>> mirror("Image A (Left) is sharper than B.\\n<answer>A</answer>")
    'Image B (Right) is sharper than A.\\n<answer>B</answer>'
    """
    return swap(text)
