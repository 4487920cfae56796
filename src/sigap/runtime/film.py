"""Converts one video to what every browser plays and the node records without transcoding.

H.264 in MP4, a keyframe every 2 s, no B-frames, 4:2:0; rate and size stay. Called by `footage`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Literal

import av
from av.codec.codec import UnknownCodecError
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_KEYFRAME_EVERY_S = 2
_FALLBACK_RATE = Fraction(25)
_LONGEST_S = 300


class FilmError(Exception):
    """This video cannot be used; the text says why."""


@dataclass(frozen=True)
class Recipe:
    """`crop` is (x, y, width, height) in pixels; it begins at `first_frame` and goes round."""

    crop: tuple[int, int, int, int] | None = None
    first_frame: int = 0


def convert(source: Path, target: Path, recipe: Recipe) -> None:
    """Write the film whole or not at all. Raises FilmError."""
    fresh = target.with_suffix(".part")
    try:
        with av.open(str(source)) as container:
            rate = container.streams.video[0].average_rate or _FALLBACK_RATE
        frames = chain(
            islice(_frames(source), recipe.first_frame, None),
            islice(_frames(source), recipe.first_frame),
        )
        longest = islice(frames, int(_LONGEST_S * rate))
        encode(fresh, (_cropped(frame, recipe) for frame in longest), rate=rate)
    except (FFmpegError, IndexError, OSError) as error:
        fresh.unlink(missing_ok=True)
        raise FilmError(str(error) or type(error).__name__) from error
    fresh.replace(target)


def encode(target: Path, frames: Iterable[VideoFrame], *, rate: Fraction) -> None:
    """Encode frames of one size. Raises FilmError where there is none."""
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream: VideoStream | None = None
        for number, frame in enumerate(frames):
            if stream is None:
                stream = _add_stream(container, frame, rate)
            fitted = frame.reformat(stream.width, stream.height, "yuv420p")
            fitted.pts, fitted.time_base = number, 1 / Fraction(rate)
            container.mux(stream.encode(fitted))
        if stream is None:
            raise FilmError("it holds no picture")
        container.mux(stream.encode(None))


def _add_stream(container: OutputContainer, frame: VideoFrame, rate: Fraction) -> VideoStream:
    """A stream of the size of this frame, without the odd row or column that H.264 forbids."""
    stream = container.add_stream(encoder_name(), rate=rate, options=_options(rate))
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = frame.width & ~1, frame.height & ~1
    stream.pix_fmt = "yuv420p"
    stream.gop_size = round(_KEYFRAME_EVERY_S * rate)
    stream.max_b_frames = 0
    return stream


def encoder_name() -> Literal["libopenh264", "libx264"]:
    """OpenH264 (BSD) where this build of PyAV has it, else x264 (GPL), which the wheel carries."""
    if _has_encoder("libopenh264"):
        return "libopenh264"
    if _has_encoder("libx264"):
        return "libx264"
    raise FilmError("this build of PyAV has no H.264 encoder")


def _has_encoder(name: str) -> bool:
    try:
        av.Codec(name, "w")
    except UnknownCodecError:
        return False
    return True


def _options(rate: Fraction) -> dict[str, str]:
    if encoder_name() == "libopenh264":
        return {"rc_mode": "quality"}
    keyframes = str(round(_KEYFRAME_EVERY_S * rate))
    fixed = f"keyint={keyframes}:min-keyint={keyframes}:scenecut=0"
    return {"preset": "veryfast", "crf": "23", "bf": "0", "x264-params": fixed}


def _frames(source: Path) -> Iterator[VideoFrame]:
    with av.open(str(source)) as container:
        yield from container.decode(video=0)


def _cropped(frame: VideoFrame, recipe: Recipe) -> VideoFrame:
    if recipe.crop is None:
        return frame
    x, y, width, height = recipe.crop
    picture = frame.to_ndarray(format="rgb24")
    return VideoFrame.from_ndarray(picture[y : y + height, x : x + width].copy(), format="rgb24")
