"""The grid: whole cells, energies of both photos and of what they share, mirrored by a swap."""

from itertools import chain

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photographs import NAMES, picture, pyramid
from twinlens.features.pyramid import Pyramid, cell_size


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_a_cell_is_eight_times_a_power_of_two_and_follows_the_long_side(width: int, height: int) -> None:
    size = cell_size(width, height)
    assert size == cell_size(height, width)
    assert size % 8 == 0
    assert (size // 8).bit_count() == 1
    assert max(width, height) / size < 91
    assert size == 8 or max(width, height) / size > 44


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 300, 3), (300, 7, 3), (129, 255, 3), (2000, 30, 3)])
def test_any_shape_has_whole_cells_and_finite_energies(shape: tuple[int, int, int]) -> None:
    random = np.random.default_rng(3)
    a, b = (random.integers(0, 256, shape, np.uint8) for _ in range(2))
    grid = Pyramid.of(a, b)
    rows, columns = grid.shape
    assert rows >= 1
    assert columns >= 1
    assert grid.a.shape == grid.b.shape == (rows * grid.size, columns * grid.size, 3)
    for band in (*grid.bands, *chain(*grid.chroma_bands)):
        for energy in (band.aa, band.bb, band.ab, band.dd):
            assert energy.shape == (rows, columns)
            assert energy.dtype == np.float32
            assert np.isfinite(energy).all()


def test_photos_of_two_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        Pyramid.of(np.zeros((32, 32, 3), np.uint8), np.zeros((32, 40, 3), np.uint8))


@pytest.mark.parametrize("name", NAMES)
def test_swapping_the_photos_exchanges_their_energies_bit_for_bit(name: str) -> None:
    here = pyramid(name, "noise")
    there = Pyramid.of(here.b, here.a)
    for one, other in zip(
        (*here.bands, *chain(*here.chroma_bands)), (*there.bands, *chain(*there.chroma_bands)), strict=True
    ):
        assert np.array_equal(one.aa, other.bb)
        assert np.array_equal(one.bb, other.aa)
        assert np.array_equal(one.ab, other.ab)


@pytest.mark.parametrize("name", NAMES)
def test_identical_photos_share_all_they_hold(name: str) -> None:
    grid = Pyramid.of(picture(name), picture(name))
    for band in grid.bands:
        assert np.array_equal(band.aa, band.bb)
        assert np.array_equal(band.aa, band.ab)
        assert not band.dd.any()


def test_noise_is_in_its_photo_only_and_in_the_finest_band_most() -> None:
    grid = pyramid("chelsea", "noise")
    gained = [float(np.mean(band.bb - band.aa)) for band in grid.bands[:3]]
    shared = [float(np.mean(band.ab - band.aa)) for band in grid.bands[:3]]
    assert gained[0] > 2 * gained[1] > 4 * gained[2]
    assert abs(shared[0]) < 0.05 * gained[0]


def test_blur_takes_from_the_finest_band_first() -> None:
    kept = [float(band.bb.sum() / band.aa.sum()) for band in pyramid("astronaut", "blur").bands]
    assert kept == sorted(kept)
    assert kept[0] < 0.5
    assert kept[-1] > 0.9


@given(st.integers(0, 255))
def test_the_pool_of_an_even_plane_is_its_value(value: int) -> None:
    grid = pyramid("coffee", "as it is")
    assert np.allclose(grid.pool(np.full(grid.a.shape[:2], value, np.uint8)), value)


def test_what_is_needed_twice_is_made_once() -> None:
    grid = Pyramid.of(picture("rocket"), picture("rocket"))
    made: list[Pyramid] = []

    def count(asked: Pyramid) -> int:
        made.append(asked)
        return len(made)

    assert [grid.cached(count), grid.cached(count)] == [1, 1]


@pytest.mark.parametrize("shape", [(1600, 2400), (1210, 2333), (64, 80)])
def test_pooling_in_strips_is_pooling_the_whole(shape: tuple[int, int]) -> None:
    plane = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    grid = Pyramid.of(*2 * [cv2.merge([plane] * 3)])
    rows, columns = grid.shape
    whole = plane[: grid.a.shape[0], : grid.a.shape[1]]
    for part in (whole, whole[::3, ::3]):
        expected = cv2.resize(part.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        assert np.array_equal(grid.pool(part), expected)
