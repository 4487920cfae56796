"""Recording and nothing else: what a camera costs our node, PyAV and FFmpeg in the same run.

Called by `video`. Each is a process of its own (FFmpeg: one a camera), all on the same simulated
cameras; Debian's `motion` cannot record without decoding and is compared in `video_analysis`.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.report import Row, compared
from bench.running_node import Usage, running, running_node, usage_over
from sigap.node.testbed import FakeCore, camera_entry, until

BENCH = "video"
SETTLE_S = 6.0
START_S = 60.0
PEER_CAMERAS = 16
PYAV = """
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
FFMPEG = "-nostdin -v error -rtsp_transport tcp -i {url} -c copy -an -movflags {flags} -y {path}"
FFMPEG_FLAGS = "frag_keyframe+empty_moov+default_base_moof"


@dataclass(frozen=True)
class Recorded:
    """What a node cost over the measured time, and what it lost on the way."""

    usage: Usage
    lost: int


def entries(address: str, count: int) -> list[dict[str, Any]]:
    """Cameras of the clip `c`, as the core would name them."""
    return [
        camera_entry(f"{address}/c/{number}", id=number + 1, uuid=f"camera-{number}")
        for number in range(count)
    ]


async def ingest_rows(folder: Path, address: str, *, cameras: int, seconds: float) -> list[Row]:
    """Raises RuntimeError when a camera was not recorded: the figure would be too good."""
    idle = await record(folder / "idle", address, cameras=0, seconds=seconds)
    ours = await record(folder / "ours", address, cameras=cameras, seconds=seconds)
    peers = {"PyAV": await pyav_usage(folder, address, seconds=seconds)}
    ffmpeg = await ffmpeg_usage(folder, address, seconds=seconds)
    peers |= {"FFmpeg": ffmpeg} if ffmpeg is not None else {}
    cost_s = ours.usage.cpu_s * 60 / seconds / cameras
    memory = (ours.usage.rss_bytes - idle.usage.rss_bytes) / cameras / 2**20
    per_core = cameras * seconds / ours.usage.cpu_s
    return [
        Row(BENCH, f"record only, {cameras} cameras: CPU a camera-minute", cost_s, "s"),
        *(
            compared(
                BENCH,
                f"record only: cameras a core (baseline {name})",
                value=per_core,
                baseline=PEER_CAMERAS * seconds / usage.cpu_s,
                unit="",
            )
            for name, usage in peers.items()
        ),
        Row(BENCH, "record only: packets lost", ours.lost, ""),
        Row(BENCH, "record only: memory a camera, above the empty node", memory, "MiB"),
    ]


async def record(home: Path, address: str, *, cameras: int, seconds: float) -> Recorded:
    async with running_node(home, entries(address, cameras)) as (pid, core):
        await until(lambda: all_recorded(core, cameras), what="recorded", deadline_s=START_S)
        await asyncio.sleep(SETTLE_S)
        usage = await usage_over(pid, seconds=seconds)
        if not all_recorded(core, cameras):
            raise RuntimeError("a camera was not recorded: the figure would be too good")
        return Recorded(usage, lost_by(core))


def all_recorded(core: FakeCore, cameras: int) -> bool:
    told = core.health[-1]["cameras"] if core.health else None
    return (
        told is not None
        and len(told) == cameras
        and all(camera["state"] == "up" and camera["recording"] for camera in told)
    )


def lost_by(core: FakeCore) -> int:
    """Packets and fragments that never reached the disk."""
    return sum(
        camera["packets_lost"] + camera["fragments_lost"] for camera in core.health[-1]["cameras"]
    )


async def pyav_usage(folder: Path, address: str, *, seconds: float) -> Usage:
    out = folder / "pyav"
    out.mkdir()
    command = [sys.executable, "-c", PYAV, f"{address}/c", str(PEER_CAMERAS), str(out)]
    async with running(command) as pid:
        await asyncio.sleep(SETTLE_S)
        usage = await usage_over(pid, seconds=seconds)
    _check_written(out)
    return usage


async def ffmpeg_usage(folder: Path, address: str, *, seconds: float) -> Usage | None:
    """None, said aloud, where it is not installed."""
    program = shutil.which("ffmpeg")
    if program is None:
        sys.stderr.write("ffmpeg is not installed: no comparison with it\n")
        return None
    out = folder / "ffmpeg"
    out.mkdir()
    async with contextlib.AsyncExitStack() as stack:
        processes = []
        for number in range(PEER_CAMERAS):
            places = {"url": f"{address}/c/{number}", "path": str(out / f"{number}.mp4")}
            words = FFMPEG.format(flags=FFMPEG_FLAGS, **places).split()
            processes.append(await stack.enter_async_context(running([program, *words])))
        await asyncio.sleep(SETTLE_S)
        used = await asyncio.gather(*(usage_over(pid, seconds=seconds) for pid in processes))
    _check_written(out)
    return Usage(sum(usage.cpu_s for usage in used), sum(usage.rss_bytes for usage in used))


def _check_written(out: Path) -> None:
    written = [path for path in out.iterdir() if path.stat().st_size > 1 << 20]
    if len(written) < PEER_CAMERAS:
        raise RuntimeError(f"{out.name} did not record every camera: its figure would be too good")
