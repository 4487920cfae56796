"""What a camera costs: recording without analysis beside PyAV doing the same, live delay, seek.

    python -m bench.video [--json] [--cameras N] [--seconds S]

Real RTSP on loopback (1080p25 H.264, 4 Mb/s, key frame every 2 s), simulator and recorder each a
process of their own; CPU time is read from the kernel, so a busy machine changes little.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import struct
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import aiohttp
import av
import numpy as np

from bench.report import Row, compared, percentile, print_rows, timing_rows
from sigap.node.media.tokens import View
from sigap.node.testbed import TOKEN, FakeCore, camera_entry, media_token

BENCH = "video"
SIZE = (1920, 1080)
FPS = 25
BITRATE = "4M"
CLIP_S = 8
SETTLE_S = 6.0
JOINS = 10
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
PEER = """
import sys, threading, av
def record(url, path):
    with av.open(url, options={"rtsp_transport": "tcp"}, timeout=(10, 5)) as source:
        options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
        with av.open(path, "w", format="mp4", options=options) as sink:
            video = source.streams.video[0]
            out = sink.add_stream_from_template(video)
            for packet in source.demux(video):
                if packet.dts is not None:
                    packet.stream = out
                    sink.mux(packet)
for number in range(int(sys.argv[2])):
    target = f"{sys.argv[3]}/{number}.mp4"
    threading.Thread(target=record, args=(f"{sys.argv[1]}/{number}", target)).start()
"""


@dataclass(frozen=True)
class Usage:
    cpu_s: float
    rss_bytes: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(measure(Path(folder), arguments.cameras, arguments.seconds))
    print_rows(rows, arguments.json)


async def measure(folder: Path, cameras: int, seconds: float) -> list[Row]:
    clip = render_clip(folder / "c1080.mp4")
    async with simulator(clip) as address:
        idle = await node_usage(folder / "idle", address, cameras=0, seconds=1)
        peer = await peer_usage(folder, address, cameras=cameras, seconds=seconds)
        ours, live = await node_run(folder / "home", address, cameras=cameras, seconds=seconds)
    minutes = cameras * seconds / 60
    a_camera = (ours.rss_bytes - idle.rss_bytes) / cameras / 2**20
    return [
        compared(
            BENCH,
            f"record only, {cameras} cameras: CPU a camera-minute (baseline PyAV)",
            value=ours.cpu_s / minutes,
            baseline=peer.cpu_s / minutes,
            unit="s",
        ),
        compared(
            BENCH,
            "record only: cameras a core (baseline PyAV)",
            value=cameras * seconds / ours.cpu_s,
            baseline=cameras * seconds / peer.cpu_s,
            unit="",
        ),
        Row(BENCH, "record only: memory a camera, above the empty node", a_camera, "MiB"),
        *live,
    ]


def render_clip(path: Path) -> Path:
    """Noise enough that the encoder needs its whole bit rate."""
    dice = np.random.default_rng(3)
    width, height = SIZE
    ground = dice.integers(40, 200, (height // 8, width // 8), dtype=np.uint8)
    ground = np.kron(ground, np.ones((8, 8), np.uint8))
    with av.open(str(path), "w") as sink:
        options = {"preset": "veryfast", "bf": "0", "g": str(FPS * 2), "sc_threshold": "0"}
        options |= {"b": BITRATE, "maxrate": BITRATE, "bufsize": BITRATE}
        stream = sink.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(FPS * CLIP_S):
            noisy = ground + dice.integers(0, 12, ground.shape, dtype=np.uint8)
            picture = np.roll(noisy, number * 2, axis=1)
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
    return path


@contextlib.asynccontextmanager
async def simulator(clip: Path) -> AsyncIterator[str]:
    """The address of cameras that play the clip, once they answer."""
    arguments = ("-m", "sigap", "camera", "simulate", "--port", "18654", f"c={clip}")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        yield "rtsp://127.0.0.1:18654/c"
    finally:
        process.kill()
        await process.wait()


def usage_of(pid: int) -> Usage:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Usage((int(words[11]) + int(words[12])) / TICKS, pages * PAGE_BYTES)


async def usage_over(pid: int, seconds: float) -> Usage:
    """CPU time within the next `seconds`, and memory at their end."""
    await asyncio.sleep(SETTLE_S)
    before = usage_of(pid)
    await asyncio.sleep(seconds)
    after = usage_of(pid)
    return Usage(after.cpu_s - before.cpu_s, after.rss_bytes)


async def peer_usage(folder: Path, address: str, *, cameras: int, seconds: float) -> Usage:
    out = folder / "peer"
    out.mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PEER, address, str(cameras), str(out)
    )
    try:
        return await usage_over(process.pid, seconds)
    finally:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def running_node(home: Path, address: str, cameras: int) -> AsyncIterator[int]:
    """The process id of a node that records so many cameras."""
    core = FakeCore()
    entries = [
        camera_entry(f"{address}/{number}", id=number + 1, uuid=f"camera-{number}")
        for number in range(cameras)
    ]
    core.set_cameras(*entries)
    async with core.listening():
        environment = {
            **os.environ,
            "SIGAP_HOME": str(home),
            "SIGAP_NODE_PORT": "18690",
            "SIGAP_NODE_TOKEN": TOKEN,
            "SIGAP_CORE_URL": f"http://127.0.0.1:{core.port}",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sigap.node", env=environment, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            await process.wait()


async def node_usage(home: Path, address: str, *, cameras: int, seconds: float) -> Usage:
    async with running_node(home, address, cameras) as pid:
        return await usage_over(pid, seconds)


async def node_run(
    home: Path, address: str, *, cameras: int, seconds: float
) -> tuple[Usage, list[Row]]:
    async with running_node(home, address, cameras) as pid:
        usage = await usage_over(pid, seconds)
        async with aiohttp.ClientSession("http://127.0.0.1:18690") as session:
            first = [await live_first_ms(session, n % cameras) for n in range(JOINS)]
            behind = await live_behind_ms(session)
            seek = [await seek_ms(session, seconds / JOINS * n) for n in range(JOINS)]
    return usage, [
        *timing_rows(BENCH, "live: joined → first key frame", first),
        Row(BENCH, "live: frame received → at the viewer p95", percentile(behind, 0.95), "ms"),
        *timing_rows(BENCH, "playback: asked → first fragment", seek),
    ]


async def live_first_ms(session: aiohttp.ClientSession, number: int) -> float:
    """Until head, init segment and the first fragment are here."""
    began = time.perf_counter()
    async with session.ws_connect(_live(number)) as socket:
        for _ in range(3):
            await socket.receive()
        return (time.perf_counter() - began) * 1000


async def live_behind_ms(session: aiohttp.ClientSession) -> list[float]:
    behind = []
    async with session.ws_connect(_live(0)) as socket:
        await socket.receive_str()
        for _ in range(FPS * 8):
            (wall,) = struct.unpack(">d", (await socket.receive_bytes())[:8])
            behind.append((time.time() - wall) * 1000)
    return behind[FPS * 3 :]


async def seek_ms(session: aiohttp.ClientSession, back_s: float) -> float:
    end = time.time() - back_s
    span = {
        "from": datetime.fromtimestamp(end - 2, UTC).isoformat(),
        "to": datetime.fromtimestamp(end, UTC).isoformat(),
        "t": media_token(View.PLAY, uuid="camera-0"),
    }
    began = time.perf_counter()
    async with session.get("/media/camera-0/play", params=span) as answer:
        answer.raise_for_status()
        await answer.content.readexactly(16 << 10)
    return (time.perf_counter() - began) * 1000


def _live(number: int) -> str:
    uuid = f"camera-{number}"
    return f"/media/{uuid}/live?t={media_token(View.LIVE, uuid=uuid)}"


if __name__ == "__main__":
    main()
