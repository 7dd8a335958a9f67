"""Which reasons are said, and how a rationale ends."""

from __future__ import annotations

import pytest

from photographs import photo, picture, spoiled
from twinlens.core.types import Claim, Pair
from twinlens.judgement.evidence import Measurement, evidence_of, measure
from twinlens.judgement.explanation import Reason, claims, in_words
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


@pytest.mark.parametrize(
    ("metric", "a", "b", "words"),
    [
        ("noise", 0.0, 8.2, "B shows more noise (grain of 8.2 of 255 levels)"),
        ("noise", 8.28, 6.0, "A shows more noise (38 % more grain)"),
        ("sharpness", 61.0, 30.5, "B is softer (half as much fine detail)"),
        ("texture", 2.0, 6.0, "A has lost fine texture (67 % less)"),
        ("clipping", 0.0, 4.04, "B clips highlights or shadows (in 4 % of the area)"),
        ("exposure", 31.0, 6.0, "B is too dark (lightness 6 of 100 against 31)"),
        ("exposure", 31.0, 95.0, "B is too bright (lightness 95 of 100 against 31)"),
        ("saturation", 20.0, 60.0, "A looks washed out (67 % less colour)"),
        ("halo", 0.2, 0.1, "no visible difference in halo"),
    ],
)
def test_a_difference_is_said_in_words_of_its_metric(metric: str, a: float, b: float, words: str) -> None:
    assert in_words(evidence_of(metric, "face", a, b)) == words


def test_identical_photos_show_no_difference() -> None:
    same = measure(Pair("", photo("coffee"), photo_of(picture("coffee"))))
    assert sides(claims([], "tie", same)) == ["same"]


def test_a_choice_that_is_not_close_is_stated_also_without_a_plain_reason(measured: Measurement) -> None:
    assert sides(claims([], "b", measured, close=False)) == ["b"]
    assert sides(claims([], "b", measured, close=True)) == ["same"]
