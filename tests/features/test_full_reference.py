"""PSNR, SSIM and MS-SSIM are those of scikit-image, piq and pytorch-msssim."""

import math

import cv2
import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from photographs import Pixels, picture
from twinlens.features.full_reference import LEAST_SIDE, gradient_similarity, ms_ssim, psnr, ssim

RECORDED = {"noise": (0.9604415, 0.9604419), "dark": (0.9783590, 0.9783590), "blocks": (0.9395523, 0.9395527)}
"""MS-SSIM of luma by piq 0.8.0 and by pytorch-msssim 1.0.0."""


@pytest.fixture(scope="module")
def original() -> Pixels:
    return picture("coffee")[:384, :384]


@pytest.fixture(params=sorted(RECORDED))
def version(request: pytest.FixtureRequest, original: Pixels) -> tuple[str, Pixels]:
    """A version of the photo that is the same with every package."""
    whole = original.astype(float)
    made = {
        "noise": lambda: whole + np.random.default_rng(0).normal(0, 12, whole.shape),
        "dark": lambda: whole * 0.8,
        "blocks": lambda: whole.reshape(96, 4, 96, 4, 3).mean((1, 3)).repeat(4, 0).repeat(4, 1),
    }[request.param]()
    return request.param, np.rint(np.clip(made, 0, 255)).astype(np.uint8)


def test_ms_ssim_is_that_of_two_other_packages(version: tuple[str, Pixels], original: Pixels) -> None:
    name, photo = version
    assert ms_ssim(photo, original) == pytest.approx(RECORDED[name][0], abs=1e-5)
    assert ms_ssim(photo, original) == pytest.approx(RECORDED[name][1], abs=1e-5)


def test_psnr_and_ssim_are_those_of_scikit_image(version: tuple[str, Pixels], original: Pixels) -> None:
    photo = version[1]
    a, b = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY).astype(float) for one in (photo, original))
    other = structural_similarity(
        a, b, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert ssim(photo, original) == pytest.approx(other, abs=1e-5)
    assert psnr(photo, original) == pytest.approx(peak_signal_noise_ratio(original, photo), abs=1e-4)


def test_of_equal_photos_nothing_is_nearer_and_of_small_ones_ms_ssim_says_nothing(original: Pixels) -> None:
    assert psnr(original, original) == math.inf
    assert (ssim(original, original), ms_ssim(original, original)) == pytest.approx((1, 1))
    assert gradient_similarity(original, original) == 0
    small = original[: LEAST_SIDE - 1]
    assert math.isnan(ms_ssim(small, small))
    assert ms_ssim(original[:LEAST_SIDE], original[:LEAST_SIDE]) == pytest.approx(1)
