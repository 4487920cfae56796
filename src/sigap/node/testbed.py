"""What the node's tests stand on: rendered clips, a core that stands in for the real one, waiting.

The cameras and their RTSP are real (`simulate`); only the core, which is outside, is played here.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import av
import numpy as np
from aiohttp import web

from sigap.node.ingest.transcode import add_h264_stream
from sigap.node.media.tokens import Pass, View, sign_token

MEDIA_KEY = "5a" * 32
TOKEN = "test-node-token"
UUID = "0b8f7a52-6d0e-4a57-9d53-2f3c1f7f0a01"
_T = TypeVar("_T")


def render_clip(path: Path, *, fps: int = 10, seconds: float = 4, size: tuple[int, int]) -> Path:
    """A bright square that walks over noise; H.264, no reordering, a key frame every second."""
    width, height = size
    dice = np.random.default_rng(7)
    ground = dice.integers(60, 120, (height, width, 3), dtype=np.uint8)
    with av.open(str(path), "w", format="mp4") as sink:
        stream = add_h264_stream(sink, rate=Fraction(fps), size=size, key_interval_s=1)
        for number in range(int(fps * seconds)):
            picture = ground.copy()
            left = (number * 8) % (width - 24)
            picture[height // 2 : height // 2 + 24, left : left + 24] = 240
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
    return path


async def until(condition: Callable[[], _T], *, what: str, deadline_s: float = 15.0) -> _T:
    """The condition's first true value; AssertionError after the deadline."""
    ends = time.monotonic() + deadline_s
    while time.monotonic() < ends:
        value = condition()
        if value:
            return value
        await asyncio.sleep(0.02)
    raise AssertionError(f"{what}: not within {deadline_s} s")


def camera_entry(url: str, **changes: Any) -> dict[str, Any]:
    """A camera as the core's configuration names it."""
    entry: dict[str, Any] = {
        "id": 1,
        "uuid": UUID,
        "name": "Gate",
        "source_url": url,
        "analyse": False,
        "enabled": True,
        "analysis_fps": 5,
        "retention_h": 24,
        "rules": [],
        "masks": [],
    }
    return entry | changes


def media_token(
    *views: View, uuid: str = UUID, key: str = MEDIA_KEY, expires_in_s: float = 60
) -> str:
    granted = Pass(uuid, frozenset(views), "7", time.time() + expires_in_s)
    return sign_token(granted, bytes.fromhex(key))


@dataclass
class FakeCore:
    """Answers as the core does, remembers what it was told, and can be down or contrary."""

    cameras: list[dict[str, Any]] = field(default_factory=list)
    version: int = 1
    answer_status: int = 200
    raw_config: str | None = None
    health: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)
    exports: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    answer_evidence: Callable[[dict[str, Any]], dict[str, Any]] = lambda _: {"wanted": True}
    measures: list[dict[str, Any]] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    seen_headers: list[str] = field(default_factory=list)
    port: int = 0

    def order_exports(self, *exports: dict[str, Any]) -> None:
        self.exports = list(exports)
        self.version += 1

    def set_cameras(self, *cameras: dict[str, Any]) -> None:
        self.cameras = list(cameras)
        self.version += 1

    def last_camera(self, camera_id: int = 1) -> dict[str, Any]:
        """The newest health of a camera; empty before the first."""
        for report in reversed(self.health):
            for camera in report["cameras"]:
                if camera["camera_id"] == camera_id:
                    return dict(camera)
        return {}

    def is_in_state(self, state: str, camera_id: int = 1) -> bool:
        return bool(self.last_camera(camera_id).get("state") == state)

    @contextlib.asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[FakeCore]:
        application = web.Application(client_max_size=16 << 20)
        application.router.add_get("/api/v1/node/config", self._config)
        for what in ("health", "alarms", "counts", "measures"):
            application.router.add_post(f"/api/v1/node/{what}", self._take)
        application.router.add_post("/api/v1/node/evidence", self._take_evidence)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _config(self, request: web.Request) -> web.Response:
        self.seen_headers.append(request.headers.get("Authorization", ""))
        if self.answer_status != 200:
            return web.Response(status=self.answer_status)
        if self.raw_config is not None:
            return web.Response(text=self.raw_config)
        if request.query.get("since") == str(self.version):
            return web.Response(status=304)
        return web.json_response(
            {
                "node_id": 1,
                "epoch": 3,
                "version": self.version,
                "media_key": MEDIA_KEY,
                "cameras": self.cameras,
                "exports": self.exports,
            }
        )

    async def _take_evidence(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.evidence.append(body)
        return web.json_response(self.answer_evidence(body), status=self.answer_status)

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.json()
        kept = getattr(self, request.path.rpartition("/")[2])
        kept.append(body)
        if self.answer_status != 200:
            return web.Response(status=self.answer_status)
        return web.json_response({"signal_id": len(kept), "cut": self.cut})
