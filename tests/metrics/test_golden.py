"""Every metric still measures what it measured, on photographs that lie inside the wheel of scikit-image."""

from __future__ import annotations

import json
from functools import cache

import pytest

from benchmarks.calibrate.golden import FILE, Values, differences, pairs, values
from twinlens.judgement.evidence import metrics

PAIRS = dict(pairs())


@cache
def stored() -> dict[str, Values]:
    return dict(json.loads(FILE.read_text("utf-8"))["values"])


@pytest.mark.parametrize("name", PAIRS)
def test_what_is_measured_is_what_was_stored(name: str) -> None:
    assert not differences(stored()[name], values(PAIRS[name]))


def test_every_metric_has_a_golden_value_in_which_the_photos_differ() -> None:
    differing = {key.split()[1] for case in stored().values() for key, (a, b) in case.items() if a != b}
    assert stored().keys() == PAIRS.keys()
    assert differing == metrics().keys()
