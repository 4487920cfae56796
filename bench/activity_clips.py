"""Clips for benchmarks of analysis: a quarter of the time somebody walks, then nobody moves.

Real footage where it lies beside the repository, else rendered squares. The walk is played forth
and back and then held, so that the loop has no jump; every picture has a sensor's noise of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from sigap.vision.testing_footage import PEDESTRIANS

ACTIVE_S = 8
CLIP_S = 32
KEY_INTERVAL_S = 2
NOISE = 4.0
NOISE_PICTURES = 16
FOOTAGE_FPS = 25
"""The footage was taken at 10; played as a camera sends, at 25, its people hurry."""


@dataclass(frozen=True)
class Stream:
    """How a camera sends. Bit rate in bits a second, constant."""

    name: str
    size: tuple[int, int]
    fps: int
    bitrate: int


MAIN = Stream("main", (1920, 1080), 25, 4_000_000)
SUB = Stream("sub", (640, 360), 5, 256_000)


def make_clip(folder: Path, stream: Stream) -> Path:
    """The clip of a stream; takes some seconds."""
    path = folder / f"{stream.name}.mp4"
    walk = list(_walk(stream))
    pictures = walk + walk[::-1]
    dice = np.random.default_rng(5)
    noises = [dice.normal(0, NOISE, walk[0].shape).astype(np.int8) for _ in range(NOISE_PICTURES)]
    with av.open(str(path), "w") as sink:
        rate = str(stream.bitrate)
        keys = str(stream.fps * KEY_INTERVAL_S)
        options = {"preset": "veryfast", "bf": "0", "g": keys, "sc_threshold": "0"}
        options |= {"b": rate, "maxrate": rate, "bufsize": rate}
        out = sink.add_stream("libx264", rate=stream.fps, options=options)
        (out.width, out.height), out.pix_fmt = stream.size, "yuv420p"
        for number in range(stream.fps * CLIP_S):
            seen = pictures[min(number, len(pictures) - 1)]
            noisy = cv2.add(seen, noises[number % NOISE_PICTURES], dtype=cv2.CV_8U)
            frame = av.VideoFrame.from_ndarray(np.asarray(noisy, np.uint8), format="gray")
            frame = frame.reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, stream.fps)
            sink.mux(out.encode(frame))
        sink.mux(out.encode(None))
    return path


def _walk(stream: Stream) -> Iterator[NDArray[np.uint8]]:
    """Half the active time, in the stream's size and rate; luma only."""
    source = _footage() if PEDESTRIANS.exists() else _rendered()
    every = FOOTAGE_FPS // stream.fps
    wanted = FOOTAGE_FPS * ACTIVE_S // 2
    for number, luma in enumerate(source):
        if number >= wanted:
            return
        if number % every == 0:
            yield np.asarray(cv2.resize(luma, stream.size, interpolation=cv2.INTER_AREA), np.uint8)


def _footage() -> Iterator[NDArray[np.uint8]]:
    with av.open(str(PEDESTRIANS)) as container:
        for frame in container.decode(video=0):
            luma = frame.to_ndarray(format="gray")
            height = luma.shape[1] * 9 // 16
            top = (luma.shape[0] - height) // 2
            yield np.asarray(luma[top : top + height], np.uint8)


def _rendered() -> Iterator[NDArray[np.uint8]]:
    dice = np.random.default_rng(3)
    ground = np.kron(dice.integers(60, 160, (54, 96), dtype=np.uint8), np.ones((8, 8), np.uint8))
    number = 0
    while True:
        picture = ground.copy()
        for person in range(4):
            left = (person * 170 + number * 2) % 740
            picture[80 * person + 40 : 80 * person + 100, left : left + 24] = 220
        yield picture
        number += 1
