"""Claims beside the experts' and beside the pixels, by hand-worked examples."""

import pytest
from made_rows import Run, claim, failure, verdict

from twinlens.runs.store import RunFolder
from twinlens.scoring.claim_scores import FIELDS, claim_estimators, claim_numbers, claims_of, matches
from twinlens.scoring.estimator import Estimator
from twinlens.scoring.rows import read_rows

EXPERT = (
    "<thinking>\nFace Sharpness: Image A (Left) is sharper, while Image B (Right) is blurry.\n"
    "Hair Noise: Image A (Left) is noisy, while Image B (Right) is clean.\n</thinking>\n<answer>A</answer>"
)


def measured(run: RunFolder) -> dict[str, Estimator]:
    table = read_rows(run, readers=[(FIELDS, claim_numbers)])
    return {one.name: one for one in claim_estimators(table)}


def test_claims_match_on_region_aspect_and_side_each_once() -> None:
    expected = [("face", "sharpness", "a"), ("hair", "noise", "b"), ("global", "color", "same")]
    made = [
        ("face", "sharpness", "a"),
        ("face", "sharpness", "a"),
        ("face", "noise", "b"),
        ("hair", "noise", "a"),
    ]
    assert matches(made, expected) == (1, 3, 3, 2, 3, 3)
    assert matches([], expected) == (0, 0, 3, 0, 0, 3)


def test_precision_recall_and_f1_are_of_all_claims_and_a_failure_finds_none(run: Run) -> None:
    claims = [claim("face", "sharpness", "a"), claim("hair", "noise", "a"), claim("skin", "noise", "b")]
    rows = [
        verdict("1", label="a", reference=EXPERT, rationale="x", claims=claims),
        failure("2", label="a", reference=EXPERT),
    ]
    assert claims_of(EXPERT) == {("face", "sharpness", "a"), ("hair", "noise", "b")}
    found = {name: one.score() for name, one in measured(run(rows)).items()}
    assert found["claim_precision"].value == pytest.approx(1 / 3)
    assert found["claim_recall"].value == pytest.approx(1 / 4)
    assert found["claim_f1"].value == pytest.approx(2 / 7)
    assert found["claim_f1_relaxed"].value == pytest.approx(4 / 7)
    assert (found["claim_f1"].n, found["claim_f1"].failed) == (2, 1)


def test_what_the_pixels_say_is_a_share_of_the_claims(run: Run) -> None:
    grounded = ["supported", "supported", "contradicted", "unmeasured"]
    rows = [
        verdict("1", claims=[claim("face", "noise", "a", one) for one in grounded], rationale="one"),
        verdict("2", claims=[claim("face", "noise", "a")], rationale="two", self_contradicting=True),
        verdict("3", rationale="Two"),
        failure("4"),
    ]
    found = {name: one.score() for name, one in measured(run(rows)).items()}
    assert (found["supported"].value, found["contradicted"].value) == (0.4, 0.2)
    assert found["self_contradiction"].value == 0.5
    assert (found["supported"].n, found["supported"].failed) == (2, 1)


def test_opinions_are_neither_supported_nor_contradicted_and_are_counted_apart(run: Run) -> None:
    grounded = ["supported", "opinion", "contradicted", "opinion"]
    rows = [
        verdict("1", claims=[claim("face", "noise", "a", one) for one in grounded]),
        verdict("2", claims=[claim("global", "quality", "a", "opinion")]),
        failure("3"),
    ]
    found = {name: one.score() for name, one in measured(run(rows)).items()}
    assert (found["supported"].value, found["contradicted"].value) == (0.5, 0.5)
    assert (found["supported"].n, found["supported"].failed) == (1, 1)
    assert (found["opinion"].value, found["opinion"].n) == (3 / 5, 2)
    assert found["self_contradiction"].n == 2


def test_opinions_count_among_the_claims_that_experts_made_too(run: Run) -> None:
    expert = "Overall: Image A (Left) is better.\n<answer>A</answer>"
    ((region, aspect, side),) = claims_of(expert)
    made = verdict("1", label="a", reference=expert, claims=[claim(region, aspect, side, "opinion")])
    assert measured(run([made]))["claim_f1"].score().value == 1


def test_a_run_whose_claims_are_all_opinions_has_no_share_of_supported_ones(run: Run) -> None:
    found = measured(run([verdict("1", claims=[claim("global", "quality", "a", "opinion")])]))
    assert set(found) == {"opinion", "self_contradiction"}


def test_rows_without_claims_have_no_score_of_them(run: Run) -> None:
    assert measured(run([verdict("1", label="a"), failure("2", label="b")])) == {}
