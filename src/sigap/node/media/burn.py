"""Burns privacy masks into pictures and encodes them anew, with an encoder that is not GPL.

Called by the masked feeds, the masked films and masked evidence. Blocking: runs in threads. Raises
`MaskingFailed` rather than give out a picture that could not be masked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from sigap.node.errors import MaskingFailed
from sigap.node.frames import CLOCK_HZ, Codec, VideoFormat

Masks = Sequence[Sequence[tuple[float, float]]]
"""Polygons; x and y are 0..1 of the picture."""
LARGEST = (1280, 720)
BLACK, GREY = 16, 128
"""Luma and chroma of black in limited range."""
ENCODER = "libvpx-vp9"
KEY_INTERVAL_S = 2.0
BITS_PER_PIXEL = 0.12
_OPTIONS = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}
_LEVEL, _EIGHT_BITS_420 = 31, 0x82
_Plane = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """`pts`: ticks of 90 kHz, as they were given."""

    payload: bytes
    key: bool
    pts: int


def fitted_size(width: int, height: int, largest: tuple[int, int] = LARGEST) -> tuple[int, int]:
    """The picture's size scaled down, never up, into `largest`; even sides."""
    scale = min(1.0, largest[0] / width, largest[1] / height)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def burn_masks(
    frame: VideoFrame, masks: Masks, *, size: tuple[int, int] | None = None
) -> VideoFrame:
    """A copy in yuv420p without a time, with the masks black, scaled to `size`. The frame itself is
    not touched.

    Raises MaskingFailed.
    """
    try:
        width, height = size or (frame.width, frame.height)
        plain = frame.reformat(width, height, format="yuv420p")
        picture = np.asarray(plain.to_ndarray(format="yuv420p"), dtype=np.uint8)
        _paint(picture, width, height, _frozen(masks))
        burnt = VideoFrame.from_ndarray(picture, format="yuv420p")
    except (av.FFmpegError, ValueError, cv2.error) as error:
        raise MaskingFailed(f"the privacy masks cannot be burnt in: {error}") from error
    return burnt


class MaskedEncoder:
    """Burns and encodes one stream, one thread. VP9 in real time, no picture is held back."""

    def __init__(
        self,
        masks: Masks,
        *,
        source_size: tuple[int, int],
        fps: float,
        largest: tuple[int, int] = LARGEST,
    ) -> None:
        """`fps` steers bit rate and key frames only; pictures may come at any time."""
        self._masks = _frozen(masks)
        width, height = self.size = fitted_size(*source_size, largest)
        self.format = vp9_format(width, height)
        context = av.CodecContext.create(ENCODER, "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = Fraction(1, CLOCK_HZ)
        context.framerate = Fraction(fps).limit_denominator(1000)
        context.bit_rate = int(width * height * fps * BITS_PER_PIXEL)
        context.gop_size = max(1, round(fps * KEY_INTERVAL_S))
        context.thread_count = 1
        context.options = _OPTIONS
        self._context = context
        self._last_pts = -1

    def encode(self, frame: VideoFrame, pts: int, *, key: bool = False) -> list[EncodedPicture]:
        """What became ready; `pts` in ticks of 90 kHz must grow. Raises MaskingFailed."""
        if pts <= self._last_pts:
            return []
        self._last_pts = pts
        burnt = burn_masks(frame, self._masks, size=self.size)
        burnt.pts, burnt.time_base = pts, Fraction(1, CLOCK_HZ)
        if key:
            burnt.pict_type = PictureType.I
        return list(self._drain(burnt))

    def flush(self) -> list[EncodedPicture]:
        return list(self._drain(None))

    def _drain(self, frame: VideoFrame | None) -> Iterator[EncodedPicture]:
        try:
            for packet in self._context.encode(frame):
                yield EncodedPicture(bytes(packet), packet.is_keyframe, int(packet.pts or 0))
        except av.FFmpegError as error:
            raise MaskingFailed(f"the masked picture cannot be encoded: {error}") from error


def vp9_format(width: int, height: int) -> VideoFormat:
    """Profile 0, 8 bits, 4:2:0, BT.709; the record is the body of `vpcC` (VP9 in ISO BMFF)."""
    record = struct.pack(">IBBBBBBH", 1 << 24, 0, _LEVEL, _EIGHT_BITS_420, 1, 1, 1, 0)
    return VideoFormat(Codec.VP9, width, height, f"vp09.00.{_LEVEL}.08", record, 0)


def _frozen(masks: Masks) -> tuple[tuple[tuple[float, float], ...], ...]:
    return tuple(tuple((float(x), float(y)) for x, y in mask) for mask in masks)


def _paint(
    picture: _Plane, width: int, height: int, masks: tuple[tuple[tuple[float, float], ...], ...]
) -> None:
    """`picture`: the three planes below each other, (height · 3/2, width)."""
    luma, chroma = _stencils(width, height, masks)
    picture[:height][luma] = BLACK
    flat = picture.reshape(-1)
    size, quarter = width * height, (width // 2) * (height // 2)
    for begin in (size, size + quarter):
        plane = flat[begin : begin + quarter].reshape(height // 2, width // 2)
        plane[chroma] = GREY


@lru_cache(maxsize=64)
def _stencils(
    width: int, height: int, masks: tuple[tuple[tuple[float, float], ...], ...]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Where the masks lie, for luma and for chroma at half the size (one pixel wider)."""
    whole = np.zeros((height, width), np.uint8)
    for mask in masks:
        corners = np.array([[x * width, y * height] for x, y in mask], np.float64)
        cv2.fillPoly(whole, [np.rint(corners).astype(np.int32)], (1,))
    half = whole.reshape(height // 2, 2, width // 2, 2).max(axis=(1, 3))
    return whole.astype(bool), cv2.dilate(half, np.ones((3, 3), np.uint8)).astype(bool)
