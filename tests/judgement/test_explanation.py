"""Which reasons are said, and how a rationale ends."""

from __future__ import annotations

import pytest

from photographs import photo, picture, spoiled
from twinlens.core.types import Claim, Pair
from twinlens.judgement.evidence import Measurement, evidence_of, measure
from twinlens.judgement.explanation import Reason, claims
from twinlens.train.examples import photo_of


@pytest.fixture(scope="module")
def measured() -> Measurement:
    return measure(Pair("", photo("coffee"), photo_of(spoiled("coffee", "blur"))))


def reason(metric: str, steps: float) -> Reason:
    return Reason(evidence_of(metric, "global", 1.0, 2.0), steps)


def sides(said: tuple[Claim, ...]) -> list[str]:
    return [claim.favours for claim in said]


def test_what_speaks_for_the_other_photo_is_said_too(measured: Measurement) -> None:
    found = [reason("sharpness", 2.0), reason("clipping", -1.2)]
    assert sides(claims(found, "a", measured)) == ["a", "b", "a"]


def test_a_close_call_ends_without_a_better_photo(measured: Measurement) -> None:
    found = [reason("sharpness", 2.0)]
    assert sides(claims(found, "a", measured, close=True)) == ["a", "same"]
    assert sides(claims(found, "a", measured, close=False)) == ["a", "a"]


def test_a_close_call_whose_reasons_speak_for_the_other_photo_still_says_which_is_better(
    measured: Measurement,
) -> None:
    found = [reason("sharpness", -4.0)]
    assert sides(claims(found, "a", measured, close=True)) == ["b", "a"]


def test_identical_photos_show_no_difference() -> None:
    same = measure(Pair("", photo("coffee"), photo_of(picture("coffee"))))
    assert sides(claims([], "tie", same)) == ["same"]


def test_a_choice_that_is_not_close_is_stated_also_without_a_plain_reason(measured: Measurement) -> None:
    assert sides(claims([], "b", measured, close=False)) == ["b"]
    assert sides(claims([], "b", measured, close=True)) == ["same"]
