"""Fitting the measured judge: never negative, fair to both sides, and able to find what people go by."""

import numpy as np
import pytest

from twinlens.judgement.preference import prior, saturations, score, weights
from twinlens.train.measured import Example, fit, matrix, record

ORDER = list(saturations())


def examples(likes: dict[str, float], count: int, seed: int = 0, set: str = "made") -> list[Example]:
    """Pairs that differ at random, judged by what someone likes, with the doubt of a logistic choice."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        steps = {metric: float(random.normal(0, 2)) for metric in likes}
        log_odds = sum(
            like * np.tanh(steps[metric] / saturations()[metric]) for metric, like in likes.items()
        )
        made.append(Example(steps, bool(random.random() < 1 / (1 + np.exp(-log_odds))), set))
    return made


def fitted(found: list[Example]) -> dict[str, float]:
    return dict(zip(ORDER, fit(found), strict=True))


@pytest.fixture(scope="module")
def by_taste() -> dict[str, float]:
    """Weights of people who go by cast, less by exposure, and not by banding."""
    return fitted(examples({"cast": 4.0, "exposure": 1.5, "banding": 0.0}, 3000))


def test_the_order_of_what_people_go_by_is_recovered(by_taste: dict[str, float]) -> None:
    assert by_taste["cast"] > 2 * by_taste["exposure"] > 4 * by_taste["banding"]
    assert by_taste["cast"] == pytest.approx(4, rel=0.25)
    assert by_taste["exposure"] == pytest.approx(1.5, rel=0.35)


def test_no_weight_is_negative_even_where_people_like_the_worse_photo() -> None:
    found = fitted(examples({"noise": -8.0, "cast": 4.0}, 1500))
    assert min(found.values()) >= 0
    assert found["noise"] == 0
    assert found["cast"] > 1


def test_what_no_example_shows_keeps_the_prior(by_taste: dict[str, float]) -> None:
    start = prior()
    for metric in saturations().keys() - {"cast", "exposure", "banding"}:
        assert by_taste[metric] == pytest.approx(start[metric], rel=1e-3)


def test_exchanging_the_photos_of_every_example_changes_nothing() -> None:
    found = examples({"halo": 5.0, "texture": 2.0}, 200)
    turned = [
        Example({metric: -size for metric, size in one.differences.items()}, not one.prefers_a, one.set)
        for one in found
    ]
    assert np.allclose(fit(found), fit(turned), atol=1e-6)
    assert np.array_equal(matrix(turned), -matrix(found))


def test_a_set_weighs_alike_however_many_pairs_it_holds() -> None:
    few = examples({"cast": 10.0}, 100, set="few")
    many = [Example(one.differences, not one.prefers_a, "many") for one in few * 9]
    with_many, with_few = fitted([*few, *many]), fitted(few)
    alike = fitted([*few, *[Example(one.differences, not one.prefers_a, "few") for one in few]])
    assert with_many["cast"] < with_few["cast"] / 2
    assert with_many["cast"] == pytest.approx(alike["cast"], abs=1.0)


def test_what_is_written_is_what_the_package_reads() -> None:
    written = record(np.array([*weights().values()]), "a test")
    assert written["made"] == "a test"
    assert written["weights"] == weights()
    assert tuple(written["weights"]) == tuple(saturations())


def test_the_fitted_rule_predicts_new_pairs_of_the_same_people(by_taste: dict[str, float]) -> None:
    fresh = examples({"cast": 4.0, "exposure": 1.5, "banding": 0.0}, 1000, seed=1)
    margin = matrix(fresh) @ np.array([by_taste[metric] for metric in ORDER])
    right = np.mean((margin > 0) == np.array([one.prefers_a for one in fresh]))
    assert right > 0.7


def test_the_weights_that_ship_prefer_a_photo_that_is_better_in_all() -> None:
    assert score(dict.fromkeys(saturations(), 2.0)) > 5
