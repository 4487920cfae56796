"""The converter on tiny hand-made graphs, against the same arithmetic done in numpy."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from sigap.vision.tfjs_onnx import (
    ConversionError,
    convert_graph,
    free_picture_size,
    read_weights,
)

Array = NDArray[Any]


def _text(value: str) -> dict[str, str]:
    return {"s": base64.b64encode(value.encode()).decode()}


def _node(name: str, op: str, inputs: Sequence[str] = (), **attr: object) -> dict[str, object]:
    return {"name": name, "op": op, "input": list(inputs), "attr": attr}


def _picture(name: str, *shape: int) -> dict[str, object]:
    dims = [{"size": str(size)} for size in shape]
    return _node(name, "Placeholder", shape={"shape": {"dim": dims}})


def _window(**more: object) -> dict[str, object]:
    ones = {"list": {"i": ["1", "1", "1", "1"]}}
    standard: dict[str, object] = {
        "padding": _text("VALID"),
        "data_format": _text("NHWC"),
        "strides": ones,
        "dilations": ones,
    }
    return standard | more


def _graph(
    nodes: Sequence[dict[str, object]], weights: Mapping[str, Array], outputs: Mapping[str, str]
) -> onnx.ModelProto:
    constants = [_node(name, "Const") for name in weights]
    return convert_graph({"node": [*constants, *nodes]}, weights, outputs=outputs, name="tiny")


def _run(model: onnx.ModelProto, **inputs: Array) -> list[Array]:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return [np.asarray(output) for output in session.run(None, inputs)]


def _operations(model: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node if node.op_type != "Identity"]


def _small_network(rng: np.random.Generator) -> tuple[onnx.ModelProto, dict[str, Array]]:
    """NCHW picture → Pad → NHWC convolution → bias → NCHW → LeakyRelu."""
    weights: dict[str, Array] = {
        "pads": np.array([[0, 0], [0, 0], [1, 1], [1, 1]], np.int32),
        "to_last": np.array([0, 2, 3, 1], np.int32),
        "to_first": np.array([0, 3, 1, 2], np.int32),
        "kernel": rng.normal(size=(3, 3, 2, 4)).astype(np.float32),
        "bias": rng.normal(size=4).astype(np.float32),
    }
    nodes = [
        _picture("picture", 1, 2, 6, 8),
        _node("pad", "Pad", ["picture", "pads"]),
        _node("last", "Transpose", ["pad", "to_last"]),
        _node("conv", "Conv2D", ["last", "kernel"], **_window()),
        _node("sum", "Add", ["conv", "bias"]),
        _node("first", "Transpose", ["sum", "to_first"]),
        _node("out", "LeakyRelu", ["first"], alpha={"f": 0.1}),
    ]
    return _graph(nodes, weights, {"out": "result"}), weights


def test_a_convolution_needs_no_transpose_and_takes_over_its_padding() -> None:
    rng = np.random.default_rng(1)
    model, weights = _small_network(rng)
    picture = rng.normal(size=(1, 2, 6, 8)).astype(np.float32)

    (result,) = _run(model, picture=picture)

    padded = np.pad(picture, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    linear = np.einsum("bihwyx,yxio->bohw", windows, weights["kernel"])
    linear += weights["bias"].reshape(1, 4, 1, 1)
    np.testing.assert_allclose(result, np.where(linear > 0, linear, 0.1 * linear), rtol=1e-4)
    assert _operations(model) == ["Conv", "Add", "LeakyRelu"]


def test_a_freed_network_takes_another_picture_size() -> None:
    weights: dict[str, Array] = {
        "size": np.array([2, 2], np.int32),
        "perm": np.array([0, 2, 3, 1], np.int32),
    }
    nodes = [
        _picture("picture", 1, 1, 4, 4),
        _node("last", "Transpose", ["picture", "perm"]),
        _node("out", "ResizeBilinear", ["last", "size"], half_pixel_centers={"b": True}),
    ]
    model = free_picture_size(_graph(nodes, weights, {"out": "result"}))

    (result,) = _run(model, picture=np.arange(32, dtype=np.float32).reshape(1, 1, 4, 8))

    np.testing.assert_allclose(
        result[0, :, :, 0], [[4.5, 6.5, 8.5, 10.5], [20.5, 22.5, 24.5, 26.5]]
    )


def test_resize_keeps_half_pixel_centres() -> None:
    weights: dict[str, Array] = {"size": np.array([2, 2], np.int32)}
    nodes = [
        _picture("picture", 1, 4, 4, 1),
        _node("small", "ResizeBilinear", ["picture", "size"], half_pixel_centers={"b": True}),
        _node("out", "Sigmoid", ["small"]),
    ]
    model = _graph(nodes, weights, {"out": "result"})

    (result,) = _run(model, picture=np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1))

    blocks = np.array([[2.5, 4.5], [10.5, 12.5]])
    np.testing.assert_allclose(result[0, :, :, 0], 1 / (1 + np.exp(-blocks)), rtol=1e-5)


def test_split_concat_and_reshape_follow_tensorflow_axes() -> None:
    weights: dict[str, Array] = {
        "perm": np.array([0, 2, 3, 1], np.int32),
        "sizes": np.array([1, 2], np.int32),
        "axis": np.array(-1, np.int32),
        "base": np.array([1, 12], np.int32),
        "indices": np.zeros((0, 1), np.int32),
        "count": np.array([2], np.int32),
        "values": np.zeros(0, np.int32),
        "zero": np.array(0, np.int32),
    }
    nodes = [
        _picture("picture", 1, 3, 2, 2),
        _node("last", "Transpose", ["picture", "perm"]),
        _node("parts", "SplitV", ["last", "sizes", "axis"]),
        _node("swapped", "ConcatV2", ["parts:1", "parts", "axis"]),
        _node("zeros", "SparseToDense", ["indices", "count", "values", "zero"]),
        _node("shape", "AddV2", ["base", "zeros"]),
        _node("out", "Reshape", ["swapped", "shape"]),
    ]
    model = _graph(nodes, weights, {"out": "result"})
    picture = np.arange(12, dtype=np.float32).reshape(1, 3, 2, 2)

    (result,) = _run(model, picture=picture)

    expected = picture.transpose(0, 2, 3, 1)[..., [1, 2, 0]].reshape(1, 12)
    np.testing.assert_array_equal(result, expected)


def test_pooling_takes_over_a_padding_with_minus_infinity() -> None:
    weights: dict[str, Array] = {
        "pads": np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32),
        "least": np.array(-np.inf, np.float32),
    }
    two = {"list": {"i": ["1", "2", "2", "1"]}}
    three = {"list": {"i": ["1", "3", "3", "1"]}}
    nodes = [
        _picture("picture", 1, 4, 4, 1),
        _node("pad", "PadV2", ["picture", "pads", "least"]),
        _node("out", "MaxPool", ["pad"], **_window(strides=two, ksize=three)),
    ]
    model = _graph(nodes, weights, {"out": "result"})

    (result,) = _run(model, picture=-np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1))

    np.testing.assert_array_equal(result[0, :, :, 0], [[0, -1], [-4, -5]])
    # The padding was made in TensorFlow's order of axes, before the picture was turned.
    assert _operations(model)[-2:] == ["MaxPool", "Transpose"]


def test_quantised_weights_become_float32() -> None:
    halves = np.array([1.5, -2.0], np.float16)
    bytes_ = np.array([0, 255], np.uint8)
    manifest = [
        {
            "weights": [
                {
                    "name": "halves",
                    "shape": [2],
                    "dtype": "float32",
                    "quantization": {"dtype": "float16"},
                },
                {
                    "name": "bytes",
                    "shape": [2, 1],
                    "dtype": "float32",
                    "quantization": {"dtype": "uint8", "scale": 0.1, "min": -1.0},
                },
                {"name": "scalar", "shape": [], "dtype": "int32"},
            ]
        }
    ]
    data = halves.tobytes() + bytes_.tobytes() + np.array(7, np.int32).tobytes()

    weights = read_weights(manifest, data)

    assert weights["halves"].dtype == np.float32
    np.testing.assert_array_equal(weights["halves"], [1.5, -2.0])
    np.testing.assert_allclose(weights["bytes"], [[-1.0], [24.5]], rtol=1e-6)
    assert int(weights["scalar"]) == 7


@pytest.mark.parametrize("change", [-1, 1])
def test_weights_of_the_wrong_length_are_refused(change: int) -> None:
    manifest = [{"weights": [{"name": "a", "shape": [2], "dtype": "float32"}]}]
    with pytest.raises(ConversionError):
        read_weights(manifest, bytes(8 + change))


def test_an_unknown_operation_is_named() -> None:
    with pytest.raises(ConversionError, match="Softplus at odd"):
        _graph([_picture("picture", 1), _node("odd", "Softplus", ["picture"])], {}, {"odd": "out"})


def test_a_missing_input_is_named() -> None:
    with pytest.raises(ConversionError, match="nowhere"):
        _graph([_node("out", "Sigmoid", ["nowhere"])], {}, {"out": "result"})
