"""The judge that says what it is record to say."""

from __future__ import annotations

import numpy as np
import pytest

from twinlens.core import catalog
from twinlens.core.types import Failure, Pair, Photo, Verdict
from twinlens.judges.fixed import Fixed


def pair(id: str = "x", swapped: bool = False) -> Pair:
    photos = [Photo(f"{name}.png", name * 8, np.zeros((4, 4, 3), np.uint8)) for name in "12"]
    return Pair(id, *(reversed(photos) if swapped else photos))


def test_it_prefers_the_photo_shown_first_whatever_it_shows() -> None:
    for swapped in (False, True):
        verdict = Fixed().judge(pair(swapped=swapped))
        assert isinstance(verdict, Verdict)
        assert (verdict.choice, verdict.p_a, verdict.judge) == ("a", 0.8, "fixed")
        assert [claim.favours for claim in verdict.claims] == ["a"]
        assert "<answer>A</answer>" in verdict.rationale


def test_by_content_the_same_photo_wins_in_both_orders() -> None:
    verdicts = [Fixed(by="content").judge(pair(swapped=swapped)) for swapped in (False, True)]
    assert [verdict.choice for verdict in verdicts if isinstance(verdict, Verdict)] == ["a", "b"]
    assert Fixed(by="content").symmetric
    assert not Fixed().symmetric


def test_by_id_the_photos_do_not_matter() -> None:
    judge = Fixed(by="id")
    said = {}
    for id in "abcdefgh":
        one, other = judge.judge(pair(id)), judge.judge(pair(id, swapped=True))
        assert isinstance(one, Verdict)
        assert isinstance(other, Verdict)
        assert one.choice == other.choice
        said[id] = one.choice
    assert set(said.values()) == {"a", "b"}


def test_it_says_and_fails_what_it_was_made_to() -> None:
    verdict = Fixed(choice="b", p_a=0.4, rationale="Hair Noise: Image A is noisy.").judge(pair())
    assert isinstance(verdict, Verdict)
    assert (verdict.choice, verdict.p_a, verdict.rationale) == ("b", 0.4, "Hair Noise: Image A is noisy.")
    assert [(claim.region, claim.favours) for claim in verdict.claims] == [("hair", "b")]
    failure = Fixed(failure="timeout", rationale="…").judge(pair())
    assert failure == Failure("timeout", "made to fail", "…", 'fixed(rationale="…", failure="timeout")', "x")


@pytest.mark.parametrize(
    "spec", ["fixed", 'fixed(choice="tie", by="id")', 'fixed(failure="refused", delay=0.5)']
)
def test_its_spec_gives_it_back(spec: str) -> None:
    assert catalog.spec(catalog.part("judges", spec)) == spec
