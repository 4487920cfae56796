"""Turns any clip into H.264 without reordering, once, into a cache: what cannot be remuxed.

Used by the file source and by the simulator; never on a live camera's path.
"""

from __future__ import annotations

import hashlib
import os
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from sigap.node.errors import CameraError

REMUXABLE = frozenset({"h264", "hevc"})
KEY_INTERVAL_S = 2.0
CRF = "21"


def remuxable_copy(path: Path, cache: Path) -> Path:
    """The file itself if it can be recorded as it is, or an H.264 copy. Raises CameraError."""
    codec, _ = _examine(path)
    return path if codec in REMUXABLE else _converted(path, cache)


def camera_copy(path: Path, cache: Path, codecs: frozenset[str] = frozenset({"h264"})) -> Path:
    """The file itself if it is such as cameras send, without reordering, or a copy that is.

    Raises CameraError.
    """
    codec, reorders = _examine(path)
    return path if codec in codecs and not reorders else _converted(path, cache)


def _examine(path: Path) -> tuple[str, bool]:
    """(codec, whether pictures are reordered)"""
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise CameraError("file holds no video", misconfigured=True)
            context = container.streams.video[0].codec_context
            return context.name, context.has_b_frames
    except (av.FFmpegError, OSError) as error:
        raise CameraError(f"cannot read file: {error}", misconfigured=True) from error


def _converted(path: Path, cache: Path) -> Path:
    """A copy in `cache`, made once. Blocks while it converts."""
    stat = path.stat()
    identity = f"{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}"
    target = cache / f"{path.stem}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}.mp4"
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.part")
    try:
        _convert(path, partial)
        partial.replace(target)
    except av.FFmpegError as error:
        raise CameraError(f"cannot convert file: {error}", misconfigured=True) from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def add_h264_stream(
    sink: OutputContainer,
    *,
    rate: Fraction,
    size: tuple[int, int],
    key_interval_s: float = KEY_INTERVAL_S,
) -> VideoStream:
    """A stream such as street cameras send: no reordering, regular key frames."""
    gap = str(max(1, round(float(rate) * key_interval_s)))
    options = {"preset": "veryfast", "crf": CRF, "bf": "0", "g": gap, "sc_threshold": "0"}
    stream = sink.add_stream(_encoder(), rate=rate, options=options)
    stream.width, stream.height = (side - side % 2 for side in size)
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = 1 / rate
    return stream


def _encoder() -> Literal["libx264", "libopenh264"]:
    return "libx264" if "libx264" in av.codecs_available else "libopenh264"


def _convert(path: Path, target: Path) -> None:
    with av.open(str(path)) as source, av.open(str(target), "w", format="mp4") as sink:
        video = source.streams.video[0]
        context = video.codec_context
        rate = Fraction(video.average_rate or 25)
        output = add_h264_stream(sink, rate=rate, size=(context.width, context.height))
        for number, frame in enumerate(source.decode(video)):
            plain = frame.reformat(output.width, output.height, format="yuv420p")
            plain.pts, plain.time_base = number, 1 / rate
            sink.mux(output.encode(plain))
        sink.mux(output.encode(None))
