"""NanoDet-g behind the `Detector` protocol: pre-processing, ONNX Runtime, box decoding, NMS.

The model file is made by `sigap.runtime.weights`; `pipeline.load_detector` calls this.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as errors

from sigap.vision.detections import Boxes, Detections, Image
from sigap.vision.street_class import DETECTED_CLASSES, KIND_OF_INDEX, StreetKind

STRIDES = (8, 16, 32)
DISTANCE_BINS = 11
"""Each side of a box is a distribution over 0..10 strides (generalised focal loss)."""

OUTPUTS = {
    "Identity": "scores_8",
    "Identity_1": "scores_16",
    "Identity_2": "scores_32",
    "Identity_3": "sides_8",
    "Identity_4": "sides_16",
    "Identity_5": "sides_32",
}
"""TensorFlow.js node → ONNX output: per stride (1, cells, 80) scores, (1, cells, 44) sides."""

LONGEST_SIDE = 480
"""The picture keeps its aspect. Squeezing 16:9 into the square that the network was published with
loses most large persons: of 93 pictures of one who is near, 11 score over 0.5; so 65 do."""

SCORE_FLOOR = 0.05
OVERLAP_LIMIT = 0.5
_KEPT = np.array([int(street_class) for street_class in DETECTED_CLASSES])
_KIND_NUMBER = np.zeros(max(_KEPT) + 1, np.int64)
for _index, _kind in KIND_OF_INDEX.items():
    _KIND_NUMBER[_index] = list(StreetKind).index(_kind)
_KEPT_KINDS = np.array([_KIND_NUMBER[index] for index in _KEPT])
_SAME_KIND = _KEPT_KINDS[:, np.newaxis] == _KEPT_KINDS
"""(6, 6) true where two kept classes are of one kind."""

_MEAN_BGR = (103.53, 116.28, 123.675)
_SCALE_BGR = np.array([1 / 57.375, 1 / 57.12, 1 / 58.395], np.float32).reshape(3, 1, 1)
_MEAN_COLUMN = np.array(_MEAN_BGR, np.float32).reshape(3, 1, 1)


_UNREADABLE = (
    errors.Fail,
    errors.InvalidArgument,
    errors.InvalidGraph,
    errors.InvalidProtobuf,
    errors.NotImplemented,
    errors.RuntimeException,
)


class ModelError(RuntimeError):
    """The model file is missing or is not the model that is expected."""


class NanoDet:
    """Restricted to the street classes. One object may serve many cameras from one thread."""

    def __init__(
        self, model_path: Path, *, threads: int = 1, score_floor: float = SCORE_FLOOR
    ) -> None:
        self._session = _open_session(model_path, threads)
        self._input = self._session.get_inputs()[0].name
        self._score_floor = score_floor
        self._cells: dict[tuple[int, int], list[NDArray[np.float32]]] = {}

    def detect(self, bgr: Image, /) -> Detections:
        height, width = bgr.shape[:2]
        size = input_size(width, height)
        outputs = self._session.run(list(OUTPUTS.values()), {self._input: _prepare(bgr, size)})
        cells = self._cells.setdefault(size, [_cell_centres(size, stride) for stride in STRIDES])
        levels = [
            self._decode(stride, cells[level], outputs[level][0], outputs[level + len(STRIDES)][0])
            for level, stride in enumerate(STRIDES)
        ]
        boxes = np.concatenate([level.boxes for level in levels])
        boxes *= np.array([width, height] * 2, np.float32) / np.array(size * 2, np.float32)
        found = Detections(
            boxes=_clipped(boxes, width, height),
            scores=np.concatenate([level.scores for level in levels]),
            classes=np.concatenate([level.classes for level in levels]),
        )
        return suppress_overlaps(found, limit=OVERLAP_LIMIT)

    def _decode(
        self,
        stride: int,
        cells: NDArray[np.float32],
        scores: NDArray[np.float32],
        sides: NDArray[np.float32],
    ) -> Detections:
        """Boxes of one stride in pixels of the model's input."""
        street = scores[:, _KEPT]
        likely = np.flatnonzero(street.max(axis=1) > self._score_floor)
        street = street[likely]
        named = street.argmax(axis=1)
        bins = np.exp(sides[likely].reshape(-1, 4, DISTANCE_BINS))
        distances = (bins / bins.sum(axis=2, keepdims=True)) @ np.arange(
            DISTANCE_BINS, dtype=np.float32
        )
        distances *= stride
        centres = cells[likely]
        return Detections(
            boxes=np.concatenate([centres - distances[:, :2], centres + distances[:, 2:]], axis=1),
            scores=kind_scores(street, named),
            classes=_KEPT[named],
        )


def kind_scores(street: NDArray[np.float32], named: NDArray[np.int64]) -> NDArray[np.float32]:
    """How likely each cell holds the kind of what it is named, whichever class of it.

    The network doubts between car, bus and truck, most of all where it looks down on them: .27, .27
    and .16 are .55 of a vehicle, not .27. A person is the only class of its kind.
    """
    doubt = np.where(_SAME_KIND[named], 1 - street, np.float32(1))
    return np.asarray(1 - doubt.prod(axis=1), np.float32)


def suppress_overlaps(found: Detections, *, limit: float) -> Detections:
    """Non-maximum suppression within each kind, so that a car is not also a truck.

    The result is sorted by score.
    """
    if len(found) == 0:
        return found
    corner_and_size = np.concatenate(
        [found.boxes[:, :2], found.boxes[:, 2:] - found.boxes[:, :2]], axis=1
    )
    kinds = _KIND_NUMBER[found.classes]
    kept = cv2.dnn.NMSBoxesBatched(
        corner_and_size.tolist(), found.scores.tolist(), kinds.tolist(), 0.0, limit
    )
    order = np.asarray(kept, np.int64).reshape(-1)
    order = order[np.argsort(-found.scores[order], kind="stable")]
    return Detections(found.boxes[order], found.scores[order], found.classes[order])


def _open_session(model_path: Path, threads: int) -> onnxruntime.InferenceSession:
    if not model_path.is_file():
        raise ModelError(f"no detector model at {model_path}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Some of the fp16 weights are denormal in float32; without this a picture costs 20 times more.
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    try:
        session = onnxruntime.InferenceSession(
            str(model_path), options, providers=["CPUExecutionProvider"]
        )
    except _UNREADABLE as error:
        raise ModelError(f"{model_path} is no ONNX model that can be run: {error}") from error
    names = {output.name for output in session.get_outputs()}
    if names != set(OUTPUTS.values()):
        raise ModelError(
            f"{model_path} is not NanoDet-g, the only detector that can be run so far: "
            f"its outputs are {', '.join(sorted(names))}"
        )
    return session


def input_size(width: int, height: int) -> tuple[int, int]:
    """Width and height for the network: the picture's aspect, in cells of the widest stride."""
    scale = LONGEST_SIDE / max(width, height)
    cell = STRIDES[-1]
    return (
        max(cell, round(width * scale / cell) * cell),
        max(cell, round(height * scale / cell) * cell),
    )


def _prepare(bgr: Image, size: tuple[int, int]) -> NDArray[np.float32]:
    """(1, 3, H, W), normalised as in training."""
    small = cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR)
    planes = small.transpose(2, 0, 1).astype(np.float32)
    planes -= _MEAN_COLUMN
    planes *= _SCALE_BGR
    return planes[np.newaxis]


def _cell_centres(size: tuple[int, int], stride: int) -> NDArray[np.float32]:
    """(cells, 2) x, y of the cells of one stride, in pixels of the model's input."""
    columns, rows = np.meshgrid(np.arange(size[0] // stride), np.arange(size[1] // stride))
    centres = (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) * stride
    return np.asarray(centres, np.float32)


def _clipped(boxes: Boxes, width: int, height: int) -> Boxes:
    limits = np.array([width, height, width, height], np.float32)
    return np.clip(boxes, np.float32(0), limits).astype(np.float32)
