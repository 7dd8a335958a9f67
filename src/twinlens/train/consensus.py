"""How near restorations come to the original, by full-reference measures whose errors differ."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from twinlens.features.full_reference import gradient_similarity, ms_ssim
from twinlens.train.export import opened, stages

Pixels = NDArray[np.uint8]


@cache
def _other() -> tuple[Any, torch.Tensor, torch.Tensor]:
    """Another backbone than the preference network's."""
    return opened("efficientnet_lite1")


def deep_similarity(photo: Pixels, original: Pixels) -> float:
    """Minus the distance of unit-length activations, averaged over all places (Zhang and others 2018)."""
    model, mean, std = _other()
    both = torch.from_numpy(np.stack([photo, original])).permute(0, 3, 1, 2).float() / 255
    shift, scale = (torch.tensor(one)[None, :, None, None] for one in (mean, std))
    with torch.inference_mode():
        maps = [one for one, _ in stages(model, (both - shift) / scale)]
    apart = 0.0
    for one in maps:
        unit = one / (one.norm(dim=1, keepdim=True) + 1e-6)
        apart += float(((unit[0] - unit[1]) ** 2).sum(0).mean())
    return -apart / len(maps)


MEASURES = (ms_ssim, gradient_similarity, deep_similarity)
