"""One way to compare two photos in a process of its own, in turns with decoding both: `python -m benchmarks compare`.

    python -m benchmarks.comparison_process WAY ROUNDS A B SMALL_A SMALL_B        prints one JSON object

A way is a judge, or the metric of another package, from the two files on. It is called once with the small photos, which
loads what it needs, then once with the photos, after which the peak of the process is read; then decoding and it take turns.
The peak is VmHWM of /proc/self/status: the ru_maxrss of a process begins with that of the one that started it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from twinlens.core.types import Failure
from twinlens.runs.compare import compare

Compare = Callable[[str, str], object]
JUDGES = ("measured", "expert")
PEERS = {
    "SSIM": "scikit-image", "GMSD": "piq", "MS-SSIM": "piq", "PIQE": "pypiqe", "SSIMULACRA 2": "ssimulacra2",
}  # fmt: skip
"""Metrics of others and the packages they are in: SSIM of grey values, PIQE of both photos, the others in colour."""


def way(name: str) -> Compare:
    """What compares two files."""
    if name in JUDGES:
        return lambda a, b: judged(name, a, b)
    return {"SSIM": ssim, "GMSD": gmsd, "MS-SSIM": ms_ssim, "PIQE": both_piqe, "SSIMULACRA 2": ssimulacra2}[
        name
    ]


def decode(a: str, b: str) -> None:
    """Both photos decoded by Pillow, one after the other."""
    for file in (a, b):
        with Image.open(file) as image:
            image.convert("RGB")


def judged(judge: str, a: str, b: str) -> None:
    """The verdict and the reasons of a judge of ours."""
    if isinstance(outcome := compare(a, b, judge), Failure):
        raise SystemExit(f"compare: {outcome.kind}: {outcome.detail}; expected a verdict")


def pixels(file: str, mode: str = "RGB") -> Any:
    """The pixels of a photo, uint8."""
    with Image.open(file) as image:
        return np.array(image.convert(mode))


def ssim(a: str, b: str) -> object:
    from skimage.metrics import structural_similarity

    return structural_similarity(pixels(a, "L"), pixels(b, "L"))


def tensors(a: str, b: str) -> tuple[Any, Any]:
    """Both photos as float tensors (1, 3, height, width)."""
    import torch

    return tuple(torch.from_numpy(pixels(file)).permute(2, 0, 1)[None].float() for file in (a, b))  # type: ignore[return-value]


def gmsd(a: str, b: str) -> object:
    import piq

    return piq.gmsd(*tensors(a, b), data_range=255.0)


def ms_ssim(a: str, b: str) -> object:
    import piq

    return piq.multi_scale_ssim(*tensors(a, b), data_range=255.0)


def both_piqe(a: str, b: str) -> object:
    from pypiqe import piqe

    return [piqe(np.ascontiguousarray(pixels(file)[..., ::-1]))[0] for file in (a, b)]


def ssimulacra2(a: str, b: str) -> object:
    from ssimulacra2 import compute_ssimulacra2

    return compute_ssimulacra2(a, b)


def peak() -> int:
    """The most memory this process ever had in use, in bytes."""
    status = Path("/proc/self/status").read_text("utf-8")
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def times(work: Compare, files: tuple[str, str]) -> tuple[float, float]:
    """Seconds of processor time, of all threads, and by the clock."""
    wall, processor = time.perf_counter(), time.process_time()
    work(*files)
    return time.process_time() - processor, time.perf_counter() - wall


def main() -> None:
    """Measure; least of the rounds."""
    name, rounds, a, b, *small = sys.argv[1:]
    work, files = way(name), (a, b)
    times(work, (small[0], small[1]))
    first, most = times(work, files), peak()
    rows = [(*times(decode, files), *times(work, files)) for _ in range(int(rounds))]
    decoding, least = ([min(column) for column in zip(*part, strict=True)]
                       for part in ([row[:2] for row in rows], [first, *(row[2:] for row in rows)]))  # fmt: skip
    print(json.dumps({"decoding": decoding, "comparing": least, "peak": most}))


if __name__ == "__main__":
    main()
