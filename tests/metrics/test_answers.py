"""Each metric finds the defect it is for, on the right side, and is not moved by others."""

import numpy as np
import pytest

from photographs import NAMES, picture, pyramid
from twinlens.features.pyramid import Pyramid
from twinlens.metrics import metrics

FINDS = {
    "banding": "banded",
    "blocking": "jpeg",
    "borders": "borders",
    "cast": "cast",
    "chromatic_aberration": "lateral_chromatic_aberration",
    "chroma_noise": "noise speckled",
    "clipping": "clipping",
    "color_bleeding": "bleeding",
    "color_contrast": "one_hue",
    "contrast": "flat",
    "exposure": "dark bright",
    "halo": "halo",
    "local_contrast": "flat",
    "moire": "moire",
    "noise": "noise grain",
    "saturation": "gray_out oversaturate",
    "sharpness": "blur motion paint",
    "smearing": "smear paint",
    "specks": "specks",
    "texture": "blur smear motion",
    "vignetting": "vignetting",
}
"""The defects of the greatest strength that each metric tells, by more than a just-noticeable difference."""
UNMOVED = {
    "banding": "gray_out blur smear",
    "blocking": "blur noise grain smear cast gray_out flat",
    "borders": "blur clipping crushing dim jpeg noise vignetting",
    "cast": "blur smear motion gray_out jpeg flat",
    "chromatic_aberration": "blur cast clipping gray_out jpeg noise vignetting",
    "chroma_noise": "blur smear gray_out cast flat",
    "clipping": "blur smear gray_out cast jpeg",
    "color_bleeding": "noise grain gray_out flat tint",
    "color_contrast": "grain paint motion",
    "contrast": "blur noise jpeg gray_out cast smear motion",
    "exposure": "blur noise jpeg halo gray_out cast flat smear",
    "halo": "blur noise smear paint jpeg gray_out cast motion flat",
    "local_contrast": "blur noise jpeg gray_out cast smear halo",
    "moire": "blur cast chroma_noise gray_out jpeg noise",
    "noise": "halo gray_out cast tint flat",
    "saturation": "blur noise jpeg smear halo paint grain",
    "sharpness": "cast gray_out oversaturate flat",
    "smearing": "cast gray_out flat",
    "specks": "blur noise grain smear jpeg halo paint cast flat clipping",
    "texture": "cast gray_out tint",
    "vignetting": "blur cast clipping dim flat jpeg noise",
}
"""The defects of the greatest strength that move it by less than one."""
NOT_ON = {("banding", "astronaut"), ("cast", "rocket"), ("chromatic_aberration", "coffee")}
"""The astronaut's background is a noisy print: it has no smooth gradient to band; the rocket's night sky is
blue, and a warm cast makes it neutral; few edges of the coffee are alike in all channels."""


APART = {"skin_tone", "color_edge", "color_seam", "light_edge", "light_seam"}
"""Metrics of skin, and of the one place that differs: they have tests of their own."""


def pairs(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(metric, defect) for metric, defects in table.items() for defect in defects.split()]


def steps(metric: str, name: str, defect: str) -> float | None:
    """How many just-noticeable differences the unspoiled photo is better."""
    grid = pyramid(name, defect)
    found = metrics()[metric].measure(grid, np.ones(grid.shape, np.float32))
    return None if found is None else metrics()[metric].jnds(*found)


def test_every_metric_is_tried() -> None:
    assert metrics().keys() - APART == FINDS.keys() == UNMOVED.keys()


@pytest.mark.parametrize(("metric", "defect"), pairs(FINDS))
def test_a_metric_finds_the_defect_it_is_for(metric: str, defect: str) -> None:
    for name in NAMES:
        if (metric, name) not in NOT_ON:
            found = steps(metric, name, defect)
            assert found is not None, name
            assert found >= 1, name


@pytest.mark.parametrize(("metric", "defect"), pairs(UNMOVED))
def test_a_metric_is_not_moved_by_other_defects(metric: str, defect: str) -> None:
    for name in NAMES:
        found = steps(metric, name, defect)
        assert found is None or abs(found) < 1, name


@pytest.mark.parametrize(
    ("metric", "defect"),
    [("sharpness", "blur"), ("noise", "noise"), ("clipping", "clipping"), ("cast", "cast")],
)
def test_more_of_a_defect_is_more_steps(metric: str, defect: str) -> None:
    for name in (name for name in NAMES if (metric, name) not in NOT_ON):
        grids = [pyramid(name, defect, strength) for strength in (1, 2, 3)]
        one = metrics()[metric]
        found = [one.measure(grid, np.ones(grid.shape, np.float32)) for grid in grids]
        sizes = [one.jnds(*numbers) for numbers in found if numbers]
        assert len(sizes) == 3
        assert sizes == sorted(sizes)


def test_a_ramp_of_single_steps_is_smooth_and_one_of_eight_is_banded() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 8)[None, :, None].repeat(256, 0).repeat(3, 2)
    grid = Pyramid.of(ramp, ramp // 8 * 8)
    found = metrics()["banding"].measure(grid, np.ones(grid.shape, np.float32))
    assert found == (0, pytest.approx(7, abs=0.5))


def test_a_few_code_values_are_banding_and_the_same_under_grain_is_none() -> None:
    photo = picture("coffee")
    few = photo // 32 * 32 + 16
    grain = np.random.default_rng(3).normal(0, 12, photo.shape)
    grainy = np.clip(np.rint(few + grain), 0, 255).astype(np.uint8)
    found = [Pyramid.of(photo, spoiled) for spoiled in (few, grainy)]
    shown, hidden = (metrics()["banding"].measure(grid, np.ones(grid.shape, np.float32)) for grid in found)
    assert shown is not None
    assert shown[0] < 1
    assert shown[1] > 12
    assert hidden is None or max(hidden) < 1


def test_gray_is_not_saturated_and_a_grey_scene_has_no_cast() -> None:
    grid = pyramid("coffee", "as it is")
    grey = np.repeat(grid.a.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    plain = Pyramid.of(grey, grey)
    whole = np.ones(plain.shape, np.float32)
    assert metrics()["saturation"].measure(plain, whole) == pytest.approx((0, 0), abs=0.5)
    assert metrics()["cast"].measure(plain, whole) == pytest.approx((0, 0), abs=0.5)
    assert metrics()["color_contrast"].measure(plain, whole) == pytest.approx((1, 1), abs=0.1)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_mean_lightness_of_an_even_photo_is_its_lightness(level: int) -> None:
    even = np.full((64, 64, 3), level, np.uint8)
    grid = Pyramid.of(even, even)
    lightness = {0: 0.0, 128: 53.585, 255: 100.0}[level]
    found = metrics()["exposure"].measure(grid, np.ones(grid.shape, np.float32))
    assert found == pytest.approx((lightness, lightness), abs=0.01)
