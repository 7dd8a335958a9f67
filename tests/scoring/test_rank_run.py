"""A run's versions are ranked as Bradley and Terry, or Davidson, rank them; what is not known is said."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pytest
from made_rows import Row, Run, claim, failure, verdict
from sklearn.linear_model import LogisticRegression

from twinlens.core.contracts import line, schema
from twinlens.core.errors import BadInput
from twinlens.scoring.rank import RankRequest, rank_run

VALIDATOR = jsonschema.Draft202012Validator(schema("ranking"))


def pair(id: object, a: str, b: str, choice: str, scene: object = None) -> Row:
    return verdict(
        str(id), choice, columns={"version_a": a, "version_b": b}, scene=str(id if scene is None else scene)
    )


def played(scenes: int, true: dict[str, float], seed: int = 0) -> list[Row]:
    """Each two versions compared in every scene, won by chances of known strengths."""
    rng, names, rows = np.random.default_rng(seed), sorted(true), []
    for scene in range(scenes):
        for at, a in enumerate(names):
            for b in names[at + 1 :]:
                wins = rng.random() < 1 / (1 + np.exp(true[b] - true[a]))
                rows.append(pair(f"{scene}:{a}:{b}", a, b, "a" if wins else "b", scene))
    return rows


def ranked(folder: object, **request: object) -> Row:
    record = rank_run(folder, "0", RankRequest(**request))  # type: ignore[arg-type]
    VALIDATOR.validate(json.loads(line(record)))
    return record


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema("ranking"))


def test_two_versions_have_the_log_odds_between_them(run: Run) -> None:
    rows = [pair(at, "new", "old", "a" if at < 30 else "b") for at in range(40)]
    record = ranked(run(rows))
    best, worst = record.versions
    assert (best.version, best.rank, best.won, best.lost, best.n) == ("new", 1, 30, 10, 40)
    assert best.strength == pytest.approx(np.log(30.5 / 10.5) / 2)
    assert worst.strength == pytest.approx(-best.strength)
    assert record.chances[0][1] == pytest.approx(30.5 / 41)
    assert best.low < best.strength < best.high
    assert record.steps[0].words == "the first is better"


def test_strengths_are_those_of_a_logistic_regression(run: Run) -> None:
    rows = played(60, {"v1": 0.0, "v2": 0.5, "v3": 1.2, "v4": -0.6})
    record = ranked(run(rows))
    names = ["v1", "v2", "v3", "v4"]
    design, won, weight = [], [], []
    for row in rows:
        a, b = (names.index(row["columns"][f"version_{side}"]) for side in "ab")
        design.append(np.eye(4)[a] - np.eye(4)[b])
        won.append(row["choice"] == "a")
        weight.append(1.0)
    for a in range(4):
        for b in range(a):
            for wins in (True, False):  # the prior
                design.append(np.eye(4)[a] - np.eye(4)[b])
                won.append(wins)
                weight.append(0.5 / 3)  # each met three
    model = LogisticRegression(C=1e9, fit_intercept=False, tol=1e-10, max_iter=1000)
    found = model.fit(design, won, sample_weight=weight).coef_[0]
    told = {one.version: one.strength for one in record.versions}
    assert [told[name] for name in names] == pytest.approx(list(found - found.mean()), abs=1e-3)


def test_the_order_is_the_true_one_where_it_is_certain_and_said_to_be_open_where_not(run: Run) -> None:
    record = ranked(run(played(150, {"good": 1.5, "same": 0.0, "again": 0.05, "bad": -1.5}, 1)))
    assert [one.version for one in record.versions][0::3] == ["good", "bad"]
    words = [step.words for step in record.steps]
    assert words == ["the first is better", "cannot be told apart", "the first is better"]


def test_intervals_hold_the_truth_about_as_often_as_they_say(run: Run) -> None:
    true, held = {"v1": -0.5, "v2": 0.5}, 0
    for seed in range(60):
        best = {one.version: one for one in ranked(run(played(40, true, seed), str(seed))).versions}
        held += best["v2"].low <= 0.5 <= best["v2"].high
    assert 51 <= held <= 60


def test_ties_are_davidsons_and_a_failure_is_left_out_and_reported(run: Run) -> None:
    rows = [pair(at, "v1", "v2", "tie") for at in range(4)]
    lost = failure("x", columns={"version_a": "v1", "version_b": "v2"})
    record = ranked(run([*rows, lost]))
    assert [one.strength for one in record.versions] == pytest.approx([0, 0])
    assert [(one.tied, one.failed, one.n) for one in record.versions] == [(4, 1, 4)] * 2
    assert "1 pairs failed and are left out." in record.notes
    assert record.steps[0].words == "too few scenes to tell"


def test_a_version_that_never_lost_is_reported(run: Run) -> None:
    record = ranked(run([pair(at, "v1", "v2", "a") for at in range(9)]))
    assert record.versions[0].strength == pytest.approx(np.log(9.5 / 0.5) / 2)
    assert record.versions[0].low is None
    assert any(note.startswith("v1 never lost") for note in record.notes)
    assert any(note.startswith("v2 never won") for note in record.notes)


def test_versions_compared_by_way_of_a_third_are_ranked(run: Run) -> None:
    rows = [pair(f"a{at}", "ref", "v1", "ab"[at % 3 > 0]) for at in range(12)]
    rows += [pair(f"b{at}", "ref", "v2", "ab"[at % 3 == 0]) for at in range(12)]
    assert [one.version for one in ranked(run(rows)).versions] == ["v1", "ref", "v2"]


def test_versions_that_nothing_joins_are_refused(run: Run) -> None:
    rows = [pair(1, "v1", "v2", "a"), pair(2, "v3", "v4", "a")]
    with pytest.raises(
        BadInput, match=r"never compared, nor by way of others: v1, v2 \| v3, v4; compare v1 with v3"
    ):
        rank_run(run(rows), "0")


def test_a_run_without_versions_is_refused(run: Run) -> None:
    with pytest.raises(BadInput, match="found 0 versions with verdicts"):
        rank_run(run([verdict("1")]), "0")


def test_rows_without_versions_are_left_out_and_reported(run: Run) -> None:
    rows = [pair(at, "v1", "v2", "ab"[at % 2]) for at in range(4)]
    record = ranked(run([*rows, verdict("x"), pair("y", "v1", "v1", "a")]))
    assert "2 rows name no two different versions and are left out." in record.notes


def test_ties_have_a_parameter_with_an_interval_and_take_their_part_of_the_probability(run: Run) -> None:
    rows = [pair(at, "new", "old", ["a", "a", "b", "tie"][at % 4]) for at in range(80)]
    record = ranked(run(rows))
    assert record.model == "davidson"
    assert record.ties.value == pytest.approx(20.5 / np.sqrt(40.5 * 20.5))
    assert record.ties.low < record.ties.value < record.ties.high
    assert record.versions[0].strength == pytest.approx(np.log(40.5 / 20.5) / 2)
    assert [record.chances[0][1], record.chances[1][0]] == pytest.approx([40.5 / 81.5, 20.5 / 81.5])
    halves = ranked(run(rows, "halves"), model="bradley-terry")
    assert halves.ties is None
    assert halves.versions[0].strength == pytest.approx(np.log(50.5 / 30.5) / 2)


def test_a_larger_prior_draws_strengths_together(run: Run) -> None:
    folder = run([pair(at, "new", "old", "a" if at < 30 else "b") for at in range(40)])
    assert ranked(folder, prior=0).versions[0].strength == pytest.approx(np.log(3) / 2)
    assert ranked(folder, prior=10).versions[0].strength == pytest.approx(np.log(40 / 20) / 2)


def test_without_a_prior_a_version_that_never_lost_is_refused(run: Run) -> None:
    with pytest.raises(BadInput, match="expected a --prior above 0"):
        ranked(run([pair(at, "v1", "v2", "a") for at in range(9)]), prior=0)


def test_each_region_and_aspect_has_an_order_of_its_own_by_the_claims_about_it(run: Run) -> None:
    claims = [
        claim("face", "noise", "b"),
        claim("face", "noise", "a", "contradicted"),
        claim("hair", "color", "a"),
    ]
    rows = [
        {**pair(at, "new", "old", "a"), "claims": claims if at % 4 else [claim("face", "color", "a")]}
        for at in range(40)
    ]
    record = ranked(run(rows), by=("region", "aspect"))
    assert [one.version for one in record.versions] == ["new", "old"]
    face, hair = record.by["region"]["face"], record.by["region"]["hair"]
    assert [one.version for one in face.versions] == ["old", "new"]
    assert (face.rows, face.versions[0].won, face.versions[0].lost) == (40, 30, 10)
    assert (hair.rows, hair.versions[0].version) == (30, "new")
    assert set(record.by["aspect"]) == {"noise", "color"}
    assert record.by["aspect"]["noise"].versions[0].version == "old"


def test_claims_that_cancel_out_are_a_tie_and_groups_that_nothing_joins_are_noted(run: Run) -> None:
    both = [claim("face", "noise", "b"), claim("face", "color", "a")]
    rows = [{**pair(at, "v1", "v2", "ab"[at % 2]), "claims": both} for at in range(8)]
    rows += [{**pair(f"x{at}", "v2", "v3", "ab"[at % 2]), "claims": []} for at in range(8)]
    rows += [{**pair(f"y{at}", "v3", "v4", "ab"[at % 2]), "claims": both} for at in range(8)]
    record = ranked(run(rows), by=("region",))
    assert record.by["region"] == {}
    why = "found versions that were never compared, nor by way of others: v1, v2 | v3, v4; compare v1 with v3"
    assert f"region face: not ranked: {why}." in record.notes
    two = ranked(run(rows[:8], "two"), by=("region",))
    assert [one.tied for one in two.by["region"]["face"].versions] == [8, 8]


def test_any_column_of_the_pairs_may_group_and_an_unknown_one_is_refused(run: Run) -> None:
    rows = []
    for at in range(40):
        row = pair(at, "new", "old", "a" if at % 2 else "b")
        rows.append({**row, "columns": {**row["columns"], "light": "day" if at % 2 else "night"}})
    record = ranked(run(rows), by=("light",))
    best = {value: one.versions[0].version for value, one in record.by["light"].items()}
    assert best == {"day": "new", "night": "old"}
    with pytest.raises(BadInput, match="--by 'lihgt': no row has it"):
        ranked(run(rows, "again"), by=("lihgt",))


def test_an_intransitive_cycle_is_named_once_the_scenes_bear_it_out(run: Run) -> None:
    def rows(scenes: int, repeats: int) -> list[Row]:
        return [
            pair(f"{scene}:{a}:{n}", a, b, "a" if scene % 8 else "b", scene)
            for scene in range(scenes)
            for a, b in (("v1", "v2"), ("v2", "v3"), ("v3", "v1"))
            for n in range(repeats)
        ]

    (cycle,) = ranked(run(rows(40, 1))).cycles
    assert cycle.versions == ("v1", "v2", "v3")
    assert cycle.shares == pytest.approx([0.875] * 3)
    assert ranked(run(rows(5, 30), "few scenes")).cycles == ()


def test_the_pairs_to_judge_next_are_those_that_say_most(run: Run) -> None:
    rows = [pair(f"a{at}", "ref", "v1", "ab"[at % 2]) for at in range(40)]
    rows += [pair(f"b{at}", "ref", "v2", "ab"[at % 2]) for at in range(10)]
    first, *_ = ranked(run(rows), next=3).next
    assert {first.a, first.b} == {"v1", "v2"}
    assert first.met == 0 < first.gain
    assert ranked(run(rows, "again")).next == ()


def test_intervals_of_many_versions_are_the_sandwich_and_near_those_of_resampling(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run(played(120, {"v1": 0.0, "v2": 0.4, "v3": 0.9}))
    resampled = ranked(folder)
    monkeypatch.setattr("twinlens.scoring.comparisons.MOST_RESAMPLED", 2)
    sandwich = ranked(folder)
    assert "interval:95,percentile,scenes,2000" in resampled.signature
    assert "interval:95,sandwich,scenes" in sandwich.signature
    for one, other in zip(resampled.versions, sandwich.versions, strict=True):
        assert [one.low, one.high] == pytest.approx([other.low, other.high], abs=0.06)
