"""One row judged in both orders, and how the orders are brought together."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from twinlens.core.contracts import PhotoRecord, line, schema
from twinlens.core.errors import BadSpec
from twinlens.core.run_records import VerdictRow
from twinlens.core.types import Claim, Failure, Pair, Photo, Verdict
from twinlens.judges.fixed import Fixed
from twinlens.readers import Row, Shot
from twinlens.runs.swap import ask, derived, row_record

ROW = Row("x", (Shot("1.png"),), (Shot("2.png"),), "s", "person", "a", "because", {"tier": "hard"})
PHOTOS = {side: PhotoRecord(f"{side}.png", side * 64, 64, 64) for side in ("a", "b")}
EXTRA = ("id", "scene", "kind", "label", "reference", "columns", "orders", "consistent", "failure", "photos")


@pytest.fixture
def pair() -> Pair:
    noise = np.random.default_rng(1).integers(0, 250, (64, 64, 3), np.uint8)
    return Pair("x", Photo("1.png", "1" * 64, noise), Photo("2.png", "2" * 64, noise + np.uint8(5)))


def judged(judge: Any, pair: Pair) -> dict[str, Any]:
    row = row_record(ROW, "mine", PHOTOS, list(ask(judge, [(pair, "ab"), (pair, "ba")])))
    made: dict[str, Any] = json.loads(line(row))
    return made


@dataclasses.dataclass(frozen=True)
class Sure:
    """Prefers the photo of one name, surer where it is shown first."""

    name: str
    first: float = 0.9
    second: float = 0.7

    def judge(self, pair: Pair) -> Verdict:
        is_a = pair.a.file == self.name
        claim = Claim("Hair Noise: …", "hair", "noise", "a" if is_a else "b")
        p_a = self.first if is_a else 1 - self.second
        return Verdict(pair, "mine", "a" if is_a else "b", p_a, (claim,), f"first is {pair.a.file}")


def test_a_judge_that_agrees_with_itself_is_consistent(pair: Pair) -> None:
    row = judged(Sure("2.png"), pair)
    assert (row["choice"], row["consistent"]) == ("b", True)
    assert row["p_a"] == pytest.approx((0.3 + 0.1) / 2)
    assert row["confidence"] == pytest.approx(0.8)


def test_both_raw_outcomes_stand_in_the_pairs_own_sides(pair: Pair) -> None:
    orders = judged(Sure("2.png"), pair)["orders"]
    assert (orders["ab"]["first"], orders["ab"]["choice"]) == ("a", "b")
    assert (orders["ba"]["first"], orders["ba"]["choice"]) == ("b", "b")
    assert orders["ba"]["p_a"] == pytest.approx(0.1)
    assert [orders[order]["rationale"] for order in ("ab", "ba")] == ["first is 1.png", "first is 2.png"]


def test_claims_and_rationale_are_of_the_order_that_names_the_pairs_own_sides(pair: Pair) -> None:
    row = judged(Sure("2.png"), pair)
    assert row["rationale"] == "first is 1.png"
    assert [claim["favours"] for claim in row["claims"]] == ["b"]


def test_the_map_is_of_the_order_that_shows_a_first_in_three_decimals(pair: Pair) -> None:
    @dataclasses.dataclass(frozen=True)
    class Learned:
        def judge(self, pair: Pair) -> Verdict:
            way = 1.0 if pair.a.file == "1.png" else -1.0
            return Verdict(
                pair, "mine", "a", 0.5 + way / 4, (), "", familiar=0.5, map=((0.12345 * way, 0.0),)
            )

    row = judged(Learned(), pair)
    assert (row["map"], row["familiar"]) == ([[0.123, 0.0]], 0.5)
    assert "map" not in judged(Sure("2.png"), pair)


@pytest.mark.parametrize("p_a", [0.5, 0.8, 0.9, 0.7, 1 / 3, 0.1 + 0.2, 1.0])
def test_a_judge_that_always_says_first_ties_exactly(pair: Pair, p_a: float) -> None:
    row = judged(Fixed(p_a=p_a), pair)
    assert (row["choice"], row["p_a"], row["confidence"], row["consistent"]) == ("tie", 0.5, 0.5, False)


def test_where_the_orders_disagree_the_mean_decides(pair: Pair) -> None:
    @dataclasses.dataclass(frozen=True)
    class Unsure:
        def judge(self, pair: Pair) -> Verdict:
            return Verdict(pair, "mine", "a", 0.9 if pair.a.file == "2.png" else 0.6, (), "")

    row = judged(Unsure(), pair)
    assert (row["choice"], row["consistent"]) == ("b", False)
    assert row["p_a"] == pytest.approx(0.35)


def test_a_row_of_which_one_order_failed_is_a_failure(pair: Pair) -> None:
    @dataclasses.dataclass(frozen=True)
    class Fails:
        def judge(self, pair: Pair) -> Verdict | Failure:
            return Failure("refused", "no", "raw") if pair.a.file == "2.png" else Fixed().judge(pair)

    row = judged(Fails(), pair)
    assert (row["schema"], row["failure"], row["raw"]) == ("twinlens.failure/2", "refused", "raw")
    assert (row["kind"], row["consistent"]) == ("person", None)
    assert row["orders"]["ab"]["choice"] == "a"
    assert row["orders"]["ba"]["failure"] == "refused"


@pytest.mark.parametrize(
    ("outcome", "detail"),
    [
        (ZeroDivisionError("oops"), "ZeroDivisionError: oops"),
        (None, "the judge gave NoneType"),
        (7, "gave int"),
    ],
)
def test_a_judge_that_breaks_is_a_failure_with_what_happened(pair: Pair, outcome: Any, detail: str) -> None:
    @dataclasses.dataclass(frozen=True)
    class Breaks:
        def judge(self, pair: Pair) -> Any:
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

    row = judged(Breaks(), pair)
    assert row["failure"] == "broken"
    assert detail in row["detail"]
    assert "Traceback" in row["raw"] or not isinstance(outcome, Exception)


def test_a_probability_that_is_none_is_a_failure(pair: Pair) -> None:
    assert judged(Fixed(p_a=float("inf")), pair)["failure"] == "broken"
    assert judged(Fixed(p_a=1.5), pair)["failure"] == "broken"


def test_wrong_use_stops_the_run(pair: Pair) -> None:
    @dataclasses.dataclass(frozen=True)
    class Misused:
        def judge(self, pair: Pair) -> Verdict:
            raise BadSpec("no such server")

    with pytest.raises(BadSpec):
        list(ask(Misused(), [(pair, "ab")]))


def test_of_a_symmetric_judge_the_other_order_is_derived(pair: Pair) -> None:
    (answer,) = ask(Fixed(by="content"), [(pair, "ab")])
    other = derived(answer)
    assert json.loads(line(other.said)) == {"first": "b", "choice": "a", "p_a": 0.8, "derived": True}
    row = row_record(ROW, "mine", PHOTOS, [answer, other])
    assert isinstance(row, VerdictRow)
    assert (row.choice, row.p_a, row.consistent) == ("a", 0.8, True)


def test_a_row_is_a_verdict_or_failure_with_the_pairs_own_columns(pair: Pair) -> None:
    for judge in (Fixed(), Fixed(failure="timeout")):
        row = judged(judge, pair)
        assert (row["id"], row["scene"], row["kind"], row["label"]) == ("x", "s", "person", "a")
        assert (row["reference"], row["columns"]) == ("because", {"tier": "hard"})
        assert row.get("seconds") is None  # times differ from run to run
        name = "verdict" if judge.failure is None else "failure"
        Draft202012Validator(schema(f"{name}_row")).validate(row)
        bare = {key: value for key, value in row.items() if key not in EXTRA}
        if name == "failure":
            bare["kind"] = row["failure"]
        Draft202012Validator(schema(name)).validate(bare)
