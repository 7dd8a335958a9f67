"""How near restorations come to the original, by full-reference measures whose errors differ."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from twinlens.train.export import opened, stages

Pixels = NDArray[np.uint8]
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of multi-scale SSIM, finest scale first (Wang, Simoncelli, Bovik 2003)."""


def multi_scale_similarity(photo: Pixels, original: Pixels) -> float:
    """The mean of SSIM over five octaves of luma, weighed by `SCALES`; 1 where both are alike."""
    a, b = (cv2.cvtColor(x, cv2.COLOR_RGB2GRAY) for x in (photo, original))
    total = 0.0
    for weight in SCALES:
        total += weight * float(structural_similarity(a, b, data_range=255))  # type: ignore[no-untyped-call]
        a, b = cv2.pyrDown(a), cv2.pyrDown(b)
    return total / sum(SCALES)


def gradient_similarity(photo: Pixels, original: Pixels) -> float:
    """Minus the gradient magnitude similarity deviation (Xue and others 2014); 0 where both are alike."""
    magnitude = []
    for x in (photo, original):
        gray = cv2.pyrDown(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)).astype(np.float32)
        across, down = (cv2.Scharr(gray, cv2.CV_32F, *way) / 16 for way in ((1, 0), (0, 1)))
        magnitude.append(np.hypot(across, down))
    a, b = magnitude
    return -float(np.std((2 * a * b + 170) / (a * a + b * b + 170)))


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


MEASURES = (multi_scale_similarity, gradient_similarity, deep_similarity)
