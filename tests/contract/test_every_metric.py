"""What every metric of the catalog keeps, whatever it measures."""

from dataclasses import fields
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from photographs import NAMES, picture, pyramid
from twinlens.core import catalog
from twinlens.core.types import ASPECTS, REGIONS, Reading
from twinlens.features.pyramid import Pyramid
from twinlens.judgement.evidence import evidence_of
from twinlens.language.parse import read
from twinlens.language.render import line
from twinlens.metrics import Metric, metrics

TRIED = ("blur", "noise", "jpeg", "clipping", "gray_out", "dark")


@pytest.fixture(params=sorted(metrics()))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def metric(name: str) -> Metric:
    return metrics()[name]


def places(grid: Pyramid) -> list[Any]:
    """The whole photo, its left half, a cell, and a soft disc."""
    rows, columns = grid.shape
    left, one = np.zeros((2, rows, columns), np.float32)
    left[:, : columns // 2] = 1
    one[rows // 2, columns // 2] = 1
    y, x = np.mgrid[:rows, :columns]
    disc = np.clip(2 - np.hypot(y - rows / 2, x - columns / 2) / (rows / 4), 0, 1).astype(np.float32)
    return [np.ones((rows, columns), np.float32), left, one, disc]


def test_it_carries_all_that_is_known_of_it(metric: Metric) -> None:
    wanted = {
        "unit": str, "low": float, "high": float, "better": str, "jnd": float, "relative": bool,
        "source": str, "needs_alignment": bool, "prior": float, "fidelity": bool, "rendering": bool,
        "praise": str, "blame": str,
    }  # fmt: skip
    assert {name: type(getattr(metric, name)) for name in wanted} == wanted
    assert fields(metric) == ()
    assert metric.aspect == metric.aspects[0]
    assert set(metric.aspects) <= set(ASPECTS) - {"quality"}
    assert metric.better in ("higher", "lower", "target")
    assert metric.low < metric.high
    assert metric.jnd > 0
    assert metric.source
    assert metric.praise != metric.blame


def test_its_spec_gives_it_back(name: str, metric: Metric) -> None:
    assert catalog.spec(metric) == name
    assert catalog.part("metrics", name) == metric


@pytest.mark.parametrize("photo", ["astronaut", "rocket"])
def test_swapping_the_photos_exchanges_its_numbers(metric: Metric, photo: str) -> None:
    for defect in ("noise", "jpeg", "clipping"):
        grid = pyramid(photo, defect)
        there = Pyramid.of(grid.b, grid.a)
        for place in places(grid):
            here = metric.measure(grid, place)
            swapped = metric.measure(there, place)
            assert (here is None) == (swapped is None)
            if here is not None and swapped is not None:
                assert here == pytest.approx(swapped[::-1], rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("photo", NAMES)
def test_identical_photos_have_equal_numbers(metric: Metric, photo: str) -> None:
    grid = pyramid(photo, "as it is")
    for place in places(grid):
        found = metric.measure(grid, place)
        assert found is None or found[0] == found[1]


@pytest.mark.parametrize("photo", NAMES)
def test_its_numbers_are_in_its_range(metric: Metric, photo: str) -> None:
    for defect, place in product(TRIED, (0, 1)):
        grid = pyramid(photo, defect)
        found = metric.measure(grid, places(grid)[place])
        if found is not None:
            assert all(type(value) is float for value in found)
            assert all(metric.low <= value <= metric.high for value in found), found


def test_its_numbers_are_in_its_range_for_patterns_no_camera_takes(metric: Metric) -> None:
    random = np.random.default_rng(0)
    board = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, 2)
    stripes, green = np.zeros((2, 256, 256, 3), np.uint8)
    stripes[:, ::2, 0] = 255
    green[..., 1] = 255
    green[::4, :, 1] = 10
    noise = random.integers(0, 256, board.shape, np.uint8)
    for a, b in combinations((board, stripes, green, noise, board * 0, picture("coffee")[:256, :256]), 2):
        grid = Pyramid.of(a, b)
        found = metric.measure(grid, np.ones(grid.shape, np.float32))
        assert found is None or all(metric.low <= value <= metric.high for value in found), found


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_photo_is_measured_or_left_out_without_a_warning(metric: Metric, level: int) -> None:
    even = np.full((96, 128, 3), level, np.uint8)
    for other in (even, np.ascontiguousarray(picture("chelsea")[:96, :128])):
        grid = Pyramid.of(even, other)
        for place in (*places(grid), np.zeros(grid.shape, np.float32)):
            found = metric.measure(grid, place)
            assert found is None or np.isfinite(found).all()


def spread(metric: Metric) -> list[float]:
    return [metric.low + share * (metric.high - metric.low) for share in (0.001, 0.1, 0.4, 0.9)]


def test_merit_runs_the_way_it_says(metric: Metric) -> None:
    merits = [metric.merit(value) for value in spread(metric)]
    if metric.better == "higher":
        assert merits == sorted(set(merits))
    elif metric.better == "lower":
        assert merits == sorted(set(merits), reverse=True)
    else:
        assert max(merits[1:-1]) > max(merits[0], merits[-1])


def test_its_steps_are_odd_and_say_which_side(name: str, metric: Metric) -> None:
    for a, b in product(spread(metric), repeat=2):
        assert metric.jnds(a, b) == -metric.jnds(b, a)
        piece = evidence_of(name, "global", a, b)
        assert piece.steps == abs(metric.jnds(a, b))
        assert (piece.says == "same") == (piece.steps < 1)
        if piece.says != "same":
            assert (piece.says == "a") == (metric.merit(a) > metric.merit(b))
            assert (piece.says == "a") == ((a > b) == (piece.better == "higher"))


@pytest.mark.parametrize("region", REGIONS)
def test_what_it_says_is_read_back_on_the_right_side(metric: Metric, region: str) -> None:
    for a, b in product(spread(metric), repeat=2):
        if metric.merit(a) == metric.merit(b):
            continue
        outcome = read(line(region, metric.aspect, metric.describe(a, b), metric.describe(b, a)))
        side = "a" if metric.merit(a) > metric.merit(b) else "b"
        assert isinstance(outcome, Reading)
        said = [(claim.region, claim.aspect, claim.favours) for claim in outcome.claims]
        assert said == [(region, metric.aspect, side)]
