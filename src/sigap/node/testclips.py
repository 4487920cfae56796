"""Rendered clips for the tests of receiving: H.264 and H.265 of any size, with sound or without."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

FPS = 10
HEARD_HZ = 440


@dataclass(frozen=True, slots=True)
class Look:
    """`sound`: an encoder of FFmpeg, None for none; G.711 needs a `.mov` file.

    `more`: options for the encoder of the picture, as `bf=3:slices=4`.
    """

    size: tuple[int, int] = (320, 240)
    encoder: str = "libx264"
    sound: str | None = None
    sound_hz: int = 16_000
    more: str = ""


def render(path: Path, look: Look, *, seconds: float = 4) -> Path:
    """A square that walks over noise, a key frame a second; a tone."""
    with av.open(str(path), "w") as sink:
        rate = Fraction(FPS)
        options = {"bf": "0", "g": str(FPS), "preset": "ultrafast"}
        if look.encoder == "libx265":
            options = {"x265-params": f"log-level=none:keyint={FPS}:bframes=0:scenecut=0"}
        options |= dict(pair.split("=") for pair in look.more.split(":") if pair)
        stream = sink.add_stream(look.encoder, rate=rate, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = look.size
        stream.pix_fmt = "yuv420p"
        # One slice a picture, as cameras send it.
        stream.codec_context.thread_count = 1
        heard = (
            sink.add_stream(look.sound, rate=look.sound_hz, layout="mono") if look.sound else None
        )
        count = int(FPS * seconds)
        for number in range(count):
            picture = av.VideoFrame.from_ndarray(_picture(number, look.size), format="gray")
            frame = picture.reformat(format="yuv420p")
            frame.pts, frame.time_base = number, 1 / rate
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
        if isinstance(heard, AudioStream):
            _render_sound(sink, heard, seconds)
    return path


def _picture(number: int, size: tuple[int, int]) -> np.ndarray:
    width, height = size
    ground = np.random.default_rng(7).integers(60, 120, (height, width), dtype=np.uint8)
    left = (number * 8) % (width - 24)
    ground[height // 2 : height // 2 + 24, left : left + 24] = 240
    return ground


def _render_sound(sink: av.container.OutputContainer, stream: AudioStream, seconds: float) -> None:
    rate = stream.rate
    times = np.arange(int(rate * seconds)) / rate
    tone = (np.sin(2 * np.pi * HEARD_HZ * times) * 8000).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(tone[None, :], format="s16", layout="mono")
    frame.rate, frame.pts = rate, 0
    encoder = stream.codec_context
    resampler = av.AudioResampler(encoder.format, encoder.layout, rate, encoder.frame_size or None)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        sink.mux(stream.encode(part))
    sink.mux(stream.encode(None))


def complaints_of(path: Path) -> str:
    """What `ffprobe` says against a file when it decodes all of it; empty for a clean one."""
    program = shutil.which("ffprobe")
    if program is None:
        return _complaints_of_library(path)
    done = subprocess.run(
        [program, "-v", "error", "-show_frames", "-of", "csv=nk=1", str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stderr.strip()


def _complaints_of_library(path: Path) -> str:
    """The same by PyAV, where the program is not installed."""
    try:
        with av.open(str(path)) as container:
            streams = [s for s in container.streams if isinstance(s, VideoStream | AudioStream)]
            for packet in container.demux(streams):
                for frame in packet.decode():
                    if getattr(frame, "is_corrupt", False):
                        return "corrupt picture"
    except (av.FFmpegError, OSError) as error:
        return str(error)
    return ""
