"""Noise, detail and sharpening told apart where they are easily taken for one another."""

import cv2
import numpy as np
from numpy.typing import NDArray

from photographs import NAMES, picture
from twinlens.features.change_mask import changed_region
from twinlens.features.pyramid import Pyramid
from twinlens.metrics import metrics
from twinlens.metrics.moire import _energies

Pixels = NDArray[np.uint8]


def steps(metric: str, a: Pixels, b: Pixels) -> float:
    """How many just-noticeable differences a is better."""
    return metrics()[metric].jnds(*numbers(metric, a, b))


def numbers(metric: str, a: Pixels, b: Pixels) -> tuple[float, float]:
    grid = Pyramid.of(a, b)
    found = metrics()[metric].measure(grid, np.ones(grid.shape, np.float32))
    assert found is not None
    return found


def rounded(values: NDArray[np.floating]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def noisy(photo: Pixels, amplitude: float, size: float = 0.0, seed: int = 2) -> Pixels:
    """The photo with grain of its lightness, so many pixels coarse."""
    drawn = np.random.default_rng(seed).normal(0, 1, photo.shape[:2]).astype(np.float32)
    drawn = cv2.GaussianBlur(drawn, (0, 0), size) if size else drawn
    return rounded(photo + amplitude * (drawn / drawn.std())[..., None])


def striped(photo: Pixels) -> Pixels:
    """The photo with a striped cloth over its lower third: fine detail, and no coarse one."""
    worn = photo.copy()
    top = photo.shape[0] * 2 // 3
    worn[top:] = rounded(128 + 50 * np.sign(np.sin(np.arange(photo.shape[1]) * 2 * np.pi / 6)))[None, :, None]
    return worn


def test_noise_is_measured_beside_a_striped_cloth_as_without_it() -> None:
    for name in NAMES:
        plain, cloth = picture(name), striped(picture(name))
        without, beside = (numbers("noise", photo, noisy(photo, 6.0))[1] for photo in (plain, cloth))
        assert abs(np.log(beside / without)) < 0.25, name


def test_a_striped_cloth_made_soft_has_not_lost_noise() -> None:
    for name in NAMES:
        cloth = striped(picture(name))
        soft = np.asarray(cv2.GaussianBlur(cloth, (0, 0), 1.5))
        assert steps("noise", cloth, soft) > -1, name
        assert steps("texture", cloth, soft) > 1, name


def test_a_photo_is_not_noisy_because_noise_was_put_into_the_other() -> None:
    for name in NAMES:
        grainy = noisy(picture(name), 5.0)
        own, other = numbers("noise", grainy, noisy(grainy, 8.0, seed=3))
        assert own < 1, name
        assert other > 4, name


def test_coarse_grain_does_not_make_a_soft_photo_sharper() -> None:
    for name in NAMES:
        soft = np.asarray(cv2.GaussianBlur(picture(name), (0, 0), 2.0))
        assert steps("sharpness", soft, noisy(soft, 12.0, 1.2)) > -3, name


def test_grain_in_the_dark_is_no_form_that_the_other_photo_lost() -> None:
    for name in NAMES:
        dark = rounded(picture(name) * 0.25)
        assert abs(steps("clipping", dark, noisy(dark, 8.0, 1.2))) < 6, name


def test_a_photo_is_not_sharpened_because_a_denoiser_wiped_the_other() -> None:
    for name in NAMES:
        wiped = np.asarray(cv2.bilateralFilter(picture(name), 9, 60, 5))
        assert steps("halo", picture(name), wiped) > -1, name


def test_grain_in_one_flat_place_is_noise_there() -> None:
    photo = rounded(cv2.GaussianBlur(picture("coffee"), (0, 0), 1.0))
    photo[:160, :240] = 120
    grainy = photo.copy()
    grainy[24:136, 24:216] = noisy(photo, 10.0)[24:136, 24:216]
    grid = Pyramid.of(photo, grainy)
    place = changed_region(grid)
    assert place is not None
    found = metrics()["noise"].measure(grid, place)
    assert found is not None
    assert found[0] < 0.5
    assert found[1] > 6


def test_energies_of_tiles_by_real_transforms_are_those_of_the_complex_one() -> None:
    tiles = np.random.default_rng(7).normal(0, 9, (2, 3, 32, 32)).astype(np.float32)
    expected = np.abs(np.fft.rfft2(tiles.astype(np.float64))) ** 2
    assert np.allclose(_energies(tiles), expected, rtol=1e-4, atol=1e-6 * expected.max())
