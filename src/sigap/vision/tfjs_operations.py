"""TensorFlow.js operations → ONNX operations, one method each. Used by `tfjs_onnx` only.

TensorFlow keeps pictures as NHWC, ONNX as NCHW. Transposes are therefore never written down as
they are met: every tensor remembers how its TensorFlow axes lie in the ONNX tensor, and a real
Transpose is written only where an operation needs an order that differs.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array: TypeAlias = NDArray[Any]
Json: TypeAlias = Mapping[str, Any]

CHANNELS_LAST = (0, 2, 3, 1)
"""TensorFlow axis → ONNX axis for an NHWC tensor that lies as NCHW."""


class ConversionError(ValueError):
    """The graph holds something that this converter does not know; nothing was written."""


@dataclass(frozen=True, slots=True)
class Value:
    """An ONNX tensor; TensorFlow's axis `i` is its axis `axes[i]`."""

    name: str
    axes: tuple[int, ...]

    @property
    def is_plain(self) -> bool:
        return self.axes == tuple(range(len(self.axes)))


@dataclass(frozen=True, slots=True)
class Padding:
    """What an explicit Pad did, so that the convolution after it can do it instead."""

    source: str
    onnx_pads: tuple[int, ...]
    fill: float


class GraphWriter:
    """Collects the ONNX nodes; one method per TensorFlow operation."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._weights = weights
        self._constants: dict[str, Array] = {}
        self._values: dict[str, Value] = {}
        self._paddings: dict[str, Padding] = {}
        self._transposed: set[str] = set()
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._operations: dict[str, Callable[[Json], None]] = {
            "Placeholder": self._placeholder,
            "Const": self._const,
            "Identity": self._identity,
            "Transpose": self._transpose,
            "Conv2D": self._conv,
            "MaxPool": self._max_pool,
            "Pad": self._pad,
            "PadV2": self._pad,
            "Add": self._sum,
            "AddV2": self._sum,
            "BiasAdd": self._sum,
            "LeakyRelu": self._leaky_relu,
            "Sigmoid": self._sigmoid,
            "ConcatV2": self._concat,
            "SplitV": self._split,
            "Reshape": self._reshape,
            "ResizeBilinear": self._resize,
            "SparseToDense": self._sparse_to_dense,
        }

    def add(self, node: Json) -> None:
        operation = self._operations.get(node["op"])
        if operation is None:
            raise ConversionError(f"unknown operation {node['op']} at {node['name']}")
        operation(node)

    def graph(self, *, name: str, outputs: Mapping[str, str]) -> onnx.GraphProto:
        """The graph so far; `outputs` names TensorFlow's nodes and what ONNX shall call them."""
        for source, output in outputs.items():
            plain = self._plain(self._value(source))
            self._nodes.append(helper.make_node("Identity", [plain], [output]))
        nodes = _without_dead(self._nodes, set(outputs.values()))
        used = {source for node in nodes for source in node.input}
        infos = [
            helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
            for output in outputs.values()
        ]
        kept = [tensor for key, tensor in self._initializers.items() if key in used]
        return helper.make_graph(nodes, name, self._inputs, infos, kept)

    # Operations

    def _placeholder(self, node: Json) -> None:
        shape = [int(dim["size"]) for dim in node["attr"]["shape"]["shape"]["dim"]]
        info = helper.make_tensor_value_info(node["name"], TensorProto.FLOAT, shape)
        self._inputs.append(info)
        self._values[node["name"]] = Value(node["name"], tuple(range(len(shape))))

    def _const(self, node: Json) -> None:
        if node["name"] not in self._weights:
            raise ConversionError(f"no weights for constant {node['name']}")
        self._constants[node["name"]] = self._weights[node["name"]]

    def _identity(self, node: Json) -> None:
        source = node["input"][0]
        if source in self._constants:
            self._constants[node["name"]] = self._constants[source]
        else:
            self._values[node["name"]] = self._value(source)

    def _transpose(self, node: Json) -> None:
        value = self._value(node["input"][0])
        order = self._integers(node["input"][1])
        self._values[node["name"]] = Value(value.name, tuple(value.axes[i] for i in order))

    def _conv(self, node: Json) -> None:
        _require_channels_last(node)
        source = self._as_channels_first(node["input"][0])
        kernel = np.transpose(self._constant(node["input"][1]), (3, 2, 0, 1))
        name = self._initializer(f"{node['name']}.kernel", kernel)
        source, padding = self._window_padding(node, source, fill=0.0)
        self._emit(
            "Conv",
            [source, name],
            Value(node["name"], CHANNELS_LAST),
            kernel_shape=kernel.shape[2:],
            strides=_spatial(node, "strides"),
            dilations=_spatial(node, "dilations"),
            **padding,
        )

    def _max_pool(self, node: Json) -> None:
        _require_channels_last(node)
        source = self._as_channels_first(node["input"][0])
        source, padding = self._window_padding(node, source, fill=-np.inf)
        self._emit(
            "MaxPool",
            [source],
            Value(node["name"], CHANNELS_LAST),
            kernel_shape=_spatial(node, "ksize"),
            strides=_spatial(node, "strides"),
            **padding,
        )

    def _pad(self, node: Json) -> None:
        value = self._value(node["input"][0])
        before_after = self._constant(node["input"][1])
        fill = float(self._constant(node["input"][2])) if len(node["input"]) > 2 else 0.0
        order = np.argsort(value.axes)
        pads = [int(before_after[axis, end]) for end in (0, 1) for axis in order]
        if not any(pads):
            self._values[node["name"]] = value
            return
        pads_name = self._initializer(f"{node['name']}.pads", np.array(pads, np.int64))
        fill_name = self._initializer(f"{node['name']}.fill", np.array(fill, np.float32))
        self._paddings[node["name"]] = Padding(value.name, tuple(pads), fill)
        self._emit("Pad", [value.name, pads_name, fill_name], Value(node["name"], value.axes))

    def _sum(self, node: Json) -> None:
        left, right = node["input"]
        if left in self._constants and right in self._constants:
            self._constants[node["name"]] = self._constants[left] + self._constants[right]
            return
        if left in self._constants:
            left, right = right, left
        value = self._value(left)
        other = self._aligned(right, value, f"{node['name']}.term")
        self._emit("Add", [value.name, other], Value(node["name"], value.axes))

    def _leaky_relu(self, node: Json) -> None:
        value = self._value(node["input"][0])
        alpha = float(node["attr"].get("alpha", {}).get("f", 0.2))
        self._emit("LeakyRelu", [value.name], Value(node["name"], value.axes), alpha=alpha)

    def _sigmoid(self, node: Json) -> None:
        value = self._value(node["input"][0])
        self._emit("Sigmoid", [value.name], Value(node["name"], value.axes))

    def _concat(self, node: Json) -> None:
        *parts, axis_name = node["input"]
        first = self._value(parts[0])
        axis = self._integers(axis_name)[0] % len(first.axes)
        names = [self._with_axes(self._value(part), first.axes) for part in parts]
        self._emit("Concat", names, Value(node["name"], first.axes), axis=first.axes[axis])

    def _split(self, node: Json) -> None:
        source, sizes, axis_name = node["input"]
        if source in self._constants:
            raise ConversionError(f"split of a constant at {node['name']}")
        value = self._value(source)
        axis = value.axes[self._integers(axis_name)[0] % len(value.axes)]
        lengths = self._initializer(f"{node['name']}.sizes", self._constant(sizes).astype(np.int64))
        outputs = [f"{node['name']}:{part}" for part in range(len(self._integers(sizes)))]
        self._nodes.append(helper.make_node("Split", [value.name, lengths], outputs, axis=axis))
        for output in outputs:
            self._values[output] = Value(output, value.axes)
        self._values[node["name"]] = self._values[outputs[0]]

    def _reshape(self, node: Json) -> None:
        plain = self._plain(self._value(node["input"][0]))
        shape = self._constant(node["input"][1]).astype(np.int64)
        name = self._initializer(f"{node['name']}.shape", shape)
        self._emit("Reshape", [plain, name], Value(node["name"], tuple(range(len(shape)))))

    def _resize(self, node: Json) -> None:
        attributes = node["attr"]
        if not attributes.get("half_pixel_centers", {}).get("b"):
            raise ConversionError(f"resize without half pixel centres at {node['name']}")
        source = self._as_channels_first(node["input"][0])
        size = self._constant(node["input"][1]).astype(np.int64)
        self._emit(
            "Resize",
            [source, "", "", self._initializer(f"{node['name']}.size", size)],
            Value(node["name"], CHANNELS_LAST),
            axes=[2, 3],
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )

    def _sparse_to_dense(self, node: Json) -> None:
        indices, shape, values, default = (self._constant(name) for name in node["input"])
        dense = np.full(tuple(int(size) for size in shape), default, values.dtype)
        dense[tuple(np.atleast_2d(indices).reshape(-1, dense.ndim).T)] = values
        self._constants[node["name"]] = dense

    # Looking things up

    def _value(self, name: str) -> Value:
        if name in self._constants:
            constant = self._constants[name]
            stored = self._initializer(name, constant)
            return Value(stored, tuple(range(constant.ndim)))
        return self._values[name]

    def _constant(self, name: str) -> Array:
        if name not in self._constants:
            raise ConversionError(f"{name} must be a constant")
        return self._constants[name]

    def _integers(self, name: str) -> list[int]:
        return [int(item) for item in np.atleast_1d(self._constant(name))]

    # Axes

    def _plain(self, value: Value) -> str:
        """Name of the tensor with its axes in TensorFlow's order."""
        return self._with_axes(value, tuple(range(len(value.axes))))

    def _as_channels_first(self, name: str) -> str:
        return self._with_axes(self._value(name), CHANNELS_LAST)

    def _with_axes(self, value: Value, axes: tuple[int, ...]) -> str:
        """Name of the tensor lying so that TensorFlow's axis i is its axis `axes[i]`."""
        if value.axes == axes:
            return value.name
        order = [value.axes[axes.index(position)] for position in range(len(axes))]
        name = f"{value.name}.t{''.join(map(str, order))}"
        if name not in self._transposed:
            self._nodes.append(helper.make_node("Transpose", [value.name], [name], perm=order))
            self._transposed.add(name)
        return name

    def _aligned(self, name: str, target: Value, constant_name: str) -> str:
        """Name of the second operand of an elementwise operation, laid out like `target`."""
        if name not in self._constants:
            return self._with_axes(self._value(name), target.axes)
        constant = self._constants[name]
        rank = len(target.axes)
        full = constant.reshape((1,) * (rank - constant.ndim) + constant.shape)
        return self._initializer(constant_name, np.transpose(full, np.argsort(target.axes)))

    # Writing

    def _emit(
        self, operation: str, inputs: Sequence[str], output: Value, **attributes: Any
    ) -> None:
        self._nodes.append(helper.make_node(operation, inputs, [output.name], **attributes))
        self._values[output.name] = output

    def _initializer(self, name: str, array: Array) -> str:
        tensor = numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)
        self._initializers[name] = tensor
        return name

    def _window_padding(
        self, node: Json, source: str, *, fill: float
    ) -> tuple[str, dict[str, Sequence[int] | str]]:
        """The input and padding attributes of a convolution or pooling window.

        An explicit Pad before it, with the value that the window pads with anyway, is taken over.
        """
        mode = base64.b64decode(node["attr"]["padding"]["s"]).decode()
        if mode == "SAME":
            return source, {"auto_pad": "SAME_UPPER"}
        if mode != "VALID":
            raise ConversionError(f"unknown padding {mode} at {node['name']}")
        padding = self._paddings.get(source)
        if (
            padding is None
            or padding.fill != fill
            or any(padding.onnx_pads[i] for i in (0, 1, 4, 5))
        ):
            return source, {}
        return padding.source, {"pads": [padding.onnx_pads[i] for i in (2, 3, 6, 7)]}


def _require_channels_last(node: Json) -> None:
    data_format = base64.b64decode(node["attr"]["data_format"]["s"]).decode()
    if data_format != "NHWC":
        raise ConversionError(f"{node['name']} is {data_format}, expected NHWC")


def _spatial(node: Json, attribute: str) -> list[int]:
    """Height and width of an NHWC attribute such as `strides`."""
    return [int(size) for size in node["attr"][attribute]["list"]["i"]][1:3]


def _without_dead(nodes: Sequence[onnx.NodeProto], outputs: set[str]) -> list[onnx.NodeProto]:
    """Only the nodes that the outputs need."""
    needed = set(outputs)
    kept: list[onnx.NodeProto] = []
    for node in reversed(nodes):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    return kept[::-1]
