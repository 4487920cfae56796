"""The node's HTTP addresses: `/media/{camera uuid}/…`, each with a token from the core.

Called by browsers. Forged, expired or misused tokens get 403, unknown cameras 404.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from sigap.node.errors import CameraError, TokenRefused
from sigap.node.media.hls import HlsFeed, playlist
from sigap.node.media.live import MAX_VIEWERS, LiveHub, Viewer
from sigap.node.media.playback import Projector
from sigap.node.media.snapshot import make_snapshot
from sigap.node.media.tokens import View, verify_token
from sigap.node.recording.segments import RecordingIndex, Span, find_gaps

LONGEST_FILM_S = 24 * 3600.0
LONGEST_LIST_S = 31 * 86400.0
SEND_TIMEOUT_S = 10.0
PAUSE_S = 1800.0
CLOSE_TIMEOUT_S = 0.5
HLS_WAIT_S = 12.0
SNAPSHOTS_AT_ONCE = 2
FILMS_AT_ONCE = 64
EXPIRED_CODE = 4403
"""WebSocket close code: the token ran out; ask the core for another and come back."""
_log = logging.getLogger(__name__)


class Watched(Protocol):
    """What of a camera the viewers can see."""

    @property
    def live(self) -> LiveHub: ...

    @property
    def hls(self) -> HlsFeed: ...


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals that handlers raise, as answers."""
    try:
        return await handler(request)
    except TokenRefused as error:
        return web.json_response({"code": "forbidden", "message": str(error)}, status=403)
    except ValueError as error:
        return web.json_response({"code": "invalid", "message": str(error)}, status=422)
    except CameraError as error:
        return web.json_response({"code": "no_picture", "message": str(error)}, status=503)


class MediaRoutes:
    """`find_camera` by uuid; `media_key` is asked at each request, for the core may change it."""

    def __init__(
        self,
        find_camera: Callable[[str], Watched | None],
        media_key: Callable[[], bytes],
        *,
        index: RecordingIndex,
        projector: Projector,
        origins: frozenset[str],
    ) -> None:
        self._find_camera, self._media_key = find_camera, media_key
        self._index, self._projector, self._origins = index, projector, origins
        self._snapshots = asyncio.Semaphore(SNAPSHOTS_AT_ONCE)
        self._films = asyncio.Semaphore(FILMS_AT_ONCE)

    def application(self) -> web.Application:
        application = web.Application(middlewares=[refuse])
        add = application.router.add_get
        add("/media/{uuid}/live", self._live)
        add("/media/{uuid}/snapshot.jpg", self._snapshot)
        add("/media/{uuid}/index", self._list)
        add("/media/{uuid}/play", self._play)
        add("/media/{uuid}/hls/live.m3u8", self._hls_playlist)
        add("/media/{uuid}/hls/init.mp4", self._hls_init)
        add(r"/media/{uuid}/hls/{number:\d{1,12}}.m4s", self._hls_group)
        application.on_response_prepare.append(self._allow_origin)
        return application

    async def _allow_origin(self, request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get("Origin", "")
        response.headers["Vary"] = "Origin"
        response.headers["Cache-Control"] = "no-store"
        if origin in self._origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "X-Sigap-Start, X-Sigap-End"

    def _admit(self, request: web.Request, view: View) -> str:
        """The camera's uuid, once the token allows this view of it."""
        granted = verify_token(request.query.get("t", ""), self._media_key(), now=time.time())
        uuid = request.match_info["uuid"]
        if granted.camera_uuid != uuid or view not in granted.views:
            raise TokenRefused("this address is for something else")
        return uuid

    def _camera(self, request: web.Request, view: View) -> Watched:
        camera = self._find_camera(self._admit(request, view))
        if camera is None:
            raise web.HTTPNotFound(text="no such camera")
        return camera

    async def _live(self, request: web.Request) -> web.StreamResponse:
        hub = self._camera(request, View.LIVE).live
        if len(hub.viewers) >= MAX_VIEWERS:
            raise web.HTTPServiceUnavailable(text="too many viewers")
        expires_at = verify_token(request.query["t"], self._media_key(), now=time.time()).expires_at
        socket = web.WebSocketResponse(
            compress=False, heartbeat=20, timeout=CLOSE_TIMEOUT_S, max_msg_size=4096
        )
        await socket.prepare(request)
        viewer = hub.join()
        sending = asyncio.create_task(_send_all(socket, viewer))
        try:
            await _until_closed(socket, sending, expires_at)
        finally:
            hub.leave(viewer)
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError, TimeoutError):
                await sending
            await socket.close(code=EXPIRED_CODE if expires_at <= time.time() else 1000)
        return socket

    async def _snapshot(self, request: web.Request) -> web.StreamResponse:
        frame = self._camera(request, View.SNAPSHOT).live.key_frame
        if frame is None:
            raise CameraError("no picture yet")
        async with self._snapshots:
            jpeg = await asyncio.to_thread(make_snapshot, frame)
        taken = {"X-Sigap-Start": _iso(frame.received_at)}
        return web.Response(body=jpeg, content_type="image/jpeg", headers=taken)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        uuid = self._admit(request, View.PLAY)
        span = _span(request, LONGEST_LIST_S)
        segments = self._index.between(uuid, span)
        past = Span(span.starts_at, min(span.ends_at, time.time()))
        return web.json_response(
            {
                "segments": [
                    {
                        "start": _iso(segment.starts_at),
                        "end": _iso(segment.ends_at),
                        "url": _play_url(uuid, segment.starts_at, segment.ends_at),
                    }
                    for segment in segments
                ],
                "gaps": [
                    {"start": _iso(gap.starts_at), "end": _iso(gap.ends_at)}
                    for gap in find_gaps(segments, past)
                ],
            }
        )

    async def _play(self, request: web.Request) -> web.StreamResponse:
        uuid = self._admit(request, View.PLAY)
        if self._films.locked():
            raise web.HTTPServiceUnavailable(text="too many films at once")
        async with self._films:
            film = await self._projector.find_film(uuid, _span(request, LONGEST_FILM_S))
            if film is None:
                raise web.HTTPNotFound(text="nothing was recorded then")
            times = {"X-Sigap-Start": _iso(film.starts_at), "X-Sigap-End": _iso(film.ends_at)}
            response = web.StreamResponse(headers={"Content-Type": "video/mp4", **times})
            await response.prepare(request)
            with contextlib.suppress(TimeoutError, ConnectionError):
                await _send_film(response, self._projector.project(film))
        return response

    async def _hls_playlist(self, request: web.Request) -> web.StreamResponse:
        feed = self._camera(request, View.LIVE).hls
        try:
            async with asyncio.timeout(HLS_WAIT_S):
                groups = await feed.ask()
        except TimeoutError as error:
            raise CameraError("no picture yet") from error
        text = playlist(groups, quote(request.query["t"]))
        return web.Response(text=text, content_type="application/vnd.apple.mpegurl")

    async def _hls_init(self, request: web.Request) -> web.StreamResponse:
        init = self._camera(request, View.LIVE).hls.init()
        if init is None:
            raise web.HTTPNotFound(text="no picture yet")
        return web.Response(body=init, content_type="video/mp4")

    async def _hls_group(self, request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["number"])
        group = self._camera(request, View.LIVE).hls.group(number)
        if group is None:
            raise web.HTTPNotFound(text="no longer kept")
        return web.Response(body=group.data, content_type="video/iso.segment")


async def _send_film(response: web.StreamResponse, film: AsyncIterator[bytes]) -> None:
    """A player that is paused stops reading; it may go on within `PAUSE_S`."""
    async for data in film:
        async with asyncio.timeout(PAUSE_S):
            await response.write(data)
    await response.write_eof()


async def _send_all(socket: web.WebSocketResponse, viewer: Viewer) -> None:
    while True:
        message = await viewer.next_message()
        async with asyncio.timeout(SEND_TIMEOUT_S):
            if isinstance(message, str):
                await socket.send_str(message)
            else:
                await socket.send_bytes(message)


async def _until_closed(
    socket: web.WebSocketResponse, sending: asyncio.Task[None], expires_at: float
) -> None:
    """Until the viewer leaves, cannot be reached any more, or the token expires."""
    receiving = asyncio.create_task(_drain(socket))
    try:
        await asyncio.wait(
            [receiving, sending],
            timeout=max(0.0, expires_at - time.time()),
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        receiving.cancel()


async def _drain(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass


def _span(request: web.Request, longest_s: float) -> Span:
    """Raises ValueError for times that are none, the wrong way round, or too far apart."""
    begin, end = _instant(request.query.get("from", "")), _instant(request.query.get("to", ""))
    if not 0 < end - begin <= longest_s:
        raise ValueError(f"`to` must come after `from`, by at most {longest_s:.0f} s")
    return Span(begin, end)


def _instant(text: str) -> float:
    moment = datetime.fromisoformat(text.replace(" ", "+"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _iso(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds")


def _play_url(uuid: str, begin: float, end: float) -> str:
    return f"/media/{uuid}/play?from={quote(_iso(begin))}&to={quote(_iso(end))}"
