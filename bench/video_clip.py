"""The clip that `video` plays: what a street camera sends, 1080p25 H.264 at 4 Mb/s, key every 2 s.

Real footage (PETS 2009) where it lies beside the repository: cut to 16:9, enlarged, with a sensor's
noise in every picture, so that the encoder needs its whole bit rate. Else a rendered scene.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from sigap.vision.testing_footage import PEDESTRIANS

SIZE = (1920, 1080)
FPS = 25
BITRATE = "4M"
CLIP_S = 12
KEY_INTERVAL_S = 2
CROP = "768:432:0:100"
NOISE = "alls=5:allf=t"


def make_clip(path: Path) -> Path:
    """Takes some seconds."""
    with av.open(str(path), "w") as sink:
        keys = str(FPS * KEY_INTERVAL_S)
        options = {"preset": "veryfast", "bf": "0", "g": keys, "sc_threshold": "0", "refs": "1"}
        options |= {"b": BITRATE, "maxrate": BITRATE, "bufsize": BITRATE}
        stream = sink.add_stream("libx264", rate=FPS, options=options)
        (stream.width, stream.height), stream.pix_fmt = SIZE, "yuv420p"
        # Whole pictures side by side: slices of one would not be what cameras send.
        stream.codec_context.thread_type = "FRAME"
        for number, frame in enumerate(_pictures()):
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
    return path


def _pictures() -> Iterator[VideoFrame]:
    frames = _footage() if PEDESTRIANS.exists() else _rendered()
    for _, frame in zip(range(FPS * CLIP_S), frames, strict=False):
        yield frame


def _footage() -> Iterator[VideoFrame]:
    with av.open(str(PEDESTRIANS)) as container:
        video = container.streams.video[0]
        graph = _enlarging(video)
        for number, frame in enumerate(container.decode(video)):
            frame.pts = number
            graph.push(frame)
            yield graph.vpull()


def _enlarging(video: VideoStream) -> Graph:
    graph = Graph()
    width, height = SIZE
    graph.link_nodes(
        graph.add_buffer(template=video),
        graph.add("crop", CROP),
        graph.add("scale", f"{width}:{height}:flags=bicubic"),
        graph.add("noise", NOISE),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _rendered() -> Iterator[VideoFrame]:
    dice = np.random.default_rng(3)
    width, height = SIZE
    ground = np.kron(
        dice.integers(40, 200, (height // 8, width // 8), dtype=np.uint8), np.ones((8, 8), np.uint8)
    )
    while True:
        noisy = ground + dice.integers(0, 12, ground.shape, dtype=np.uint8)
        ground = np.roll(ground, 2, axis=1)
        yield VideoFrame.from_ndarray(noisy, format="gray").reformat(format="yuv420p")
