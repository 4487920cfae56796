"""`live` (WebSocket) and `hls/…`: what a camera sees now, large or small, masked or not."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from urllib.parse import quote

from aiohttp import web

from sigap.node.errors import CameraError, MaskingFailed
from sigap.node.media.audience import Watcher
from sigap.node.media.door import Door, Watched
from sigap.node.media.hls import HlsFeed, playlist
from sigap.node.media.live import MAX_VIEWERS, LiveHub, Quality, Viewer
from sigap.node.media.masked import MaskedFeed, MaskedFeeds
from sigap.node.media.tokens import View

SEND_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 0.5
HLS_WAIT_S = 12.0
LOOK_S = 0.25
EXPIRED_CODE = 4403
"""WebSocket close code: the token ran out; ask the core for another and come back."""
CUT_CODE = 4401
"""The core took the right to watch away."""
GONE_CODE = 4404
"""The camera is no longer here, or its masks cannot be burnt in."""
HLS_TYPE = "application/vnd.apple.mpegurl"


@dataclass(eq=False, slots=True)
class _Line:
    """One viewer's place: the hub that serves it now. Moves when another suits better."""

    door: Door
    feeds: MaskedFeeds
    watcher: Watcher
    quality: Quality
    viewer: Viewer = field(default_factory=Viewer)
    hub: LiveHub | None = None
    _wished: LiveHub | None = None
    _feed: MaskedFeed | None = None

    def settle(self) -> bool:
        """Join the hub that is right now; False when there is none, and never will be."""
        camera = self.door.find_camera(self.watcher.granted.camera_uuid)
        if camera is None or (self._feed is not None and self._feed.is_over):
            return False
        try:
            hub = self._masked_hub() if self.door.masks(self.watcher) else self._plain_hub(camera)
        except MaskingFailed:
            return False
        if hub is not self.hub:
            self._part()
            if len(hub.viewers) >= MAX_VIEWERS:
                return False
            self.hub = hub
            hub.join(self.viewer)
        return True

    def leave(self) -> None:
        self._part()
        if self._wished is not None:
            self._wished.wishes.discard(self)

    def _masked_hub(self) -> LiveHub:
        self._feed = self.feeds.of(self.watcher.granted.camera_uuid, self.quality)
        return self._feed.hub

    def _plain_hub(self, camera: Watched) -> LiveHub:
        """The small stream once it has a picture; the large one until then, and when it fails."""
        self._feed = None
        sub = camera.sub_live if self.quality is Quality.SUB else None
        if sub is None:
            return camera.live
        sub.wishes.add(self)
        self._wished = sub
        return sub if sub.is_alive else camera.live

    def _part(self) -> None:
        if self.hub is not None:
            self.hub.leave(self.viewer)
            self.hub = None


class LiveRoutes:
    def __init__(self, door: Door, feeds: MaskedFeeds) -> None:
        self._door, self._feeds = door, feeds

    def add_to(self, application: web.Application) -> None:
        add = application.router.add_get
        add("/media/{uuid}/live", self._live)
        add("/media/{uuid}/hls/live.m3u8", self._hls_playlist)
        add("/media/{uuid}/hls/init.mp4", self._hls_init)
        add(r"/media/{uuid}/hls/{number:\d{1,12}}.m4s", self._hls_group)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        watcher = self._door.admit(request, View.LIVE)
        self._door.camera(watcher)
        quality = Quality(request.query.get("q", Quality.MAIN))
        line = _Line(self._door, self._feeds, watcher, quality)
        if not line.settle():
            raise web.HTTPServiceUnavailable(text="too many viewers")
        watcher.streams += 1
        try:
            return await self._serve(request, line)
        finally:
            watcher.streams -= 1
            line.leave()

    async def _serve(self, request: web.Request, line: _Line) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            compress=False, heartbeat=20, timeout=CLOSE_TIMEOUT_S, max_msg_size=4096
        )
        await socket.prepare(request)
        tasks = [
            asyncio.create_task(_send_all(socket, line.viewer)),
            asyncio.create_task(_drain(socket)),
        ]
        code = 1000
        try:
            code = await self._until_over(tasks, line)
        finally:
            line.leave()
            for task in tasks:
                task.cancel()
            with contextlib.suppress(ConnectionError, TimeoutError):
                await asyncio.gather(*tasks, return_exceptions=True)
            await socket.close(code=code)
        return socket

    async def _until_over(self, tasks: list[asyncio.Task[None]], line: _Line) -> int:
        """The code to close with, once the viewer left, may not watch on, or nothing is left."""
        ended = asyncio.create_task(_wait(line.watcher.ended))
        try:
            while True:
                done, _ = await asyncio.wait(
                    [*tasks, ended], timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED
                )
                if line.watcher.ended.is_set():
                    return CUT_CODE
                if done:
                    return 1000
                if self._door.is_over(line.watcher):
                    return EXPIRED_CODE
                if not line.settle():
                    return GONE_CODE
        finally:
            ended.cancel()

    def _feed(self, request: web.Request) -> HlsFeed:
        watcher = self._door.admit(request, View.LIVE)
        camera = self._door.camera(watcher)
        if not self._door.masks(watcher):
            return camera.hls
        return self._feeds.of(watcher.granted.camera_uuid, Quality.MAIN).hls

    async def _hls_playlist(self, request: web.Request) -> web.StreamResponse:
        feed = self._feed(request)
        try:
            async with asyncio.timeout(HLS_WAIT_S):
                groups = await feed.ask()
        except TimeoutError as error:
            raise CameraError("no picture yet") from error
        text = playlist(groups, quote(request.query["t"]))
        return web.Response(text=text, content_type=HLS_TYPE)

    async def _hls_init(self, request: web.Request) -> web.StreamResponse:
        init = self._feed(request).init()
        if init is None:
            raise web.HTTPNotFound(text="no picture yet")
        return web.Response(body=init, content_type="video/mp4")

    async def _hls_group(self, request: web.Request) -> web.StreamResponse:
        group = self._feed(request).group(int(request.match_info["number"]))
        if group is None:
            raise web.HTTPNotFound(text="no longer kept")
        return web.Response(body=group.data, content_type="video/iso.segment")


async def _send_all(socket: web.WebSocketResponse, viewer: Viewer) -> None:
    while True:
        message = await viewer.next_message()
        async with asyncio.timeout(SEND_TIMEOUT_S):
            if isinstance(message, str):
                await socket.send_str(message)
            else:
                await socket.send_bytes(message)


async def _drain(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
