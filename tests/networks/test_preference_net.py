"""The preference network: odd in its photos, with a map that adds up, and a sense of the unknown."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from photographs import picture
from twinlens.core.errors import BadInput
from twinlens.distortions.distortion import named
from twinlens.networks.backbone import cells, statistics
from twinlens.networks.preference_net import (
    CROP,
    SMALL,
    PreferenceNet,
    calibrated,
    contributions,
    crops,
    grid_of,
)

NET = PreferenceNet.open()


def test_the_map_of_a_pair_adds_up_to_what_the_heads_make_of_the_photos() -> None:
    a = picture("coffee")
    b = named("blur")(a, 2)
    boxes = crops(a, b)
    seen = [NET.look(x, boxes) for x in (a, b)]
    apart = seen[0].statistics - seen[1].statistics
    weights = NET.heads.mean(0)[: apart.size].reshape(apart.shape)
    maps = [contributions(one, weights, a.shape, boxes, grid_of(a.shape)) for one in seen]
    assert float((maps[0] - maps[1]).sum()) == pytest.approx(
        float((apart * weights).sum()), rel=1e-3, abs=1e-3
    )


def test_what_is_damaged_in_one_place_shows_in_the_map_there() -> None:
    a = picture("astronaut")
    b = a.copy()
    half = a.shape[1] // 2
    b[:, half:] = named("blur")(a, 3)[:, half:]
    boxes = crops(a, b)
    where = NET.preference(NET.look(a, boxes), NET.look(b, boxes), {}, 0.0, ((a.shape, boxes),) * 2)
    middle = where.map.shape[1] // 2
    assert np.abs(where.map[:, middle + 1 :]).mean() > 1.5 * np.abs(where.map[:, : middle - 1]).mean()


def test_a_small_photo_is_seen_in_full_and_a_large_one_where_it_differs() -> None:
    small = np.zeros((480, 640, 3), np.uint8)
    assert crops(small, small) == [(0, 0, 640, 480)]
    tiny = np.zeros((20, 70, 3), np.uint8)
    assert crops(tiny, tiny) == [(3, 0, 64, 20)]
    large = np.zeros((1200, 1600, 3), np.uint8)
    assert large.shape[0] * large.shape[1] > SMALL
    changed = large.copy()
    changed[900:1100, 1300:1500] = 255
    boxes = crops(large, changed)
    assert all(0 <= x <= 1600 - CROP and 0 <= y <= 1200 - CROP for x, y, _, _ in boxes)
    assert any(x < 1400 < x + w and y < 1000 < y + h for x, y, w, h in boxes)
    assert boxes == crops(changed, large)


@settings(deadline=None, max_examples=10)
@given(some.integers(1, 4), some.integers(1, 4))
def test_statistics_of_parts_are_those_of_the_whole(rows: int, columns: int) -> None:
    photo = np.random.default_rng(0).integers(0, 255, (32 * rows, 32 * columns, 3)).astype(np.uint8)
    seen = statistics([cells(NET.backbone, photo)])
    assert seen.shape[0] == 2
    assert np.isfinite(seen).all()
    assert (seen[1] > 0).all()


@given(
    some.floats(-9, 9), some.floats(0, 5), some.floats(0, 1),
    some.tuples(some.floats(0.01, 1), some.floats(1, 2), some.floats(0, 4)),
)  # fmt: skip
def test_calibration_keeps_the_side_and_is_odd(
    log_odds: float, spread: float, familiar: float, by: tuple[float, float, float]
) -> None:
    said = calibrated(log_odds, spread, familiar, by)
    assert said == -calibrated(-log_odds, spread, familiar, by)
    assert said * log_odds >= 0
    assert abs(calibrated(log_odds, spread, 0.0, by)) <= abs(calibrated(log_odds, spread, 1.0, by))


@pytest.mark.parametrize("missing", ["heads.npz", "card.json", "backbone.onnx"])
def test_a_folder_that_is_no_network_is_refused_in_one_line(
    tmp_path: Path,
    missing: str,
) -> None:
    folder = tmp_path / "net"
    shutil.copytree(NET.backbone.parent, folder)
    (folder / missing).unlink()
    with pytest.raises(BadInput, match="expected a folder that `twinlens train answer` wrote") as error:
        PreferenceNet.open(str(folder))
    assert "\n" not in str(error.value)


def test_the_card_says_what_was_learned_from_and_under_what_terms() -> None:
    card = json.loads((NET.backbone.parent / "card.json").read_text("utf-8"))
    assert {"command", "kinds", "terms", "simulated", "date", "pairs", "scenes"} <= card["made"].keys()
    assert set(card["scores"]) == {"other scenes", "other kinds of processing"}
