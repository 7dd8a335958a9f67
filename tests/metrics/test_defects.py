"""Defects that one photo has and the other not are seen, on the right side, and said in their words."""

import cv2
import numpy as np
import pytest

from photographs import NAMES, Pixels, picture
from twinlens.core.types import Pair, Verdict
from twinlens.distortions.distortion import named
from twinlens.metrics import metrics
from twinlens.runs.compare import compare_pair
from twinlens.train.examples import photo_of

WHITE, BLACK, RED, BLUE = (255, 255, 255), (0, 0, 0), (255, 0, 0), (0, 0, 255)


def judged(a: Pixels, b: Pixels) -> Verdict:
    outcome = compare_pair(Pair("", photo_of(a), photo_of(b)), "measured")
    assert isinstance(outcome, Verdict)
    return outcome


def blamed(verdict: Verdict, metric: str) -> set[str]:
    """The sides of which the words of a metric are claimed."""
    other = {"a": "b", "b": "a"}
    return {other[one.favours] for one in verdict.claims if metrics()[metric].blame in one.text}


def specked(photo: Pixels, share: float, color: tuple[int, int, int]) -> Pixels:
    random, made = np.random.default_rng(5), photo.copy()
    count = round(share * photo[..., 0].size)
    made[tuple(random.integers(0, size, count) for size in photo.shape[:2])] = color
    return made


@pytest.mark.parametrize("color", [WHITE, BLACK, RED, BLUE])
@pytest.mark.parametrize("share", [0.0003, 0.004])
def test_specks_of_any_colour_are_named_and_the_photo_without_them_is_chosen(
    share: float, color: tuple[int, int, int]
) -> None:
    for name in ("chelsea", "coffee"):
        verdict = judged(picture(name), specked(picture(name), share, color))
        assert verdict.choice == "a", name
        assert blamed(verdict, "specks") == {"b"}, name
        assert not [one for one in verdict.claims if one.favours == "b"], name


def test_specks_that_both_photos_show_are_of_the_scene() -> None:
    photo = specked(picture("coffee"), 0.002, WHITE)
    verdict = judged(photo, np.clip(photo * 0.8 + 5, 0, 255).astype(np.uint8))
    assert blamed(verdict, "specks") == set()


@pytest.mark.parametrize("name", NAMES)
def test_fine_detail_that_the_other_photo_lost_is_no_speck(name: str) -> None:
    soft = np.asarray(cv2.GaussianBlur(picture(name), (0, 0), 2.0))
    assert blamed(judged(picture(name), soft), "specks") == set()


@pytest.mark.parametrize(
    ("name", "defect", "metric"),
    [
        ("chelsea", "vignetting", "vignetting"),
        ("astronaut", "lateral_chromatic_aberration", "chromatic_aberration"),
        ("chelsea", "moire", "moire"),
        ("coffee", "borders", "borders"),
    ],
)
def test_a_defect_is_named_on_its_side(name: str, defect: str, metric: str) -> None:
    assert blamed(judged(picture(name), named(defect)(picture(name), 3)), metric) == {"b"}
