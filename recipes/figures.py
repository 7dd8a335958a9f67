"""The accuracy tables of docs/benchmarks.md: the measured judge on human judgements.

    make figures        about 4 minutes on 2 cores; rewrites the part of docs/benchmarks.md between its marks
    .venv/bin/python recipes/figures.py --fit        and the weights of the judge, as recipes/fit.py does

One model for all sets. Cross-validated by scene: each scene is judged by weights fitted without it. Then each whole
set is judged by weights fitted without that set. The processed pairs of the fit (every second photograph, `DEFECTS`)
stay in every fit; they hold no human label. Intervals: 95 %, bootstrap over scenes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from fit import keep, processed
from numpy.typing import NDArray

from twinlens.preference import chance, log_odds
from twinlens.stats.agreement import bin_sums, calibration_error
from twinlens.stats.interval import group_sums, interval
from twinlens.train.examples import Labelled, human, spread
from twinlens.train.measured import Example, fit, matrix

SETS = ("mef", "hecd", "avt")
MARKS = ("<!-- figures: human -->", "<!-- end -->")


def example(pair: Labelled) -> Example:
    return Example(pair.steps, pair.prefers_a, pair.set)


def without(
    pairs: Sequence[Labelled], made: list[Example], part: Callable[[Labelled], str]
) -> NDArray[np.float64]:
    """Log odds of each pair by weights fitted without its part of the data."""
    odds = np.zeros(len(pairs))
    for name in sorted({part(pair) for pair in pairs}):
        out = np.array([part(pair) == name for pair in pairs])
        weights = fit([*(example(pair) for pair in pairs if part(pair) != name), *made])
        odds[out] = matrix([example(pair) for pair in pairs if part(pair) == name]) @ weights
    return odds


def share(right: NDArray[np.float64], scenes: NDArray[np.intp]) -> str:
    """A share with its interval and n."""
    found = interval(group_sums(np.stack([right, np.ones(len(right))], axis=1), scenes))
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}] ({len(right)})"


def main() -> None:
    data = Path(os.environ.get("TWINLENS_DATA", "../shared/data"))
    files = sorted([*(data / "photos").glob("portrait_*.jpg"), *(data / "photos").glob("scene_*.jpg")])[::2]
    pairs = human(data / "human")
    made = [one for group in spread(processed, files) for one in group]
    if "--fit" in sys.argv:
        keep(pairs, made)
    wants = np.array([pair.prefers_a for pair in pairs])
    sets, tiers = (np.array([getattr(pair, key) for pair in pairs]) for key in ("set", "tier"))
    _, scenes = np.unique([pair.scene for pair in pairs], return_inverse=True)
    rules = {
        "measured, by scene": without(pairs, made, lambda pair: pair.scene),
        "measured, set left out": without(pairs, made, lambda pair: pair.set),
        **{f"more {name}": np.array([pair.steps.get(name, 0.0) for pair in pairs]) for name in ("local_contrast", "texture", "sharpness", "color_contrast")},
    }  # fmt: skip
    lines = [f"| judge | {' | '.join(SETS)} |", "|---|" + "---|" * len(SETS)]
    for name, odds in rules.items():
        right = np.where(odds == 0, 0.5, (odds > 0) == wants)
        cells = [share(right[sets == one], scenes[sets == one]) for one in SETS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        "By tier, cross-validated by scene:",
        "",
        "| set | easy | mid | hard |",
        "|---|---|---|---|",
    ]
    odds = rules["measured, by scene"]
    right = ((odds > 0) == wants).astype(float)
    for one in SETS:
        cells = [
            share(right[k], scenes[k])
            for k in ((sets == one) & (tiers == tier) for tier in ("easy", "mid", "hard"))
        ]
        lines.append(f"| {one} | {' | '.join(cells)} |")
    p_a = np.array([chance(log_odds(value)) for value in odds])
    sums = bin_sums(np.maximum(p_a, 1 - p_a), right, scenes, int(scenes.max()) + 1, bins=10, low=0.5)
    error = interval(sums, calibration_error, method="basic")
    lines += [
        "",
        f"Calibration error, by scene: {error.value:.3f} [{error.low:.3f}, {error.high:.3f}] ({len(pairs)}).",
    ]
    lines += ["Swap consistency is exactly 1 by construction, and tested bit for bit."]
    page = Path("docs/benchmarks.md")
    before, after = page.read_text("utf-8").split(MARKS[0])
    rest = after.split(MARKS[1], 1)[1]
    page.write_text(before + MARKS[0] + "\n" + "\n".join(lines) + "\n" + MARKS[1] + rest, "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
