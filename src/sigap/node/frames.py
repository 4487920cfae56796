"""The packet as it flows through the node: from a source, through the timeline, to every sink.

An `AccessUnit` is one coded picture as a source delivers it; a `Frame` is the same picture on the
camera's own gap-free clock. Payloads are NAL units, each preceded by its length in 4 bytes (as MP4
stores them), so that no sink has to touch the bits. Sound is `AudioUnit`, then `AudioFrame`.
Nobody changes one; the four that are made at every packet are not `frozen`, for that costs more
than all else that is done to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import TypeAlias

CLOCK_HZ = 90_000
"""Ticks a second of every media time in the node (that of RTP video)."""


class Codec(StrEnum):
    """Value = the name PyAV knows the decoder by."""

    H264 = "h264"
    H265 = "hevc"
    VP9 = "vp9"


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """Everything a decoder needs to know before the first picture.

    All pictures of a stream share one, so that comparing two is nearly always `is`.

    `decoder_record`: the AVCDecoderConfigurationRecord (ISO 14496-15) or its HEVC counterpart.
    `reorder_frames`: pictures that may be shown later than a picture decoded after them; None when
    the camera does not say.
    """

    codec: Codec
    width: int
    height: int
    codec_string: str
    decoder_record: bytes
    reorder_frames: int | None = None

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, VideoFormat):
            return NotImplemented
        return astuple(self) == astuple(other)

    def __hash__(self) -> int:
        return hash(astuple(self))


class AudioCodec(StrEnum):
    """Value = the name PyAV knows the decoder by."""

    AAC = "aac"
    PCMA = "pcm_alaw"
    PCMU = "pcm_mulaw"


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """`config`: the AudioSpecificConfig (ISO 14496-3) of AAC; empty for G.711."""

    codec: AudioCodec
    rate_hz: int
    channels: int
    config: bytes = b""


@dataclass(slots=True)
class AccessUnit:
    """One coded picture. `pts`, `dts`: ticks of the source's clock; may wrap at 2**32 and jump.

    `dts` is None where the source does not know it (RTP). `received_at`: wall clock (Unix seconds)
    at which the first packet of the picture came in.
    """

    payload: bytes
    key: bool
    pts: int
    dts: int | None
    received_at: float
    format: VideoFormat


@dataclass(slots=True)
class AudioUnit:
    """One coded piece of sound. `pts`, `duration`: ticks of `format.rate_hz`; `pts` may wrap."""

    payload: bytes
    pts: int
    duration: int
    received_at: float
    format: AudioFormat


AccessUnitSink: TypeAlias = Callable[[AccessUnit], None]
AudioUnitSink: TypeAlias = Callable[[AudioUnit], None]


@dataclass(slots=True)
class Frame:
    """One coded picture on the camera's timeline: `dts` strictly grows while the node lives."""

    payload: bytes
    key: bool
    dts: int
    pts: int
    received_at: float
    format: VideoFormat


@dataclass(slots=True)
class AudioFrame:
    """One coded piece of sound on the camera's timeline: `dts`, `duration` in ticks of 90 kHz."""

    payload: bytes
    dts: int
    duration: int
    format: AudioFormat
