"""Evidence: mirrored by a swap to the last bit, inside the photos, honest where nothing can be aligned."""

import gc
import weakref
from dataclasses import replace

import cv2
import numpy as np
import pytest

import twinlens.judgement.evidence as module
from photographs import NAMES, OTHER, evidence, photo, picture, spoiled
from twinlens.core.types import Box, Evidence, Pair
from twinlens.judgement.evidence import features, measure
from twinlens.metrics import metrics
from twinlens.train.examples import photo_of

PAIRS = [
    ("astronaut", "blur"),
    ("astronaut", "noise"),
    ("chelsea", "jpeg"),
    ("coffee", "cast"),
    ("rocket", "dark"),
]


def bare(piece: Evidence) -> tuple[object, ...]:
    return piece.metric, piece.region, piece.aspect, piece.a, piece.b, piece.unit, piece.says, piece.steps


def mirrored(piece: Evidence) -> tuple[object, ...]:
    """The same as it is with the photos exchanged."""
    return bare(replace(piece, a=piece.b, b=piece.a, says=OTHER[piece.says]))  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "defect"), PAIRS)
def test_swapping_the_photos_mirrors_the_evidence_bit_for_bit(name: str, defect: str) -> None:
    a, b = photo(name), photo(name, defect)
    here, there = evidence(Pair("", a, b)), evidence(Pair("", b, a))
    assert [mirrored(piece) for piece in here] == [bare(piece) for piece in there]
    assert [(piece.box, piece.box_b) for piece in here] == [(piece.box_b, piece.box) for piece in there]


def test_it_is_mirrored_also_where_one_photo_is_shifted_and_larger() -> None:
    whole = picture("astronaut")
    a = photo_of(whole[:480, :480])
    b = photo_of(spoiled("astronaut", "noise", 1)[6:496, 4:500])
    here, there = measure(Pair("", a, b)), measure(Pair("", b, a))
    assert here.aligned
    assert there.aligned
    assert [mirrored(piece) for piece in here.evidence] == [bare(piece) for piece in there.evidence]
    assert [(e.box, e.box_b) for e in here.evidence] == [(e.box_b, e.box) for e in there.evidence]
    assert here.notes == there.notes


@pytest.mark.parametrize("change", ["blur", "larger and shifted", "another scene"])
def test_of_a_swapped_pair_the_same_is_found_without_measuring_again(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {
        "blur": photo("astronaut", "blur"),
        "larger and shifted": photo_of(cv2.resize(picture("astronaut")[6:500, 4:498], (800, 800))),
        "another scene": photo("coffee"),
    }
    a, b = photo("astronaut"), other[change]
    pair, expected = Pair("", a, b), measure(Pair("", b, a))
    measure(pair)
    monkeypatch.setattr(module, "align_pair", None)
    monkeypatch.setattr(module, "find_regions", None)
    found = measure(pair.swapped())
    assert (found.evidence, found.notes) == (expected.evidence, expected.notes)


def inside(box: Box | None, width: int, height: int) -> bool:
    if box is None:
        return True
    x, y, w, h = box
    return 0 <= x < x + w <= width and 0 <= y < y + h <= height


@pytest.mark.parametrize(("name", "defect"), PAIRS)
def test_every_region_but_the_whole_has_a_box_in_both_photos(name: str, defect: str) -> None:
    a, b = photo(name), photo(name, defect)
    for piece in evidence(Pair("", a, b)):
        assert (piece.box is None) == (piece.box_b is None) == (piece.region == "global")
        assert inside(piece.box, a.width, a.height)
        assert inside(piece.box_b, b.width, b.height)


def test_boxes_lie_in_the_photos_that_they_are_of_where_those_differ_in_size() -> None:
    a, b = photo_of(picture("astronaut")), photo_of(picture("astronaut")[10:, 16:])
    found = [piece for piece in evidence(Pair("", a, b)) if piece.box and piece.box_b]
    assert found
    for piece in found:
        assert inside(piece.box, a.width, a.height)
        assert inside(piece.box_b, b.width, b.height)
        assert piece.box is not None
        assert piece.box_b is not None
        assert abs(piece.box[0] - piece.box_b[0] - 16) <= 1 or piece.box_b[0] == 0
        assert abs(piece.box[1] - piece.box_b[1] - 10) <= 1 or piece.box_b[1] == 0


def test_photos_that_show_different_things_give_evidence_on_the_whole_and_a_note() -> None:
    a, b = photo("astronaut"), photo("chelsea")
    measured = measure(Pair("", a, b))
    assert not measured.aligned
    assert measured.regions == ()
    assert len(measured.notes) == 1
    assert "aligned" in measured.notes[0]
    assert {piece.metric for piece in measured.evidence} == {
        name for name, metric in metrics().items() if not metric.needs_alignment
    }
    assert all(piece.region == "global" and piece.box is None for piece in measured.evidence)
    there = evidence(Pair("", b, a))
    assert [mirrored(piece) for piece in measured.evidence] == [bare(piece) for piece in there]


@pytest.mark.parametrize(
    ("defect", "metric"),
    [("blur", "sharpness"), ("gray_out", "saturation"), ("dark", "exposure"), ("flat", "contrast")],
)
def test_a_spoiled_photo_is_worse_also_where_it_cannot_be_aligned(defect: str, metric: str) -> None:
    for name in ("chelsea", "coffee"):
        turned = photo_of(spoiled(name, defect)[:, ::-1])
        measured = measure(Pair("", photo(name), turned))
        assert not measured.aligned
        assert {piece.metric: piece.says for piece in measured.evidence}[metric] == "a"


@pytest.mark.parametrize("name", NAMES)
def test_identical_photos_say_same_everywhere(name: str) -> None:
    measured = measure(Pair("", photo(name), photo_of(picture(name))))
    assert measured.identical
    assert measured.evidence
    for piece in measured.evidence:
        assert (piece.a, piece.says, piece.steps) == (piece.b, "same", 0)


def test_every_metric_says_something_of_the_whole_of_a_photograph() -> None:
    found = {
        piece.metric for name in NAMES for piece in evidence(Pair("", photo(name), photo(name, "jpeg", 1)))
    }
    assert found == metrics().keys() - {
        "color_edge",
        "color_seam",
        "light_edge",
        "light_seam",
    }  # these are of one place alone


def test_a_photo_of_one_pixel_is_no_error() -> None:
    dot = photo_of(np.full((1, 1, 3), 7, np.uint8))
    assert all(piece.says == "same" for piece in evidence(Pair("", dot, dot)))


def test_the_pyramid_of_a_pair_is_freed_with_the_pair() -> None:
    """A run measures many large pairs: none may wait for the collector of cycles."""
    pair = Pair("", photo("coffee"), photo("coffee", "blur"))
    measure(pair)
    left = weakref.ref(features(pair).pyramid)
    gc.collect()
    gc.disable()
    try:
        del pair
        assert left() is None
    finally:
        gc.enable()


def test_two_threads_give_the_evidence_of_one_and_leave_opencv_as_it_was() -> None:
    large = [
        cv2.resize(picture("astronaut"), (1200, 1200)),
        cv2.resize(spoiled("astronaut", "noise"), (1200, 1200)),
    ]
    before, found = cv2.getNumThreads(), []
    try:
        for threads in (1, 2):
            cv2.setNumThreads(threads)
            found.append(measure(Pair("", *map(photo_of, large))).evidence)
            assert cv2.getNumThreads() == threads
    finally:
        cv2.setNumThreads(before)
    assert found[0] == found[1]
    assert len(found[0]) > len(metrics()) // 2
