"""Reads clips from files with PyAV: the only place in `vision` that touches a video file.

Used by `evaluate`. The camera node has its own receiver.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import numpy as np

from sigap.vision.detections import Image


class ClipError(ValueError):
    """The file cannot be read as video."""


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """`index` counts decoded pictures from 0; `at_s` starts near 0."""

    index: int
    at_s: float
    bgr: Image


@dataclass(frozen=True, slots=True)
class Clip:
    """A video file. `rate_fps` is what the file claims."""

    path: Path
    frame_size: tuple[int, int]
    rate_fps: float

    def frames(self) -> Iterator[ClipFrame]:
        """Decode from the beginning; a truncated file ends early without an error.

        Raises ClipError where not one picture can be decoded.
        """
        index = -1
        try:
            with av.open(str(self.path)) as container:
                for index, frame in enumerate(container.decode(video=0)):
                    at_s = index / self.rate_fps if frame.time is None else frame.time
                    bgr = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
                    yield ClipFrame(index, at_s, bgr)
        except av.error.FFmpegError as error:
            if index < 0:
                raise ClipError(f"{self.path} cannot be decoded: {error.strerror}") from error
        if index < 0:
            raise ClipError(f"{self.path} holds no picture")


def open_clip(path: Path) -> Clip:
    """Look at the file's header. Raises ClipError where there is no video in it."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise ClipError(f"{path} holds no video")
            stream = container.streams.video[0]
            if not stream.width or not stream.height:
                raise ClipError(f"{path} holds no picture")
            rate = stream.average_rate or stream.guessed_rate
            return Clip(path, (stream.width, stream.height), float(rate or 25))
    except (av.error.FFmpegError, OSError) as error:
        raise ClipError(f"{path} cannot be read: {error.strerror}") from error
