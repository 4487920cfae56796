"""A decoded frame as analysis may see it: privacy masks are black before anything looks.

Colour is made only when the detector asks for it. Called by `lane`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from sigap.node.decode import KeyDecoder
from sigap.node.frames import Codec
from sigap.node.uplink.contract import Point
from sigap.vision.detections import Image

PLANAR = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "nv12", "gray"})


class SeenPicture:
    """A `vision` Picture. `luma` is made at once, `bgr` on demand and then kept."""

    def __init__(self, frame: VideoFrame, masks: Sequence[Sequence[Point]]) -> None:
        self._frame = frame if frame.format.name in PLANAR else frame.reformat(format="yuv420p")
        self._masks = masks
        self.luma = self._masked(_luma(self._frame))

    def bgr(self) -> Image:
        return self._bgr

    @cached_property
    def _bgr(self) -> Image:
        frame = self._frame
        colour = _colours(frame.width, frame.height, frame.format.name).reformat(
            frame, format="bgr24"
        )
        return self._masked(colour.to_ndarray().astype(np.uint8, copy=False))

    def _masked(self, image: Image) -> Image:
        if not self._masks:
            return image
        height, width = image.shape[:2]
        image = image.copy()
        for mask in self._masks:
            if len(mask) >= 3:
                corners = np.array([[x * width, y * height] for x, y in mask], np.int32)
                cv2.fillPoly(image, [corners], (0, 0, 0))
        return image


@lru_cache(maxsize=16)
def _colours(width: int, height: int, format_name: str) -> VideoReformatter:
    """Kept by what it converts: to set one up costs as much as to convert a small picture."""
    return VideoReformatter()


@lru_cache(maxsize=8)
def peek_decoder(codec: Codec, decoder_record: bytes) -> KeyDecoder:
    """Cameras of one make share it: a decoder of their own would hold several pictures each."""
    return KeyDecoder(codec, decoder_record)


def peeked_luma(frame: VideoFrame, masks: Sequence[Sequence[Point]]) -> Image:
    """The brightness of a picture that is only compared: not copied where nothing is masked."""
    if masks or frame.format.name not in PLANAR:
        return SeenPicture(frame, masks).luma
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


def _luma(frame: VideoFrame) -> Image:
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return np.ascontiguousarray(rows[:, : plane.width])
