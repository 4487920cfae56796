"""Moments of a whole day of recording: how soon the film, a thumbnail and the time-line come.

    python -m bench.video_day [--json]

A day of one camera as the node writes it (1,440 files, 2 s fragments of 1 MB, 4 Mb/s). The key
frames that are asked for are real 1080p pictures, all other pictures are holes in the files: this
measures the index, the files' headers and the way to the viewer, not the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import aiohttp
import av
import cv2
import numpy as np

from bench.report import Row, print_rows, timing_rows
from bench.running_node import NODE_PORT, running_node
from sigap.node.frames import CLOCK_HZ, Codec, VideoFormat
from sigap.node.ingest.transcode import add_h264_stream
from sigap.node.media.tokens import View
from sigap.node.mux.boxes import Sample, fragment, init_segment
from sigap.node.recording.segments import closed_path, open_path
from sigap.node.testbed import UUID, camera_entry, media_token, until

BENCH = "video_day"
DAY_S, SEGMENT_S, FRAGMENT_S, FPS = 86_400, 60, 2, 25
FRAGMENT_BYTES = 1_000_000
MOMENTS = 200
SIZE = (1920, 1080)
FIRST_BYTES = 900_000
"""Enough that the whole first group of pictures is here."""


@dataclass(frozen=True)
class KeyFrame:
    format: VideoFormat
    payload: bytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print_rows(asyncio.run(day_rows(Path(folder))), arguments.json)


async def day_rows(folder: Path) -> list[Row]:
    begin = time.time() // SEGMENT_S * SEGMENT_S - DAY_S - SEGMENT_S
    dice = random.Random(11)
    numbers = [dice.randrange(DAY_S // FRAGMENT_S - 2) for _ in range(MOMENTS)]
    # Not at the seam of two fragments, where the next one counts.
    moments = [begin + n * FRAGMENT_S + dice.uniform(0.1, FRAGMENT_S - 0.1) for n in numbers]
    write_day(folder / "recordings", begin, moments, key_frame(folder))
    camera = camera_entry("rtsp://127.0.0.1:9/none", enabled=False, retention_h=72)
    async with running_node(folder, [camera]) as (_, core):
        await until(lambda: core.is_in_state("disabled"), what="the node", deadline_s=60)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{NODE_PORT}") as session:
            films = [await film_ms(session, moment) for moment in moments]
            again = [await film_ms(session, moment) for moment in moments]
            thumbs = [await thumb_ms(session, moment) for moment in moments]
            index = [await index_ms(session, begin) for _ in range(20)]
    return [
        *timing_rows(BENCH, "random second of a day → first group of pictures", films),
        *timing_rows(BENCH, "the same second again", again),
        *timing_rows(BENCH, "thumbnail of a random second", thumbs),
        *timing_rows(BENCH, "time-line of the day", index),
    ]


def key_frame(folder: Path) -> KeyFrame:
    """Of a made-up scene, as large as one of a street camera."""
    ground = np.random.default_rng(3).integers(60, 200, (135, 240, 3), dtype=np.uint8)
    scene = cv2.resize(ground, SIZE, interpolation=cv2.INTER_CUBIC)
    with av.open(str(folder / "key.mp4"), "w") as sink:
        stream = add_h264_stream(sink, rate=Fraction(FPS), size=SIZE, key_interval_s=1)
        picture = av.VideoFrame.from_ndarray(np.asarray(scene, np.uint8), format="rgb24")
        packets = [*stream.encode(picture.reformat(format="yuv420p")), *stream.encode(None)]
        sink.mux(packets)
    with av.open(str(folder / "key.mp4"), "r") as film:
        [video] = film.streams.video
        record = video.codec_context.extradata
        payload = bytes(next(film.demux(video)))
    assert record is not None
    assert len(payload) < FRAGMENT_BYTES / 2
    return KeyFrame(VideoFormat(Codec.H264, *SIZE, "avc1.640028", record), payload)


def write_day(root: Path, begin: float, moments: list[float], key: KeyFrame) -> None:
    wanted = {int((moment - begin) // FRAGMENT_S) for moment in moments}
    init, samples = init_segment(key.format), list(_samples(key.payload))
    for starts_at in range(0, DAY_S, SEGMENT_S):
        path = closed_path(open_path(root, UUID, begin + starts_at), SEGMENT_S)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(init)
            for offset in range(0, SEGMENT_S, FRAGMENT_S):
                at = starts_at + offset
                base, number = offset * CLOCK_HZ, offset // FRAGMENT_S + 1
                head, *pictures = fragment(
                    samples, sequence=number, base=base, wall_clock=begin + at
                )
                end = file.tell() + len(head) + sum(map(len, pictures))
                file.write(head + (pictures[0] if at // FRAGMENT_S in wanted else b""))
                file.seek(end)
            file.truncate()


def _samples(key: bytes) -> Iterator[Sample]:
    pictures = FRAGMENT_S * FPS
    other = bytes((FRAGMENT_BYTES - len(key)) // (pictures - 1))
    for number in range(pictures):
        yield Sample(other if number else key, number == 0, CLOCK_HZ // FPS)


async def film_ms(session: aiohttp.ClientSession, moment: float) -> float:
    query = {"from": _stamp(moment), "to": _stamp(moment + 3600)}
    began = time.perf_counter()
    async with session.get(_address("play"), params=query | _token()) as answer:
        answer.raise_for_status()
        await answer.content.readexactly(FIRST_BYTES)
        return (time.perf_counter() - began) * 1000


async def thumb_ms(session: aiohttp.ClientSession, moment: float) -> float:
    return await _whole_ms(session, "thumb.jpg", {"at": _stamp(moment)})


async def index_ms(session: aiohttp.ClientSession, begin: float) -> float:
    span = {"from": _stamp(begin), "to": _stamp(begin + DAY_S)}
    return await _whole_ms(session, "index", span)


async def _whole_ms(session: aiohttp.ClientSession, what: str, query: dict[str, str]) -> float:
    began = time.perf_counter()
    async with session.get(_address(what), params=query | _token()) as answer:
        answer.raise_for_status()
        await answer.read()
    return (time.perf_counter() - began) * 1000


def _address(what: str) -> str:
    return f"/media/{UUID}/{what}"


def _token() -> dict[str, str]:
    return {"t": media_token(View.PLAY)}


def _stamp(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat()


if __name__ == "__main__":
    main()
