"""`live`, `lines` (WebSocket), `hls/…`: what a camera sees now, large or small, masked or not."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import quote

from aiohttp import web

from sigap.node.errors import CameraError
from sigap.node.media.door import Door
from sigap.node.media.hls import HlsFeed, playlist
from sigap.node.media.lines import Line
from sigap.node.media.live import Message, Quality
from sigap.node.media.masked import MaskedFeeds
from sigap.node.media.tokens import View
from sigap.node.media.trunk import Trunk, live_socket

SEND_TIMEOUT_S = 10.0
HLS_WAIT_S = 12.0
HLS_TYPE = "application/vnd.apple.mpegurl"


class LiveRoutes:
    def __init__(self, door: Door, feeds: MaskedFeeds) -> None:
        self._door, self._feeds = door, feeds

    def add_to(self, application: web.Application) -> None:
        add = application.router.add_get
        add("/media/lines", self._lines)
        add("/media/{uuid}/live", self._live)
        add("/media/{uuid}/hls/live.m3u8", self._hls_playlist)
        add("/media/{uuid}/hls/init.mp4", self._hls_init)
        add(r"/media/{uuid}/hls/{number:\d{1,12}}.m4s", self._hls_group)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """One camera on a socket of its own."""
        watcher = self._door.admit(request, View.LIVE)
        self._door.camera(watcher)
        quality = Quality(request.query.get("q", Quality.MAIN))
        line = Line(self._door, self._feeds, watcher, quality)
        if not line.settle():
            raise web.HTTPServiceUnavailable(text="too many viewers")
        socket = live_socket()
        try:
            await socket.prepare(request)
        except BaseException:
            line.leave()
            raise

        async def send(message: Message) -> None:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                if isinstance(message, str):
                    await socket.send_str(message)
                else:
                    await socket.send_bytes(message)

        reading = asyncio.create_task(_drain(socket))
        try:
            code = await line.run(send, [reading])
        finally:
            reading.cancel()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await reading
        await socket.close(code=code)
        return socket

    async def _lines(self, request: web.Request) -> web.StreamResponse:
        """Many cameras on one socket; each line brings its own token."""
        return await Trunk(self._door, self._feeds).serve(request)

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


async def _drain(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass
