"""A film with the privacy masks burnt in: decoded, blackened, encoded anew. Blocks.

VP9 in MP4: the one encoder at hand that is not GPL and whose films play in every browser and VLC.
Sound is left out: a voice is as private as a face.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

import av
from av.packet import Packet
from av.video.stream import VideoStream

from sigap.node.errors import MaskingFailed
from sigap.node.frames import CLOCK_HZ
from sigap.node.media.burn import ENCODER, MaskedEncoder, Masks

if TYPE_CHECKING:
    from sigap.node.evidence.cut import Progress

VideoPacket: TypeAlias = "Packet[VideoStream]"
FPS = 25.0
"""Where the film does not say."""


def mask_film(source: Path, target: Path, masks: Masks, progress: Progress) -> None:
    """Raises MaskingFailed, or whatever `progress` raises. `target` is whole or absent."""
    partial = target.with_suffix(".part.mp4")
    try:
        _mask(source, partial, masks, progress)
        partial.replace(target)
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        raise MaskingFailed(f"the film cannot be masked: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _mask(source: Path, partial: Path, masks: Masks, progress: Progress) -> None:
    options = {"movflags": "+faststart"}
    with av.open(str(source)) as film, av.open(str(partial), "w", "mp4", options=options) as sink:
        video = film.streams.video[0]
        fps = float(video.average_rate or FPS)
        size = video.width, video.height
        encoder = MaskedEncoder(masks, source_size=size, fps=fps, largest=size)
        stream = sink.add_stream(ENCODER, rate=Fraction(fps).limit_denominator(1000))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = encoder.size
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, CLOCK_HZ)
        for packet in film.demux(video):
            for frame in packet.decode():
                assert frame.pts is not None
                assert frame.time_base is not None
                pts = round(frame.pts * frame.time_base * CLOCK_HZ)
                for coded in encoder.encode(frame, pts):
                    sink.mux(_packet(coded.payload, coded.pts, key=coded.key, stream=stream))
            progress(packet.size)
        for coded in encoder.flush():
            sink.mux(_packet(coded.payload, coded.pts, key=coded.key, stream=stream))


def _packet(payload: bytes, pts: int, *, key: bool, stream: VideoStream) -> VideoPacket:
    packet = cast("VideoPacket", Packet(payload))
    packet.pts = packet.dts = pts
    packet.time_base = Fraction(1, CLOCK_HZ)
    packet.is_keyframe = key
    packet.stream = stream
    return packet
