"""How near restorations come to the original, by full-reference measures whose errors differ."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

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


def margins(scores: ArrayLike) -> NDArray[np.float64]:
    """By how much all measures put one version above another, shape (versions, versions), antisymmetric.

    `scores` are the measures of each version, higher is nearer. A margin is the smallest difference of any
    measure, in its standard deviations among the versions; 0 where measures contradict each other.
    """
    values = np.array(scores, float)
    apart = (values[:, None] - values[None]) / (values.std(axis=0) + 1e-9)
    above = np.maximum(apart.min(axis=2), 0)
    return np.asarray(above - above.T)


AGREED = 0.5
"""Standard deviations, among a photo's restorations, by which two must differ in every measure."""
MEASURES = (ms_ssim, gradient_similarity, deep_similarity)
