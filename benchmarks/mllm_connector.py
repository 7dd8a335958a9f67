"""A connector that begins with what damage looks like: linear discriminants of known damage, put into its weights.

A pair is one composite, a on the left. Features of its left half less those of its right are classified by logistic
regression into aspect and side. Each aspect becomes one direction of the language model's embeddings, from a word for a bad
photo to one for a good one: a token of the left half adds it, one of the right half subtracts it. As GELU(x) is
next to x far above 0 and next to 0 far below, the two layers of a connector hold such a gated linear map; the rest of them stays
random, and all of it is trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn.functional import layer_norm

from benchmarks.mllm_pairs import aspect
from twinlens.judges.model_view import view
from twinlens.readers import Row
from twinlens.runs.row_photos import Photos

WORDS = {
    "sharpness": (" sharp", " blurry"), "noise": (" smooth", " noisy"), "artifacts": (" clean", " blocks"),
    "color": (" natural", " fake"), "exposure": (" bright", " dark"), "contrast": (" vivid", " flat"),
}  # fmt: skip
ALL = (" good", " bad")
SHRINKAGE = 0.03
"""The inverse strength of the penalty, scikit-learn's C, on features of variance one."""
LOUD, OPEN = 0.7, 5.0
"""Norm of a direction beside an embedding's, a standard deviation from the mean; what opens a unit in its half."""
SMALL = 0.0
"""What is left of the random part of the second layer: with .15 of it the model learned its photos by heart."""


def begin(model: Any, processor: Any, rows: Sequence[Row], tokens: torch.Tensor) -> dict[str, float]:
    """Put the discriminants of labelled rows into a joined model's connector; how well they part the rows.

    `tokens` is what the connector takes of them, shape (rows, tokens, patches together x width).
    """
    connector, width = model.model.multi_modal_projector, model.config.vision_config.hidden_size
    _standardise(connector, width, tokens)
    with torch.inference_mode():
        read = (
            connector.layer_norm(tokens.float()).unflatten(-1, (-1, width)).mean(-2)
        )  # (rows, tokens, width)
    across = round(tokens.shape[1] ** 0.5)
    left = np.tile(np.arange(across) < across // 2, across)
    features = read.numpy()
    halves = [features[:, where].mean(1) for where in (left, ~left)]
    better = np.array([1.0 if row.label == "a" else -1.0 for row in rows])
    apart = (halves[0] - halves[1]) * better[:, None]
    scale, names = apart.std(0), list(WORDS)
    of = np.array([names.index(aspect(row.columns["defect"])) for row in rows])
    every = np.concatenate([apart, -apart]) / scale
    kinds = LogisticRegression(C=SHRINKAGE, fit_intercept=False, max_iter=200).fit(
        every, np.r_[of, of + len(names)]
    )
    sides = LogisticRegression(C=SHRINKAGE / 3, fit_intercept=False).fit(every, np.r_[of >= 0, of < 0])
    weights = (kinds.coef_[: len(names)] - kinds.coef_[len(names) :]) / 2
    directions = np.concatenate([weights, sides.coef_]) / scale
    flat = features.reshape(-1, width)
    spread = (np.concatenate(halves) @ directions.T).std(0)
    directions /= spread[:, None]
    middle = -(flat @ directions.T).mean(0)
    gate, level = _gate(flat, np.tile(left, len(rows)))
    _write(model, processor, directions, middle, gate, level)
    right = kinds.predict_proba(apart / scale)
    return {
        "side": float((right[:, : len(names)].sum(1) > 0.5).mean()),
        "aspect and side": float((right.argmax(1) == of).mean()),
    }


def _gate(flat: Any, left: Any) -> tuple[Any, float]:
    """A linear map of a token's features that is 1 in the left half and -1 in the right, and its constant."""
    mean, target = flat.mean(0), np.where(left, 1.0, -1.0)
    centred = flat - mean
    weights = np.linalg.solve(centred.T @ centred + 1e-3 * len(flat) * np.eye(len(mean)), centred.T @ target)
    return weights, float(-mean @ weights)


@torch.inference_mode()
def tokens_of(model: Any, processor: Any, row: Row, max_pixels: int) -> torch.Tensor:
    """What a connector takes of a pair: shape (tokens, patches together x width)."""
    (image,) = view(Photos(row).pair, "side_by_side", 0, max_pixels)
    pixels = processor.image_processor(images=[image.pixels], return_tensors="pt")["pixel_values"]
    features = model.model.vision_tower(pixel_values=pixels).last_hidden_state[:, 1:]
    across = round(features.shape[1] ** 0.5)
    plane = features.reshape(len(features), across, across, -1)
    return model.model.pixel_shuffle(plane, model.config.downsample_ratio).flatten(0, 2).half()


def _standardise(connector: Any, width: int, tokens: torch.Tensor) -> None:
    """Let the connector's normalisation give each feature mean 0 and variance 1 over the photos, wherever it lies."""
    x = tokens[:300].float().flatten(0, 1)
    normal = layer_norm(x, x.shape[-1:])
    times = x.shape[-1] // width
    mean, spread = (
        one.reshape(times, width).mean(0).repeat(times) for one in (normal.mean(0), normal.std(0))
    )
    connector.layer_norm.weight.data, connector.layer_norm.bias.data = 1 / spread, -mean / spread


def _write(model: Any, processor: Any, directions: Any, middle: Any, gate: Any, level: float) -> None:
    """The weights: of each direction a unit for either half, and one that takes out what opened them."""
    connector = model.model.multi_modal_projector
    embeddings = model.get_input_embeddings().weight.detach()
    number = processor.tokenizer.convert_tokens_to_ids
    pairs = [
        [embeddings[number(word.replace(" ", "\u0120"))] for word in both] for both in (*WORDS.values(), ALL)
    ]
    words = torch.stack([good - bad for good, bad in pairs])
    words *= LOUD * embeddings.norm(dim=1).mean() / words.norm(dim=1, keepdim=True)
    rows = np.concatenate([directions + OPEN * gate, directions - OPEN * gate, gate[None]])
    constants = np.concatenate([middle + OPEN * level, middle - OPEN * level, [level + OPEN]])
    first, second = connector.linear_1, connector.linear_2
    times = first.in_features // directions.shape[1]
    first.weight.data[: len(rows)] = torch.tensor(rows, dtype=torch.float32).repeat(1, times) / times
    first.bias.data[: len(rows)] = torch.tensor(constants, dtype=torch.float32)
    second.weight.data *= SMALL
    second.weight.data[:, : len(rows)] = torch.cat([words, -words, -OPEN * words.sum(0, keepdim=True)]).T
    second.bias.data = embeddings.mean(0) + OPEN**2 * words.sum(0)
