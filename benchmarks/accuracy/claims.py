"""What the expert claims of photos processed on purpose: precision, defects found, and its own probabilities.

    python -m benchmarks claims               half an hour on 2 cores: photographs and distortions for tuning
    python -m benchmarks claims --held-out    the others; rewrites the tables of docs/benchmarks.md
    python -m benchmarks claims --held-out --every 3 --side 1024    a third of them, drawn with a fixed seed, smaller

Photographs of `shared/data/photos` (2048 pixels) are processed whole or in one marked region, in three strengths.
Held out are every second photo and the distortions of the families that were tuned on, looked at once a version. A claim
is true where it favours the unprocessed photo, names an aspect of the defect and a region the defect covers. Of two
defects either may be named. A defect is found where a claim names its region and an aspect of it, for the right side; it
is clearly visible where the processed pixels differ by CLEAR code values, root mean square, at strength 2 or 3. The
probabilities are those of all claims that `ALL_THAT` makes; their calibration error has ten bins from a half to one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from msgspec import UNSET

from benchmarks import tables
from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import held_out as held_out_photographs
from benchmarks.material import reduced, spread, tuning
from twinlens.core.types import Claim, Pair, Verdict
from twinlens.distortions.distortion import STRENGTHS, Distortion, blend, distortions
from twinlens.judges.expert import Expert
from twinlens.runs.compare import compare_pair
from twinlens.stats.calibration import bin_sums, calibration_error
from twinlens.stats.interval import interval
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


JUDGES = (Expert(precision=0.90), Expert(precision=0.95))
ALL_THAT = Expert(precision=0.50)
ALL_THAT_AT = len(JUDGES)
EDGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.001)


def main(
    held_out: bool = False, show: bool = False, few: bool = False, every: int = 1, side: int = 2048
) -> None:
    """Judge; `show` lists false claims and missed defects, `few` takes three photographs only."""
    files = held_out_photographs() if held_out else tuning()
    cases = list(all_cases(files, held_out))
    if few:
        cases = [case for case in cases if case.file in files[:: len(files) // 3]]
    drawn = np.random.default_rng(0).permutation(len(cases))[: len(cases) // every]
    cases = [cases[k] for k in sorted(drawn)]
    rows = list(spread(partial(judged, side=side), cases))
    if show:
        print("\n".join(line for row in rows for line in shown(row)))
    lines = [*table(rows), "", *calibration(rows)]
    print("\n".join(lines))
    if held_out and not few:
        rewrite(
            BENCHMARKS, "claims", [f"{len(cases)} pairs, at most {side} pixels wide or high.", "", *lines]
        )


def all_cases(files: Sequence[Path], held_out: bool) -> Iterator[Case]:
    """Every defect of every photograph, at every place and strength, and pairs of defects."""
    known = [one for one in distortions().values() if not one.held_out]
    if held_out:
        known += [one for one in distortions().values() if one.family == BESIDE_TUNED]
    for file in files:
        for defect in known:
            for region in ("global", *MARKED.get(file.stem, {})):
                yield from (Case(file, defect, strength, region) for strength in STRENGTHS)
    for file in files:
        for k, defect in enumerate(known):
            for region in ("global", *MARKED.get(file.stem, {})):
                yield Case(file, defect, 2, region, known[(k + STEP) % len(known)])


@dataclass(frozen=True)
class Judged:
    """What is said of one case: the claims of each judge of JUDGES and then of ALL_THAT, and which are true."""

    case: Case
    claims: tuple[tuple[Claim, ...], ...]
    true: tuple[tuple[bool, ...], ...]
    clear: bool
    chosen: bool

    def names_it(self, judge: int) -> bool:
        """Whether a judge's claims name the defect."""
        return any(hits(claim, self.case) for claim in self.claims[judge])


def judged(case: Case, side: int) -> Judged:
    """What is said of the photo (a) and the processed one (b), and whether the processing is clearly visible."""
    photo = reduced(case.file, side)
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
    pair = Pair("case", photo_of(photo), photo_of(processed))
    change = processed[part].astype(np.float32) - photo[part].astype(np.float32)
    clear = case.strength >= 2 and float(np.sqrt(np.mean(change**2))) >= CLEAR
    said, truths, chosen = [], [], False
    for judge in (*JUDGES, ALL_THAT):
        verdict = compare_pair(pair, judge)
        assert isinstance(verdict, Verdict)
        claims = tuple(claim for claim in verdict.claims if claim.favours != "same")
        said.append(claims)
        truths.append(tuple(true(claim, case, photo.shape, covered) for claim in claims))
        chosen = verdict.choice == "a"
    return Judged(case, tuple(said), tuple(truths), clear, chosen)


def box_of(case: Case, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    left, top, right, bottom = MARKED[case.file.stem][case.region]
    height, width = shape[:2]
    return round(left * width), round(top * height), round(right * width), round(bottom * height)


def true(claim: Claim, case: Case, shape: tuple[int, ...], covered: float) -> bool:
    """Whether a claim is of what was done, and of where it was done."""
    if claim.favours != "a" or claim.aspect not in case.aspects:
        return False
    if case.region == "global":
        return True
    if claim.region == "global":
        return covered > 0.4
    left, top, right, bottom = box_of(case, shape)
    x, y, w, h = claim.box or (0, 0, 0, 0)
    across, down = min(x + w, right) - max(x, left), min(y + h, bottom) - max(y, top)
    return across > 0 and down > 0 and across * down > 0.15 * min(w * h, (right - left) * (bottom - top))


def hits(claim: Claim, case: Case) -> bool:
    named = claim.region == "global" if case.region == "global" else claim.region in ALIKE[case.region]
    return named and claim.favours == "a" and claim.aspect in case.aspects


def shown(row: Judged) -> Iterator[str]:
    """A line of a case with false claims of the last of JUDGES, or which it missed."""
    case, last = row.case, len(JUDGES) - 1
    missed = row.clear and not row.names_it(last)
    if missed or not all(row.true[last]):
        words = [
            f"{claim.region} {claim.aspect} {claim.favours}{'' if good else '!'}{sure(claim)}"
            for claim, good in zip(row.claims[ALL_THAT_AT], row.true[ALL_THAT_AT], strict=True)
        ]
        end = "  MISSED" if missed else ""
        yield f"{case.file.stem} {name_of(case)} {case.strength} {case.region}: {' | '.join(words)}{end}"


def sure(claim: Claim) -> str:
    """The claim's own probability; nothing where it has none."""
    return "" if claim.probability is UNSET else f" {claim.probability:.2f}"


def name_of(case: Case) -> str:
    """The defects of a case."""
    return f"{case.defect.name} + {case.second.name}" if case.second else case.defect.name


def parts(rows: Sequence[Judged]) -> dict[str, list[Judged]]:
    """The rows of each line of the table."""
    one = [row for row in rows if row.case.second is None]
    two = [row for row in rows if row.case.second]
    made = {"one defect": one, "two defects": two}
    for name, of in (("", one), (", two defects", two)):
        made[f"whole photo{name}"] = [row for row in of if row.case.region == "global"]
        made[f"one region{name}"] = [row for row in of if row.case.region != "global"]
    for row in one:
        kind = "held out" if row.case.defect.held_out else "tuned on"
        made.setdefault(f"{row.case.defect.name} ({kind})", []).append(row)
    return made


def table(rows: Sequence[Judged]) -> list[str]:
    """Shares with 95 % intervals, bootstrap over photographs."""
    head = ["defect"]
    for judge in JUDGES:
        head += [f"true, precision {judge.precision:.2f}", "visible ones found"]
    lines = []
    for name, of in parts(rows).items():
        clear = [row for row in of if row.clear]
        cells = []
        for k in range(len(JUDGES)):
            cells.append(share_of([(good, row) for row in of for good in row.true[k]]))
            cells.append(share_of([(row.names_it(k), row) for row in clear]))
        lines.append([name, *cells, share_of([(row.chosen, row) for row in clear])])
    return tables.table([*head, "unprocessed photo chosen"], lines)


def calibration(rows: Sequence[Judged]) -> list[str]:
    """The reliability of the claims' own probabilities, and their calibration error."""
    known = [
        (claim.probability, good, row)
        for row in rows
        for claim, good in zip(row.claims[ALL_THAT_AT], row.true[ALL_THAT_AT], strict=True)
        if claim.probability is not UNSET
    ]
    lines = []
    for low, high in pairwise(EDGES):
        here = [one for one in known if low <= one[0] < high]
        mean = f"{np.mean([p for p, *_ in here]):.3f}" if here else ""
        lines.append(
            [f"{low:.2f} to {min(high, 1):.2f}", mean, share_of([(good, row) for _, good, row in here])]
        )
    p, truths = (np.array([one[k] for one in known], float) for k in (0, 1))
    _, photos = np.unique([row.case.file.stem for *_, row in known], return_inverse=True)
    error = interval(
        bin_sums(p, truths, photos, int(photos.max()) + 1, low=0.5), calibration_error, method="basic"
    )
    lines.append(["calibration error", "", tables.cell(error, len(known))])
    return tables.table(["a claim's own probability", "mean", "true"], lines)


def share_of(values: list[tuple[bool, Judged]]) -> str:
    """A share, with the bootstrap over photographs."""
    right = np.array([one for one, _ in values], float)
    return tables.share(right, np.array([row.case.file.stem for _, row in values]))
