"""The benchmark of one comparison measures processes of their own, and leaves out what takes too long."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.comparison_process import PEERS
from benchmarks.size_plot import APART, size_plot, spread_out
from benchmarks.speed.compare import Cost, in_process, left_out, plot, tables

COSTS = {
    (way, encoding, size): Cost((seconds * size, seconds * size), (0.1 * size, 0.05 * size), int(1e8 * size))
    for way, seconds in (("measured", 0.2), ("expert", 0.3), ("SSIM", 0.5))
    for encoding in ("baseline", "progressive")
    for size in (0.3, 3.0)
}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two photos of 160 by 120 pixels."""
    pixels = np.random.default_rng(1).integers(0, 255, (120, 160, 3), np.uint8)
    made = [str(tmp_path / name) for name in ("a.jpg", "b.jpg")]
    for quality, file in zip((95, 30), made, strict=True):
        Image.fromarray(pixels).save(file, quality=quality)
    return made


def test_memory_is_that_of_the_process_and_not_of_the_one_that_started_it(files: list[str]) -> None:
    large = np.ones(1 << 29, np.uint8)
    cost = in_process("SSIM", 2, [*files, *files])
    assert cost.peak < large.nbytes
    assert min(*cost.comparing, *cost.decoding) > 0


def test_a_judge_is_measured_as_a_metric_of_others_is(files: list[str]) -> None:
    assert in_process("measured", 1, [*files, *files]).ratio() > 1


def test_a_metric_of_others_is_left_out_where_it_would_take_too_long_or_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not left_out("SSIM", 13.8, COSTS, 25.0)
    assert left_out("SSIM", 50.0, COSTS, 20.0)
    assert left_out("SSIM", 5e6, COSTS, 1e9), "it would take 500 TB"
    monkeypatch.setitem(PEERS, "SSIM", "no-such-package")
    assert left_out("SSIM", 0.3, {}, 25.0)


def test_tables_hold_ratios_to_decoding_by_processor_time_and_by_the_clock() -> None:
    lines = tables(
        {key: cost for key, cost in COSTS.items() if key != ("expert", "baseline", 3.0)}, (0.3, 3.0)
    )
    (processor, clock) = [line for line in lines if line.startswith("| `measured`, baseline")]
    assert processor == "| `measured`, baseline | 0.06 s, 2.0 × | 0.60 s, 2.0 × |"
    assert clock == "| `measured`, baseline | 0.06 s, 4.0 × | 0.60 s, 4.0 × |"
    assert "| `expert` | 0.03 GB | – |" in lines


def test_the_plot_names_each_line_where_there_is_room() -> None:
    drawn = ET.fromstring(plot(COSTS, (0.3, 3.0)))
    names = [node for node in drawn.iter("{http://www.w3.org/2000/svg}text") if "style" in node.attrib]
    assert [node.text for node in names] == ["measured", "expert", "SSIM (scikit-image)"]
    heights = sorted(float(node.attrib["y"]) for node in names)
    assert all(lower - upper > APART - 0.2 for upper, lower in pairwise(heights))
    assert spread_out([5.0, 5.0]) == [5.0, 5.0 + APART]
    assert "nan" not in size_plot("t", "x", {"one": [(1.0, 1.0)]})
