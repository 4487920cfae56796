"""How soon a viewer sees: the first picture of live, how far behind, a moment of a recording.

Called by `video`, against a node that records; asks as a browser does, over WebSocket and HTTP.
"""

from __future__ import annotations

import asyncio
import struct
import time
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bench.report import Row, percentile, timing_rows
from bench.running_node import NODE_PORT, running_node
from bench.video_clip import FPS
from bench.video_ingest import BENCH, START_S, all_recorded, entries
from sigap.node.media.tokens import View
from sigap.node.testbed import media_token, until

CAMERAS = 16
RECORDED_S = 15
JOINS = 20
WATCHED_S = 8
CAUGHT_UP_S = 3
"""A viewer begins with the group of pictures in memory, and is at the present after it."""


async def viewing_rows(folder: Path, address: str) -> list[Row]:
    async with running_node(folder / "viewed", entries(address, CAMERAS)) as (_, core):
        await until(lambda: all_recorded(core, CAMERAS), what="recorded", deadline_s=START_S)
        await asyncio.sleep(RECORDED_S)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{NODE_PORT}") as session:
            first = [await live_first_ms(session, n % CAMERAS) for n in range(JOINS)]
            behind = await live_behind_ms(session)
            seek = [await seek_ms(session, RECORDED_S * n / JOINS + 1) for n in range(JOINS)]
    return [
        *timing_rows(BENCH, "live: joined → first picture", first),
        *timing_rows(BENCH, "live: picture sent by the camera → at the viewer", behind),
        *timing_rows(BENCH, "playback: moment asked for → first fragment", seek),
        Row(BENCH, "live: most behind", percentile(behind, 1.0), "ms"),
    ]


async def live_first_ms(session: aiohttp.ClientSession, number: int) -> float:
    """Until head, init segment and the first fragment are here."""
    began = time.perf_counter()
    async with session.ws_connect(_live(number)) as socket:
        for _ in range(3):
            await socket.receive()
        return (time.perf_counter() - began) * 1000


async def live_behind_ms(session: aiohttp.ClientSession) -> list[float]:
    """By the wall clock that each picture carries: when the camera sent it, as the node reckons."""
    behind = []
    async with session.ws_connect(_live(0)) as socket:
        await socket.receive_str()
        for _ in range(FPS * WATCHED_S):
            (wall,) = struct.unpack(">d", (await socket.receive_bytes())[:8])
            behind.append((time.time() - wall) * 1000)
    return behind[FPS * CAUGHT_UP_S :]


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
