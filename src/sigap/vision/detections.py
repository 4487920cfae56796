"""What a detector says about one picture. Made by detectors; read by tracker and evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sigap.vision.street_class import StreetClass

Image: TypeAlias = NDArray[np.uint8]
"""(H, W) luma or (H, W, 3) BGR."""

Boxes: TypeAlias = NDArray[np.float32]
"""(N, 4): x0, y0, x1, y1 in pixels, x to the right and y down."""


@dataclass(frozen=True, slots=True)
class Detections:
    """Boxes of one picture in pixels of that picture, best score first."""

    boxes: Boxes
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes.shape != (count, 4) or self.classes.shape != (count,):
            raise ValueError("boxes, scores and classes differ in length")

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def empty(cls) -> Detections:
        return cls(
            boxes=np.zeros((0, 4), np.float32),
            scores=np.zeros(0, np.float32),
            classes=np.zeros(0, np.int64),
        )

    @classmethod
    def of(cls, rows: Sequence[tuple[Sequence[float], float, StreetClass]]) -> Detections:
        """From (box, score, class) rows; for adapters and tests."""
        if not rows:
            return cls.empty()
        ordered = sorted(rows, key=lambda row: -row[1])
        return cls(
            boxes=np.array([row[0] for row in ordered], np.float32).reshape(-1, 4),
            scores=np.array([row[1] for row in ordered], np.float32),
            classes=np.array([int(row[2]) for row in ordered], np.int64),
        )

    def where(self, keep: NDArray[np.bool_]) -> Detections:
        """The rows for which `keep` (N,) is true."""
        return Detections(self.boxes[keep], self.scores[keep], self.classes[keep])


class Detector(Protocol):
    """Finds street classes in one BGR picture, down to low scores (about 0.1).

    Low scores are wanted: the tracker's second stage uses them to hold a track through occlusion.
    """

    def detect(self, bgr: Image, /) -> Detections: ...


class Picture(Protocol):
    """A decoded picture whose colour is made only when a detector asks for it."""

    @property
    def luma(self) -> Image:
        """(H, W) brightness plane; cheap."""
        ...

    def bgr(self) -> Image:
        """(H, W, 3) BGR; may cost a colour conversion."""
        ...


Frame: TypeAlias = "Image | Picture"


@dataclass(frozen=True, slots=True)
class LazyPicture:
    """A `Picture` of a luma plane and a function that makes the BGR picture."""

    luma: Image
    make_bgr: Callable[[], Image]

    def bgr(self) -> Image:
        return self.make_bgr()
