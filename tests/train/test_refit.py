"""Refitting to somebody's pairs: a few change little, many decide, and what it gained is told honestly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twinlens.core.errors import BadInput
from twinlens.core.types import Choice
from twinlens.judgement.preference import saturations, weights
from twinlens.readers import Problem, Row, Rows, Shot
from twinlens.train import refit as module
from twinlens.train.examples import LabelledPair, MeasuredPair
from twinlens.train.refit import folds, merge_scenes, refit, refitted, weights_record

LEFT = {"unlabelled": 0, "ties": 0, "failed": 0}
SHIPPED = weights()
NOISE_ONLY = {**dict.fromkeys(saturations(), 0.0), "noise": 6.0}


def judged(likes: dict[str, float], count: int, seed: int = 0, scenes: int = 0) -> list[LabelledPair]:
    """Pairs that differ at random, judged by what someone weighs with the doubt of a logistic choice."""
    random = np.random.default_rng(seed)
    made = []
    for at in range(count):
        steps = {metric: float(random.normal(0, saturations()[metric])) for metric in saturations()}
        odds = sum(like * np.tanh(steps[metric] / saturations()[metric]) for metric, like in likes.items())
        prefers_a = bool(random.random() < 1 / (1 + np.exp(-odds)))
        photos = (f"{seed}.{at}a whole", f"{seed}.{at}b whole")
        scene = f"s{at % (scenes or count)}"
        made.append(LabelledPair(f"p{at}", "", scene, "", prefers_a, MeasuredPair(steps, True, photos)))
    return made


def table(pairs: Sequence[LabelledPair]) -> Record:
    return dict(zip(saturations(), refitted(pairs).tolist(), strict=True))


Record = dict[str, Any]


def test_without_pairs_that_differ_the_shipped_weights_stay() -> None:
    same = [replace(pair, measured=replace(pair.measured, differences={})) for pair in judged(SHIPPED, 5)]
    assert table(same) == pytest.approx(SHIPPED, abs=1e-6)


def test_a_few_pairs_change_little_and_many_decide() -> None:
    few, many = (table(judged(NOISE_ONLY, count)) for count in (4, 1500))
    assert few == pytest.approx(SHIPPED, rel=0.35, abs=0.5)
    assert many["noise"] == pytest.approx(6, rel=0.3)
    assert max(size for name, size in many.items() if name != "noise") < many["noise"] / 4


@pytest.mark.parametrize("count", [10, 40, 200])
def test_people_who_see_as_the_shipped_weights_do_lose_nothing(count: int) -> None:
    scores = weights_record(judged(SHIPPED, count), LEFT, "1")["scores"]["difference"]["accuracy"]
    assert scores["value"] >= -max(0.03, 1.01 / count)  # one pair of few may turn
    assert scores["words"] != "the shipped weights are better"


def test_people_of_another_taste_are_met_and_the_words_say_so() -> None:
    made = weights_record(judged(NOISE_ONLY, 400), LEFT, "1")
    scores = made["scores"]
    assert scores["new"]["accuracy"]["value"] > scores["shipped"]["accuracy"]["value"] + 0.05
    assert scores["difference"]["accuracy"]["words"] == "the new weights are better"
    assert scores["new"]["accuracy"]["n"] == made["made"]["pairs"] == 400


def test_labels_at_random_gain_nothing() -> None:
    random = np.random.default_rng(5)
    pairs = [replace(pair, prefers_a=bool(random.random() < 0.5)) for pair in judged(SHIPPED, 120)]
    found = weights_record(pairs, LEFT, "1")["scores"]
    assert found["difference"]["accuracy"]["words"] == "cannot be told apart"
    assert found["new"]["accuracy"]["low"] < 0.5 < found["new"]["accuracy"]["high"]


def test_no_scene_is_judged_by_weights_fitted_on_it() -> None:
    """Three scenes whose pairs contradict each other: what two say is wrong for the third."""
    base = judged(NOISE_ONLY, 90, scenes=3)
    noisy = [
        replace(p, measured=replace(p.measured, differences={"noise": p.measured.differences["noise"]}))
        for p in base
    ]
    pairs = [replace(p, prefers_a=(p.measured.differences["noise"] > 0) == (p.scene == "s0")) for p in noisy]
    found = weights_record(pairs, LEFT, "1")["scores"]["new"]["accuracy"]
    assert found["value"] <= 1 / 3 + 0.01


def test_exchanging_photos_or_the_order_of_rows_changes_nothing() -> None:
    pairs = judged(NOISE_ONLY, 60, scenes=12)
    swapped = [
        replace(
            p,
            prefers_a=not p.prefers_a,
            measured=replace(p.measured, differences={k: -v for k, v in p.measured.differences.items()}),
        )
        for p in pairs
    ]
    weights, there, back = (weights_record(some, LEFT, "1") for some in (pairs, swapped, pairs[::-1]))
    assert there["weights"] == pytest.approx(weights["weights"], abs=2e-4)
    assert back["weights"] == pytest.approx(weights["weights"], abs=2e-4)
    assert back["made"] == weights["made"]
    assert json.dumps(weights_record(pairs, LEFT, "1")) == json.dumps(weights)


def test_the_hash_knows_labels_scenes_sets_and_photos() -> None:
    pairs = judged(SHIPPED, 3)
    seen = replace(pairs[0].measured, photos=("other", "photos"))
    others = [
        [replace(pairs[0], **change), *pairs[1:]]
        for change in (
            {"prefers_a": not pairs[0].prefers_a},
            {"scene": "t"},
            {"set": "t"},
            {"measured": seen},
        )
    ]
    hashes = {weights_record(some, LEFT, "1")["made"]["hash"] for some in (pairs, *others)}
    assert len(hashes) == 5


def test_a_set_weighs_as_another_however_many_pairs_it_holds() -> None:
    random = np.random.default_rng(2)
    few = [replace(pair, set="few") for pair in judged(NOISE_ONLY, 100)]
    by_chance = [bool(random.random() < 0.5) for _ in range(900)]
    chance = [
        replace(p, set="many", prefers_a=said)
        for p, said in zip(judged(NOISE_ONLY, 900, 1), by_chance, strict=True)
    ]
    alike = table([*few, *chance])["noise"]
    assert alike > 1.5 * table([replace(pair, set="") for pair in (*few, *chance)])["noise"]


def test_scenes_that_share_a_photo_are_one() -> None:
    first, second, third, fourth = judged(SHIPPED, 4)
    shared = replace(second, measured=replace(second.measured, photos=("x", first.measured.photos[0])))
    chained = replace(third, measured=replace(third.measured, photos=("x", "y")))
    for pairs in ([first, shared, chained, fourth], [chained, first, fourth, shared]):
        scenes = {pair.id: pair.scene for pair in merge_scenes(pairs)}
        assert scenes["p0"] == scenes["p1"] == scenes["p2"] != scenes["p3"]


def test_folds_keep_scenes_whole_and_do_not_heed_the_order() -> None:
    scenes = [f"s{at % 50}" for at in range(200)]
    parts = folds(scenes)
    assert len(set(parts.tolist())) == 20
    assert all(len({p for p, s in zip(parts, scenes, strict=True) if s == one}) == 1 for one in set(scenes))
    assert folds(scenes[::-1]).tolist() == parts.tolist()[::-1]


def test_what_a_reader_must_not_miss_is_noted() -> None:
    pairs = [replace(pair, prefers_a=True) for pair in judged(SHIPPED, 4)]
    pairs[0] = replace(pairs[0], measured=MeasuredPair({"noise": 0.0}, True, ("x", "x")))
    pairs[1] = replace(pairs[1], measured=replace(pairs[1].measured, aligned=False))
    notes = " ".join(weights_record(pairs, LEFT, "1")["notes"])
    for words in (
        "only 4 scenes",
        "All labels are a",
        "of 1 pairs could not be aligned",
        "In 1 pairs nothing",
    ):
        assert words in notes


def row(id: str, label: Choice | None, scene: str = "", **columns: object) -> Row:
    return Row(id, (Shot(f"{id}a.png"),), (Shot(f"{id}b.png"),), scene or id, label=label, columns=columns)


def rows(*some: Row) -> Rows:
    return Rows("pairs.csv", "table", some)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Photos are measured as random pairs are; the list holds the rows that were to be measured."""
    asked: list[Row] = []

    def measured(
        some: Sequence[Row], by: str | None, **_: object
    ) -> tuple[list[LabelledPair], list[Problem]]:
        asked.extend(some)
        made = zip(some, judged(SHIPPED, len(some)), strict=True)
        good = [
            replace(p, id=r.id, scene=r.scene, prefers_a=r.label == "a") for r, p in made if r.id != "bad"
        ]
        return good, [Problem("photo", r.where, r.id, "no such file") for r in some if r.id == "bad"]

    monkeypatch.setattr(module, "labelled", measured)
    return asked


def test_rows_without_a_label_and_ties_are_counted_and_not_measured(seen: list[Row]) -> None:
    given = rows(row("x", "a"), row("y", "b"), row("u", None), row("t", "tie"), row("bad", "a"))
    found = refit(given, "1")
    assert found.record["made"]["left_out"] == {"unlabelled": 1, "ties": 1, "failed": 1}
    assert [one.id for one in seen] == ["x", "y", "bad"]
    assert [problem.id for problem in found.problems] == ["bad"]


def test_labels_of_a_file_go_before_those_of_the_rows(seen: list[Row], tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("id,label\nx,b\nu,a\n", "utf-8")
    refit(rows(row("x", "a"), row("y", "b"), row("u", None)), "1", labels=tmp_path / "l.csv")
    assert [(one.id, one.label) for one in seen] == [("x", "b"), ("y", "b"), ("u", "a")]
    with pytest.raises(BadInput, match="none of the 1 ids"):
        refit(rows(row("z", "a")), "1", labels=tmp_path / "l.csv")


@pytest.mark.parametrize(
    ("given", "by", "told"),
    [
        ((row("x", None), row("y", "tie")), None, "1 pairs without a label, 1 that people call alike"),
        ((row("x", "a", "s"), row("y", "b", "s")), None, "all 2 labelled pairs are of one scene, 's'"),
        ((row("bad", "a"), row("x", None), row("y", "a")), None, "1 of 2 pairs can be read and is left"),
        ((row("x", "a", kin="1"), row("y", "b")), "kid", "expected one of kin, kind"),
    ],
)
def test_rows_that_determine_no_weights_are_refused_in_one_line(
    seen: list[Row], given: tuple[Row, ...], by: str | None, told: str
) -> None:
    with pytest.raises(BadInput) as error:
        refit(rows(*given), "1", by=by)
    assert told in str(error.value)
    assert "expected" in str(error.value)


def test_pairs_that_all_share_a_photo_are_refused(seen: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    one = MeasuredPair({}, True, ("x", "y"))
    both = [replace(pair, measured=one) for pair in judged(SHIPPED, 2)]
    monkeypatch.setattr(module, "labelled", lambda *_, **__: (both, []))
    with pytest.raises(BadInput, match="all share photos, so they are of one scene"):
        refit(rows(row("x", "a"), row("y", "b")), "1")
