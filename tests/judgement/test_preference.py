"""The preference is exactly odd in the differences, and tells causes from consequences."""

import json
import math
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinlens.core.types import Evidence
from twinlens.judgement.evidence import evidence_of, metrics
from twinlens.judgement.preference import (
    CONSEQUENCES,
    SATURATION,
    by_metric,
    chance,
    explained,
    features,
    score,
    signed,
    weights,
)

NAMES = sorted(metrics())
STEPS = st.dictionaries(st.sampled_from([*NAMES, "reasons"]), st.floats(-60, 60))


@given(STEPS)
def test_exchanging_the_photos_gives_exactly_the_opposite(steps: dict[str, float]) -> None:
    there = {metric: -size for metric, size in steps.items()}
    assert score(there) == -score(steps)
    assert features(there) == [-value for value in features(steps)]
    assert explained(there) == {metric: -size for metric, size in explained(steps).items()}


@given(st.floats(allow_nan=False, min_value=-700, max_value=700))
def test_the_chances_of_both_sides_are_exactly_one(log_odds: float) -> None:
    assert chance(-log_odds) == 1 - chance(log_odds)
    assert 0 <= chance(log_odds) <= 1
    assert (chance(log_odds) >= 0.5) == (log_odds >= 0 or chance(log_odds) == 0.5)


@pytest.mark.parametrize(("log_odds", "expected"), [(0, 0.5), (math.log(3), 0.75), (-math.log(3), 0.25)])
def test_the_chance_is_the_logistic_function(log_odds: float, expected: float) -> None:
    assert chance(log_odds) == pytest.approx(expected, abs=1e-12)


def test_no_difference_is_no_preference() -> None:
    assert score({}) == 0
    assert chance(score(dict.fromkeys(NAMES, 0.0))) == 0.5


@pytest.mark.parametrize("metric", SATURATION)
def test_a_difference_alone_is_never_held_against_the_better_photo(metric: str) -> None:
    scores = [score({metric: size}) for size in (0.5, 1, 2, 4, 8, 16)]
    assert scores[0] >= 0
    assert scores == sorted(scores)


@given(STEPS)
def test_explaining_only_takes_away_and_twice_is_once_enough(steps: dict[str, float]) -> None:
    left = explained(steps)
    assert left.keys() == steps.keys()
    assert all(value in (steps[metric], 0) for metric, value in left.items())


@pytest.mark.parametrize(("cause", "least", "consequences", "times"), CONSEQUENCES)
def test_a_cause_takes_its_consequences_to_the_other_side_and_not_to_its_own(
    cause: str, least: float, consequences: frozenset[str], times: float
) -> None:
    for metric in consequences:
        size = least + 3
        other = min(0.9, 0.9 * times * size)
        assert explained({cause: size, metric: -other})[metric] == 0
        assert explained({cause: size, metric: other})[metric] == other
        assert explained({cause: 0.9 * least, metric: -other})[metric] == -other


def test_every_metric_that_counts_is_one_of_the_catalog_and_of_the_file() -> None:
    assert SATURATION.keys() - {"reasons"} <= set(NAMES)
    table = json.loads((files("twinlens.judgement") / "preference.json").read_text("utf-8"))["weights"]
    assert table.keys() == SATURATION.keys()
    assert all(value >= 0 for value in weights())
    assert {m for cause, _, after, _ in CONSEQUENCES for m in (cause, *after)} <= set(NAMES)


@given(st.sampled_from(NAMES), st.floats(0, 1), st.floats(0, 1))
def test_signed_steps_are_positive_where_a_is_better(name: str, one: float, other: float) -> None:
    metric = metrics()[name]
    a, b = (metric.low + share * (metric.high - metric.low) for share in (one, other))
    piece = evidence_of(name, "global", a, b)
    assert abs(signed(piece)) == piece.steps
    assert signed(piece) * (metric.merit(a) - metric.merit(b)) >= 0
    assert signed(evidence_of(name, "global", b, a)) == -signed(piece)


def test_the_steps_of_a_region_are_those_of_its_evidence_only() -> None:
    face = Evidence("noise", "face", "noise", 1.0, 5.0, "code values", "lower", "a", 3.0)
    whole = Evidence("noise", "global", "noise", 5.0, 1.0, "code values", "lower", "b", 2.0)
    assert by_metric([face, whole], "face") == {"noise": 3.0}
    assert by_metric([face, whole]) == {"noise": -2.0}
