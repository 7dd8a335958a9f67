"""What the measured judge claims of photos processed on purpose: precision, and defects found.

    python -m benchmarks claims               about 10 minutes on 2 cores: photographs and distortions for tuning
    python -m benchmarks claims --held-out    the others; rewrites the table of docs/benchmarks.md

Photographs of `shared/data/photos` (2048 pixels) are processed whole or in one marked region, in three strengths.
Held out are every second photo and the distortions of the families that were tuned on, looked at once a version. A claim is true where it favours the unprocessed photo, names an aspect of the defect (or quality) and a
region the defect covers; reasons are the claims but the closing line. Of two defects either may be named. A defect is found where a claim names its region and an aspect of it, for the right side;
it is clearly visible where the processed pixels differ by CLEAR code values, root mean square, at strength 2 or 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import held_out as held_out_photographs
from benchmarks.material import opened, spread, tuning
from twinlens.core.types import OPINION, Claim, Pair, Verdict
from twinlens.distortions.distortion import STRENGTHS, Distortion, blend, distortions
from twinlens.judges.measured import Measured
from twinlens.runs.compare import compare_pair
from twinlens.stats.interval import group_sums, interval
from twinlens.train.examples import photo_of

MARKED = {
    "portrait_00": {"face": (0.38, 0.42, 0.62, 0.72), "hair": (0.66, 0.45, 0.85, 0.75), "clothing": (0.2, 0.88, 0.9, 1.0), "background": (0.6, 0.02, 0.98, 0.25)},
    "portrait_01": {"face": (0.32, 0.36, 0.72, 0.76), "clothing": (0.1, 0.86, 0.9, 1.0)},
    "portrait_02": {"background": (0.0, 0.0, 0.35, 0.3)},
    "portrait_03": {"face": (0.24, 0.33, 0.46, 0.6), "hair": (0.3, 0.1, 0.75, 0.3), "clothing": (0.4, 0.72, 0.9, 0.98), "background": (0.0, 0.0, 0.3, 0.06)},
    "portrait_04": {"face": (0.4, 0.27, 0.68, 0.58), "clothing": (0.2, 0.75, 0.85, 1.0), "background": (0.02, 0.1, 0.25, 0.5)},
    "portrait_05": {"background": (0.0, 0.0, 0.3, 0.3)},
    "portrait_06": {"face": (0.25, 0.28, 0.7, 0.62)},
    "portrait_07": {"face": (0.33, 0.26, 0.55, 0.52), "clothing": (0.25, 0.68, 0.7, 0.97), "background": (0.75, 0.05, 0.98, 0.6)},
    "portrait_08": {"face": (0.33, 0.27, 0.72, 0.62), "clothing": (0.2, 0.78, 0.8, 1.0)},
    "portrait_09": {"face": (0.59, 0.15, 0.75, 0.52), "clothing": (0.35, 0.65, 0.85, 0.98), "background": (0.02, 0.05, 0.35, 0.6)},
    "scene_00": {"background": (0.0, 0.0, 0.6, 0.2)},
    "scene_01": {"background": (0.3, 0.02, 0.9, 0.3)},
    "scene_02": {"text": (0.16, 0.38, 0.36, 0.7)},
}  # fmt: skip
"""Regions marked by hand: left, top, right, bottom as shares of the photo."""
CLEAR = 2.5
STEP = 4
"""How far down the list the second of two defects is."""
BESIDE_TUNED = "beside the tuned"
"""The family of held-out distortions whose truth is that of the tuned ones."""
ALIKE = {
    "face": {"face", "skin", "eyes"},
    "text": {"text"},
    "hair": {"hair"},
    "clothing": {"clothing"},
    "background": {"background"},
}


@dataclass(frozen=True)
class Case:
    file: Path
    defect: Distortion
    strength: int
    region: str
    second: Distortion | None = None
    """Another defect, put in after the first."""

    @property
    def aspects(self) -> frozenset[str]:
        """Under which the defects may be named."""
        return self.defect.aspects | (self.second.aspects if self.second else frozenset())


def main(held_out: bool = False, show: bool = False, few: bool = False) -> None:
    """Judge; `show` lists false claims and missed defects, `few` takes three photographs only."""
    files = held_out_photographs() if held_out else tuning()
    known = [one for one in distortions().values() if not one.held_out]
    if held_out:
        known += [one for one in distortions().values() if one.family == BESIDE_TUNED]
    cases = [
        Case(file, defect, strength, region)
        for file in files
        for defect in known
        for region in ("global", *MARKED.get(file.stem, {}))
        for strength in STRENGTHS
    ]
    cases += [
        Case(file, defect, 2, region, known[(k + STEP) % len(known)])
        for file in files
        for k, defect in enumerate(known)
        for region in ("global", *MARKED.get(file.stem, {}))
    ]
    if few:
        cases = [case for case in cases if case.file in files[:: len(files) // 3]]
    results = zip(cases, spread(judged, cases), strict=True)
    lines = table([counted(case, *result, show) for case, result in results])
    print("\n".join(lines))
    if held_out and not few:
        rewrite(BENCHMARKS, "claims", lines)


def judged(case: Case) -> tuple[Verdict, float, bool]:
    """The verdict on the photo (a) and the processed one (b), the share processed, and whether that is clearly visible."""
    photo = opened(case.file)
    processed = case.defect(photo, case.strength)
    if case.second is not None:
        processed = case.second(processed, case.strength)
    covered, part = 1.0, (slice(None), slice(None))
    if case.region != "global":
        mask = np.zeros(photo.shape[:2], np.float32)
        left, top, right, bottom = box_of(case, photo.shape)
        part = (slice(top, bottom), slice(left, right))
        mask[part] = 1
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 6), np.float32)
        processed, covered = blend(photo, processed, mask), float(mask.mean())
    verdict = compare_pair(Pair("case", photo_of(photo), photo_of(processed)), Measured())
    assert isinstance(verdict, Verdict)
    change = processed[part].astype(np.float32) - photo[part].astype(np.float32)
    return verdict, covered, case.strength >= 2 and float(np.sqrt(np.mean(change**2))) >= CLEAR


def box_of(case: Case, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    left, top, right, bottom = MARKED[case.file.stem][case.region]
    height, width = shape[:2]
    return round(left * width), round(top * height), round(right * width), round(bottom * height)


def true(claim: Claim, case: Case, verdict: Verdict, covered: float) -> bool:
    if claim.favours != "a" or claim.aspect not in {*case.aspects, OPINION}:
        return False
    if case.region == "global" or claim.aspect == OPINION:
        return True
    if claim.region == "global":
        return covered > 0.4
    left, top, right, bottom = box_of(case, verdict.pair.a.pixels.shape)
    x, y, w, h = claim.box or (0, 0, 0, 0)
    across, down = min(x + w, right) - max(x, left), min(y + h, bottom) - max(y, top)
    return across > 0 and down > 0 and across * down > 0.15 * min(w * h, (right - left) * (bottom - top))


def hits(claim: Claim, case: Case) -> bool:
    named = claim.region == "global" if case.region == "global" else claim.region in ALIKE[case.region]
    return named and claim.favours == "a" and claim.aspect in case.aspects


@dataclass(frozen=True)
class Counted:
    """What one case adds to the table."""

    case: Case
    claims: int
    true: int
    reasons: int
    true_reasons: int
    clear: bool
    named: bool
    chosen: bool


def counted(case: Case, verdict: Verdict, covered: float, clear: bool, show: bool) -> Counted:
    sided = [claim for claim in verdict.claims if claim.favours != "same"]
    good = [true(claim, case, verdict, covered) for claim in sided]
    named = any(hits(claim, case) for claim in verdict.claims)
    if show and (not all(good) or (clear and not named)):
        words = [
            f"{c.region} {c.aspect} {c.favours}{'' if g else '!'}" for c, g in zip(sided, good, strict=True)
        ]
        missed = "  MISSED" if clear and not named else ""
        print(f"{case.file.stem} {name_of(case)} {case.strength} {case.region}: {' | '.join(words)}{missed}")
    reasons = [g for claim, g in zip(sided, good, strict=True) if claim.aspect != OPINION]
    chosen = verdict.choice == "a"
    return Counted(case, len(sided), sum(good), len(reasons), sum(reasons), clear, named, chosen)


def name_of(case: Case) -> str:
    """The defects of a case."""
    return f"{case.defect.name} + {case.second.name}" if case.second else case.defect.name


def table(rows: list[Counted]) -> list[str]:
    """Shares with 95 % intervals, bootstrap over photographs."""
    parts: dict[str, list[Counted]] = {"all": [row for row in rows if row.case.second is None]}
    for row in rows:
        two = ", two defects" if row.case.second else ""
        place = "whole photo" if row.case.region == "global" else "one region"
        parts.setdefault(f"{place}{two}", []).append(row)
        if two:
            parts.setdefault("two defects", []).append(row)
    for row in rows:
        kind = "held out" if row.case.defect.held_out else "tuned on"
        if row.case.second is None:
            parts.setdefault(f"{row.case.defect.name} ({kind})", []).append(row)
    lines = [
        "| defect | claims that are true | reasons that are true | visible ones found | unprocessed photo chosen |",
        "|---|---|---|---|---|",
    ]
    for name, part in parts.items():
        clear = [row for row in part if row.clear]
        cells = [
            share([(row.true, row.claims) for row in part], part),
            share([(row.true_reasons, row.reasons) for row in part], part),
            share([(row.named, 1) for row in clear], clear),
            share([(row.chosen, 1) for row in clear], clear),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def share(counts: list[tuple[float, float]], rows: list[Counted]) -> str:
    if not counts or not sum(n for _, n in counts):
        return "none"
    _, photos = np.unique([row.case.file.stem for row in rows], return_inverse=True)
    got = interval(group_sums(np.array(counts, float), photos))
    low, high = (f"{end:.2f}" if end is not None else "–" for end in (got.low, got.high))
    return f"{got.value:.3f} [{low}, {high}] ({sum(n for _, n in counts):.0f})"
