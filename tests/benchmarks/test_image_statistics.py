"""What baselines know of a photo: fifty numbers and two blind measures that move the way their names say."""

import numpy as np
import pytest

from benchmarks.accuracy.damage import MIDDLE, SIDE, middle, sized
from benchmarks.human_pairs import difference
from benchmarks.image_statistics import blind, numbers
from photographs import picture, spoiled

NAMES = ("chelsea", "coffee")


def change(name: str, defect: str) -> dict[str, float]:
    before, after = numbers(picture(name)), numbers(spoiled(name, defect))
    return dict(zip(before, difference(after, before), strict=True))


def test_there_are_fifty_numbers_and_all_are_finite() -> None:
    for photo in (picture("chelsea"), np.zeros((64, 80, 3), np.uint8), np.full((65, 63, 3), 255, np.uint8)):
        found = numbers(photo)
        assert len(found) == 50
        assert np.isfinite(list(found.values())).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("defect", "less", "more"),
    [
        ("blur", ["band_0", "middle_of_band_0", "slope", "noise"], []),
        ("noise", [], ["band_0", "noise", "colour_band_0"]),
        ("halo", [], ["band_1", "local_contrast_4"]),
        ("gray_out", ["chroma", "saturation", "colourfulness"], []),
        ("clipping", [], ["clipped_highlights", "light", "white"]),
        ("crushing", ["light"], ["black"]),
        ("flat", ["light_spread", "local_contrast_8"], []),
        ("cast", [], ["yellow"]),
        ("jpeg", [], ["blocks"]),
    ],
)
def test_numbers_move_the_way_their_names_say(
    name: str, defect: str, less: list[str], more: list[str]
) -> None:
    moved = change(name, defect)
    assert [number for number in less if moved[number] >= 0] == []
    assert [number for number in more if moved[number] <= 0] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_blind_measures_find_a_blurred_photo_worse(name: str) -> None:
    before, after = blind(picture(name)), blind(spoiled(name, "blur"))
    assert before.keys() == after.keys() == {"PIQE", "blur"}
    assert all(after[measure] > before[measure] for measure in before)


def test_photographs_are_brought_to_one_size_and_their_middle_taken() -> None:
    photo = sized(picture("coffee"))
    assert max(photo.shape) == SIDE
    assert middle(photo).shape == (MIDDLE, MIDDLE, 3)
    assert np.array_equal(middle(picture("chelsea")), picture("chelsea"))
