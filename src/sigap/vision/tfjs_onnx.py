"""Turns a TensorFlow.js graph model (topology JSON + weight bytes) into ONNX. Pure: no files.

Called by `sigap.runtime.weights`. Knows only the operations of the detectors that Sigap ships.
How single operations are translated stands in `tfjs_operations`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
import onnx
from onnx import helper, numpy_helper

from sigap.vision.tfjs_operations import Array, ConversionError, GraphWriter, Json

__all__ = ["ConversionError", "convert_graph", "free_picture_size", "read_weights"]

OPSET = 18


def read_weights(manifest: Sequence[Json], data: bytes) -> dict[str, Array]:
    """Weights by name from a `weightsManifest` and the joined bytes of its files.

    Quantised weights come back as float32. Raises ConversionError if the bytes do not fit.
    """
    weights: dict[str, Array] = {}
    offset = 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        shape = tuple(int(size) for size in entry["shape"])
        quantization = entry.get("quantization")
        dtype = np.dtype(quantization["dtype"] if quantization else entry["dtype"])
        end = offset + prod(shape) * dtype.itemsize
        if end > len(data):
            raise ConversionError(f"weight file ends inside {entry['name']}")
        raw = np.frombuffer(data[offset:end], dtype).reshape(shape)
        weights[entry["name"]] = _dequantised(raw, quantization)
        offset = end
    if offset != len(data):
        raise ConversionError(f"weight file has {len(data) - offset} bytes too many")
    return weights


def _dequantised(raw: Array, quantization: Json | None) -> Array:
    if quantization is None:
        return raw
    if quantization["dtype"] == "float16":
        return raw.astype(np.float32)
    scaled: Array = raw.astype(np.float32) * quantization["scale"] + quantization["min"]
    return scaled.astype(np.float32)


def convert_graph(
    topology: Json, weights: Mapping[str, Array], *, outputs: Mapping[str, str], name: str
) -> onnx.ModelProto:
    """The checked ONNX model of a TensorFlow.js `modelTopology`.

    `outputs`: TensorFlow node → name of the ONNX output, in the order wanted.
    """
    writer = GraphWriter(weights)
    for node in _in_order(topology["node"], list(outputs)):
        writer.add(node)
    model = helper.make_model(
        writer.graph(name=name, outputs=outputs),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="sigap",
    )
    model.ir_version = 9
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    _write_sizes_as_factors(model)
    onnx.checker.check_model(model, full_check=True)
    return model


def _in_order(nodes: Sequence[Json], outputs: Sequence[str]) -> list[Json]:
    """The nodes that the outputs need, each after its inputs."""
    by_name = {node["name"]: node for node in nodes}
    ordered: dict[str, Json] = {}
    pending = [(output, False) for output in reversed(outputs)]
    while pending:
        name, inputs_done = pending.pop()
        if name in ordered:
            continue
        node = by_name.get(name)
        if node is None:
            raise ConversionError(f"graph refers to a missing node {name!r}")
        if inputs_done:
            ordered[name] = node
            continue
        pending.append((name, True))
        pending.extend((source.split(":")[0], False) for source in node.get("input", []))
    return list(ordered.values())


def free_picture_size(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same fully convolutional network for pictures (N, C, H, W) of any height and width.

    They must be multiples of the network's largest stride.
    """
    free = onnx.ModelProto()
    free.CopyFrom(model)
    del free.graph.value_info[:]
    picture = free.graph.input[0].type.tensor_type.shape
    picture.dim[2].dim_param, picture.dim[3].dim_param = "height", "width"
    for output in free.graph.output:
        output.type.tensor_type.ClearField("shape")
    free = onnx.shape_inference.infer_shapes(free, strict_mode=True)
    onnx.checker.check_model(free, full_check=True)
    return free


def _write_sizes_as_factors(model: onnx.ModelProto) -> None:
    """Resize by a factor instead of to a size: it then holds for any picture.

    It also keeps clear of ONNX Runtime 1.32, which loses `sizes` with `axes` beside a Transpose.
    """
    infos = [*model.graph.value_info, *model.graph.input]
    shapes = {info.name: _shape(info) for info in infos}
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type != "Resize":
            continue
        source, _, _, size = node.input
        wanted = numpy_helper.to_array(constants[size])
        factors = np.ones(4, np.float32)
        factors[2:] = wanted / np.array(shapes[source][2:])
        constants[size].CopyFrom(numpy_helper.from_array(factors, size))
        del node.input[:]
        node.input.extend([source, "", size])
        axes = next(attribute for attribute in node.attribute if attribute.name == "axes")
        node.attribute.remove(axes)


def _shape(info: onnx.ValueInfoProto) -> list[int]:
    return [dim.dim_value for dim in info.type.tensor_type.shape.dim]
