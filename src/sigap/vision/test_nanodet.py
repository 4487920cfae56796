"""Scores of the detector's classes, and files that are no detector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from sigap.vision.nanodet import ModelError, NanoDet, kind_scores
from sigap.vision.street_class import DETECTED_CLASSES, StreetClass


def _row(**scores: float) -> list[float]:
    return [scores.get(street_class.label, 0.0) for street_class in DETECTED_CLASSES]


def test_doubt_between_classes_of_one_kind_is_no_doubt_about_the_kind() -> None:
    street = np.array(
        [
            _row(car=0.3, bus=0.2, truck=0.1, person=0.25),
            _row(person=0.6, bicycle=0.5),
            _row(bicycle=0.4, motorcycle=0.5, car=0.3),
        ],
        np.float32,
    )
    order = list(DETECTED_CLASSES)
    named = np.array(
        [
            order.index(StreetClass.CAR),
            order.index(StreetClass.PERSON),
            order.index(StreetClass.MOTORCYCLE),
        ]
    )

    assert kind_scores(street, named) == pytest.approx([1 - 0.7 * 0.8 * 0.9, 0.6, 1 - 0.6 * 0.5])


def test_a_file_that_is_no_model_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "detector.onnx"
    path.write_bytes(b"no model")

    with pytest.raises(ModelError, match="no ONNX model that can be run"):
        NanoDet(path)


def test_another_detector_is_refused_by_its_outputs(tmp_path: Path) -> None:
    path = tmp_path / "yolox.onnx"
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 85, 4])
    found = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 4, 85])
    turn = helper.make_node("Transpose", ["images"], ["output"], perm=[0, 2, 1])
    graph = helper.make_graph([turn], "yolox", [image], [found])
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)

    with pytest.raises(ModelError, match=r"is not NanoDet-g, .* its outputs are output"):
        NanoDet(path)
