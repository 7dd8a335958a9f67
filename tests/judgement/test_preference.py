"""The preference is exactly odd in the differences, and tells causes from consequences."""

import json
import math
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinlens.core.types import Evidence
from twinlens.judgement.causes import Cause, by_metric, graph, signed, without_confounds, without_consequences
from twinlens.judgement.evidence import evidence_of
from twinlens.judgement.preference import features, probability, saturations, score, weights
from twinlens.metrics import Confound, metrics

NAMES = sorted(metrics())
STEPS = st.dictionaries(st.sampled_from([*NAMES, "reasons"]), st.floats(-60, 60))


@given(STEPS)
def test_exchanging_the_photos_gives_exactly_the_opposite(steps: dict[str, float]) -> None:
    there = {metric: -size for metric, size in steps.items()}
    assert score(there) == -score(steps)
    assert features(there) == [-value for value in features(steps)]
    assert without_consequences(there) == {
        metric: -size for metric, size in without_consequences(steps).items()
    }


@given(st.floats(allow_nan=False, min_value=-700, max_value=700))
def test_the_probabilities_of_both_sides_are_exactly_one(log_odds: float) -> None:
    assert probability(-log_odds) == 1 - probability(log_odds)
    assert 0 <= probability(log_odds) <= 1
    assert (probability(log_odds) >= 0.5) == (log_odds >= 0 or probability(log_odds) == 0.5)


@pytest.mark.parametrize(("log_odds", "expected"), [(0, 0.5), (math.log(3), 0.75), (-math.log(3), 0.25)])
def test_the_probability_is_the_logistic_function(log_odds: float, expected: float) -> None:
    assert probability(log_odds) == pytest.approx(expected, abs=1e-12)


def test_no_difference_is_no_preference() -> None:
    assert score({}) == 0
    assert probability(score(dict.fromkeys(NAMES, 0.0))) == 0.5


@pytest.mark.parametrize("metric", saturations())
def test_a_single_difference_never_counts_against_the_better_photo(metric: str) -> None:
    scores = [score({metric: size}) for size in (0.5, 1, 2, 4, 8, 16)]
    assert scores[0] >= 0
    assert scores == sorted(scores)


@given(STEPS)
def test_explaining_only_takes_away_and_twice_is_once_enough(steps: dict[str, float]) -> None:
    left = without_consequences(steps)
    assert left.keys() == steps.keys()
    assert all(value in (steps[metric], 0) for metric, value in left.items())


EFFECTS = [cause for cause in graph() if not isinstance(cause.effect, Confound)]
CONFOUNDS = [cause for cause in graph() if cause not in EFFECTS and cause.metric != "exposure"]


def named(cause: Cause) -> str:
    return f"{cause.effect.stage}-{cause.metric}-{cause.effect.on}"


@pytest.mark.parametrize("cause", EFFECTS, ids=named)
def test_a_cause_takes_its_consequences_to_the_other_side_and_not_to_its_own(cause: Cause) -> None:
    least, name = cause.effect.at_least, cause.metric
    for metric in cause.consequences:
        size = least + 3
        other = min(0.9, 0.9 * cause.effect.up_to * size)
        assert without_consequences({name: size, metric: -other})[metric] == 0
        assert without_consequences({name: size, metric: other})[metric] == other
        assert without_consequences({name: 0.9 * least, metric: -other})[metric] == -other


@pytest.mark.parametrize("cause", CONFOUNDS, ids=named)
def test_a_confound_takes_what_is_smaller_to_either_side_in_its_region_and_from_the_whole(
    cause: Cause,
) -> None:
    for metric in cause.consequences:
        for other in (0.9, -0.9):
            there = {"global": {metric: other}, "face": {cause.metric: 2.0, metric: other}}
            assert without_confounds(there, [])["face"][metric] == 0
            assert without_confounds(there, [])["global"][metric] == other
            everywhere = {"global": {cause.metric: 2.0}, "face": {metric: other}}
            assert without_confounds(everywhere, [])["face"][metric] == 0
            assert without_confounds(everywhere, [], whole="")["face"][metric] == other


def test_a_brighter_photo_explains_colours_and_detail_whatever_its_merit() -> None:
    light = evidence_of("exposure", "face", 60.0, 50.0)
    left = without_confounds({"face": {"exposure": 0.0, "cast": 9.0, "texture": 9.0}}, [light])
    assert left == {"face": {"exposure": 0.0, "cast": 0.0, "texture": 9.0}}


def test_every_effect_reaches_metrics_and_never_its_own() -> None:
    families = {family for metric in metrics().values() for family in metric.families}
    for cause in graph():
        assert set(cause.effect.on.split()) <= families | metrics().keys()
        assert cause.consequences
        assert cause.metric not in cause.consequences


def test_every_feature_has_a_weight_that_was_fitted_and_is_not_negative() -> None:
    table = json.loads((files("twinlens.judgement") / "preference.json").read_text("utf-8"))["weights"]
    assert table.keys() == saturations().keys() == weights().keys()
    assert all(value >= 0 for value in weights().values())


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
