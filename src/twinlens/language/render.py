"""Claims as expert text: one line a claim, and the rationale around them."""

from collections.abc import Iterable

from twinlens.core.types import Choice, Claim

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
