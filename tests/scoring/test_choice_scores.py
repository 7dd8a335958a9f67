"""How well a judge picks: what ties and failures count, and what exposes a judge that does not look."""

import numpy as np
import pytest
from made_rows import Row, Run, failure, verdict
from sklearn.metrics import accuracy_score, cohen_kappa_score

from twinlens.scoring.choice_scores import Estimator, choice_estimators, reliability_bins, share_bins
from twinlens.scoring.rows import read_rows


def measured(folder: object) -> dict[str, Estimator]:
    return {one.name: one for one in choice_estimators(read_rows(folder))}  # type: ignore[arg-type]


def orders(choice_ab: str | None, choice_ba: str | None) -> dict[str, Row]:
    """What both orders chose; None is a failure."""
    return {
        order: {"first": order[0], **({"choice": choice} if choice else {"failure": "timeout"})}
        for order, choice in (("ab", choice_ab), ("ba", choice_ba))
    }


def test_a_tie_counts_half_a_failure_is_wrong_and_ties_are_shown_apart(run: Run) -> None:
    rows = [verdict("1", "a", label="a"), verdict("2", "b", label="a"), verdict("3", "tie", label="a")]
    found = measured(run([*rows, failure("4", label="a"), verdict("5", "a")]))
    accuracy = found["accuracy"].score()
    assert (accuracy.value, accuracy.n, accuracy.failed) == (1.5 / 4, 4, 1)
    apart = found["accuracy_ties"].score()
    assert (apart.value, apart.n, apart.failed) == (1 / 2, 2, 1)


def test_pairs_that_people_find_alike_are_no_test_of_a_choice(run: Run) -> None:
    found = measured(run([verdict("1", "a", label="a"), verdict("2", "a", label="tie")]))
    assert found["accuracy"].n == 1


def test_accuracy_and_kappa_are_scikit_learns(run: Run) -> None:
    rng = np.random.default_rng(0)
    label = rng.choice(["a", "b"], 120)
    said = np.where(rng.random(120) < 0.7, label, rng.choice(["a", "b"], 120))
    rows = [verdict(str(at), said[at], label=label[at], scene=f"s{at % 9}") for at in range(120)]
    found = measured(run(rows))
    assert found["accuracy"].score().value == pytest.approx(accuracy_score(label, said))
    assert found["kappa"].score().value == pytest.approx(cohen_kappa_score(label, said))


def test_a_judge_that_always_says_first_is_exposed(run: Run) -> None:
    rows = [
        verdict(str(at), "a", label="ab"[at % 2], orders=orders("a", "b"), consistent=False)
        for at in range(40)
    ]
    found = measured(run(rows))
    first = found["first_position_rate"].score()
    assert first.value == 1.0
    assert first.low is not None
    assert first.low > 0.9
    assert found["swap_consistency"].score().value == 0.0


def test_a_judge_that_looks_chooses_the_first_half_the_time_whatever_the_labels_are(run: Run) -> None:
    rows = [verdict(str(at), "a", label="a", orders=orders("a", "a"), consistent=True) for at in range(9)]
    found = measured(run([*rows, verdict("x", "b", label="b", orders=orders("b", None))]))
    assert found["first_position_rate"].score().value == 0.5
    assert found["first_position_rate"].score().n == 9
    assert found["swap_consistency"].score().value == 1.0


def test_one_order_is_enough_for_how_often_the_first_is_chosen(run: Run) -> None:
    rows = [verdict(str(at), "a", orders={"ab": {"first": "a", "choice": "a"}}) for at in range(4)]
    assert measured(run(rows))["first_position_rate"].score().value == 1.0


def test_the_calibration_error_is_the_distance_of_confidence_and_accuracy(run: Run) -> None:
    rows = [verdict(str(at), "a", label="a" if at < 6 else "b") for at in range(10)]
    table = read_rows(run(rows))
    found = {one.name: one for one in choice_estimators(table)}
    assert found["calibration_error"].score().value == pytest.approx(0.2)
    assert [one.accuracy for one in reliability_bins(table)] == [0.6]


def test_the_share_of_raters_gives_agreement_and_its_ceiling(run: Run) -> None:
    rows = [
        verdict("1", "a", label="a", columns={"share": 0.9}),
        verdict("2", "b", label="a", columns={"share": 0.6}),
        failure("3", label="a", columns={"share": 1.0}),
    ]
    table = read_rows(run(rows))
    found = {one.name: one for one in choice_estimators(table)}
    assert found["rater_agreement"].score().value == pytest.approx((0.9 + 0.4 + 0) / 3)
    assert found["rater_ceiling"].score().value == pytest.approx((0.9 + 0.6 + 1) / 3)
    assert [(part.low, part.n, part.accuracy) for part in share_bins(table)] == [
        (0.6, 1, 0.0),
        (0.9, 2, 0.5),
    ]


def test_win_rates_are_of_the_pairs_each_version_was_in(run: Run) -> None:
    def pair(id: str, a: str, b: str, choice: str) -> Row:
        return verdict(id, choice, columns={"version_a": a, "version_b": b})

    lost = failure("4", columns={"version_a": "v1", "version_b": "v2"})
    rows = [pair("1", "v1", "v2", "b"), pair("2", "v2", "v3", "a"), pair("3", "v1", "v3", "tie"), lost]
    found = {name: one.score() for name, one in measured(run(rows)).items() if name.startswith("win")}
    assert {name: (score.value, score.n, score.failed) for name, score in found.items()} == {
        "win_rate(v1)": (0.25, 2, 1),
        "win_rate(v2)": (1.0, 2, 1),
        "win_rate(v3)": (0.25, 2, 0),
    }


def test_rows_without_labels_have_no_accuracy(run: Run) -> None:
    assert set(measured(run([verdict("1"), verdict("2")]))) == set()
