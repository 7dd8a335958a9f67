"""The tables of claims: what counts as true, as found, and how the probabilities are set beside it."""

from pathlib import Path

from benchmarks.accuracy.claims import JUDGES, Case, Judged, calibration, hits, shown, table, true
from twinlens.core.types import Claim
from twinlens.distortions.distortion import named

SHAPE = (1000, 1000, 3)
FACE = Case(Path("portrait_00.jpg"), named("blur"), 2, "face")
"""The face is marked from 380, 420 to 620, 720."""


def claim(region: str, aspect: str, probability: float = 0.9, favours: str = "a") -> Claim:
    box = None if region == "global" else (400, 450, 200, 200)
    return Claim("", region, aspect, favours, box, probability=probability)  # type: ignore[arg-type]


def row(photo: str, *said: Claim) -> Judged:
    case = Case(Path(f"{photo}.jpg"), named("blur"), 2, "global")
    sets = tuple(said for _ in range(len(JUDGES) + 1))
    truths = tuple(tuple(true(one, case, SHAPE, 1.0) for one in of) for of in sets)
    return Judged(case, sets, truths, clear=True, chosen=True)


def test_a_claim_is_true_of_the_place_the_aspect_and_the_side_of_the_damage() -> None:
    assert true(claim("skin", "sharpness"), FACE, SHAPE, 0.07)
    assert hits(claim("skin", "sharpness"), FACE)
    for wrong in (
        claim("skin", "noise"),
        claim("skin", "sharpness", favours="b"),
        claim("global", "sharpness"),
    ):
        assert not true(wrong, FACE, SHAPE, 0.07)
        assert not hits(wrong, FACE)


def test_shares_are_of_claims_and_of_visible_defects() -> None:
    rows = [
        row("one", claim("global", "sharpness"), claim("global", "noise")),
        row("two", claim("global", "texture")),
        row("three"),
    ]
    whole = next(line for line in table(rows) if line.startswith("| whole photo |"))
    assert whole.count("0.667") == 2 * len(JUDGES)  # 2 of 3 claims are true, 2 of 3 defects found
    assert "two defects | none" in "\n".join(table(rows))


def test_probabilities_stand_beside_the_share_that_is_true() -> None:
    rows = [row(str(k), claim("global", "sharpness", 0.92)) for k in range(9)]
    rows.append(row("9", claim("global", "noise", 0.92)))
    lines = calibration(rows)
    assert any(line.startswith("| 0.90 to 0.95 | 0.920 | 0.900 [") for line in lines)
    assert lines[-1].startswith("| calibration error |  | 0.020 [")


def test_a_false_claim_is_shown_with_its_probability_and_one_without() -> None:
    never_fitted = Claim("", "global", "artifacts", "a")
    (line,) = shown(row("one", claim("global", "noise", 0.8), never_fitted))
    assert line == "one blur 2 global: global noise a! 0.80 | global artifacts a!  MISSED"
