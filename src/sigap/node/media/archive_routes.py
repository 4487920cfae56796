"""Recordings over HTTP: `play`, `index`, `motion`, `thumb.jpg`, `snapshot.jpg`, `clip.mp4`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from sigap.node.errors import CameraError, DamagedFile, MaskingFailed
from sigap.node.media.audience import Watcher
from sigap.node.media.burn import Masks
from sigap.node.media.clips import collect, make_ordinary
from sigap.node.media.door import Door
from sigap.node.media.masked_film import masked_film
from sigap.node.media.playback import Film, Projector
from sigap.node.media.snapshot import make_snapshot
from sigap.node.media.stills import Still, Stills
from sigap.node.media.timeline import TimelineSource, motion_between, recordings_between
from sigap.node.media.times import iso, moment_of, span_of
from sigap.node.media.tokens import View
from sigap.node.recording.segments import Span

LONGEST_FILM_S = 24 * 3600.0
LONGEST_LIST_S = 31 * 86400.0
LONGEST_CLIP_S = 3600.0
PAUSE_S = 1800.0
FILMS_AT_ONCE = 64
MASKED_FILMS_AT_ONCE = 8
CLIPS_AT_ONCE = 2
THUMB_WIDTH, LARGEST_THUMB = 240, 640
SHAPE_CELLS = 36
_NAME_CHARACTERS = 60


class ArchiveRoutes:
    def __init__(
        self, door: Door, projector: Projector, source: TimelineSource, *, work: Path
    ) -> None:
        """`work`: a folder for clips that are being put together."""
        self._door, self._projector, self._source, self._work = door, projector, source, work
        self._stills = Stills(projector)
        self._films = asyncio.Semaphore(FILMS_AT_ONCE)
        self._masked = asyncio.Semaphore(MASKED_FILMS_AT_ONCE)
        self._clips = asyncio.Semaphore(CLIPS_AT_ONCE)

    def add_to(self, application: web.Application) -> None:
        add = application.router.add_get
        add("/media/{uuid}/play", self._play)
        add("/media/{uuid}/index", self._index)
        add("/media/{uuid}/motion", self._motion)
        add("/media/{uuid}/thumb.jpg", self._thumb)
        add("/media/{uuid}/snapshot.jpg", self._snapshot)
        add("/media/{uuid}/clip.mp4", self._clip)
        application.on_cleanup.append(self._close)

    async def _close(self, _: web.Application) -> None:
        self._stills.close()

    async def _play(self, request: web.Request) -> web.StreamResponse:
        watcher = self._door.admit(request, View.PLAY)
        span, keys = span_of(request, LONGEST_FILM_S), request.query.get("keys") == "1"
        async with self._place(watcher):
            film = await self._find(watcher, span)
            headers = {"Content-Type": "video/mp4"} | _times(film)
            response = web.StreamResponse(headers=headers)
            pieces = self._shown(watcher, film, keys=keys)
            await response.prepare(request)
            with _cut_off(request, watcher), contextlib.suppress(TimeoutError, ConnectionError):
                await _send(response, pieces)
        return response

    async def _clip(self, request: web.Request) -> web.StreamResponse:
        watcher = self._door.admit(request, View.PLAY)
        span = span_of(request, LONGEST_CLIP_S)
        if self._clips.locked():
            raise web.HTTPServiceUnavailable(text="too many clips at once")
        async with self._clips, self._place(watcher):
            film = await self._find(watcher, span)
            part = await collect(self._shown(watcher, film), self._work)
            try:
                whole = await asyncio.to_thread(make_ordinary, part)
            finally:
                part.unlink(missing_ok=True)
            try:
                return await self._send_file(request, watcher, whole, film)
            finally:
                whole.unlink(missing_ok=True)

    async def _send_file(
        self, request: web.Request, watcher: Watcher, path: Path, film: Film
    ) -> web.StreamResponse:
        if self._door.is_over(watcher) and watcher.ended.is_set():
            raise web.HTTPForbidden(text="this person may no longer watch")
        camera = self._door.find_camera(watcher.granted.camera_uuid)
        name = _file_name(camera.config.name if camera else "camera", film.starts_at)
        disposition = f"attachment; filename=\"clip.mp4\"; filename*=UTF-8''{quote(name)}"
        headers = {"Content-Type": "video/mp4", "Content-Disposition": disposition} | _times(film)
        response = web.StreamResponse(headers=headers)
        response.content_length = path.stat().st_size
        await response.prepare(request)
        with _cut_off(request, watcher), contextlib.suppress(TimeoutError, ConnectionError):
            await _send(response, _read(path))
        return response

    async def _index(self, request: web.Request) -> web.StreamResponse:
        uuid = self._door.admit(request, View.PLAY).granted.camera_uuid
        span = span_of(request, LONGEST_LIST_S)
        found = recordings_between(self._source.index, uuid, span, time.time())
        motion = await self._projector.run(motion_between, self._source.motion, uuid, span)
        return web.json_response(found | {"motion": motion})

    async def _motion(self, request: web.Request) -> web.StreamResponse:
        uuid = self._door.admit(request, View.PLAY).granted.camera_uuid
        span, text = span_of(request, LONGEST_LIST_S), request.query.get("cells", "")
        if text and len(text) != SHAPE_CELLS:
            raise ValueError(f"`cells` has {SHAPE_CELLS} hexadecimal digits")
        cells = int(text, 16) if text else None
        motion = await self._projector.run(motion_between, self._source.motion, uuid, span, cells)
        return web.json_response({"motion": motion})

    async def _thumb(self, request: web.Request) -> web.StreamResponse:
        watcher = self._door.admit(request, View.PLAY)
        width = int(request.query.get("w", THUMB_WIDTH))
        if not 16 <= width <= LARGEST_THUMB:
            raise ValueError(f"`w` is 16 to {LARGEST_THUMB}")
        uuid, masks = watcher.granted.camera_uuid, self._door.masks(watcher)
        return _jpeg(await self._stills.thumb(uuid, moment_of(request, "at"), width, masks))

    async def _snapshot(self, request: web.Request) -> web.StreamResponse:
        if "at" in request.query:
            watcher = self._door.admit(request, View.PLAY)
            uuid, masks = watcher.granted.camera_uuid, self._door.masks(watcher)
            return _jpeg(await self._stills.exact(uuid, moment_of(request, "at"), masks))
        watcher = self._door.admit(request, View.SNAPSHOT)
        frame = self._door.camera(watcher).live.key_frame
        if frame is None:
            raise CameraError("no picture yet")
        masks = self._door.masks(watcher)
        jpeg = await self._stills.decode(make_snapshot, frame, masks)
        return _jpeg(Still(jpeg, frame.received_at))

    async def _find(self, watcher: Watcher, span: Span) -> Film:
        film = await self._projector.find_film(watcher.granted.camera_uuid, span)
        if film is None:
            raise web.HTTPNotFound(text="nothing was recorded then")
        return film

    async def _shown(
        self, watcher: Watcher, film: Film, *, keys: bool = False
    ) -> AsyncIterator[bytes]:
        """The film as this person may see it; ends when that changes."""
        masks = self._door.masks(watcher)
        pieces = self._projector.project(film, keys=keys)
        if masks:
            pieces = masked_film(pieces, masks, asyncio.to_thread)
        with contextlib.suppress(DamagedFile, MaskingFailed):
            async for piece in pieces:
                if watcher.ended.is_set() or self._door.masks(watcher) != masks:
                    return
                yield piece

    @contextlib.asynccontextmanager
    async def _place(self, watcher: Watcher) -> AsyncIterator[None]:
        """One of the films that may run at once; whoever has it is watching."""
        masks: Masks = self._door.masks(watcher)
        places = self._masked if masks else self._films
        if places.locked():
            raise web.HTTPServiceUnavailable(text="too many films at once")
        async with places:
            watcher.streams += 1
            try:
                yield
            finally:
                watcher.streams -= 1


@contextlib.contextmanager
def _cut_off(request: web.Request, watcher: Watcher) -> Iterator[None]:
    """Ends the connection the moment the core takes the right away, also while nothing moves."""

    async def wait() -> None:
        await watcher.ended.wait()
        if request.transport is not None:
            request.transport.abort()

    waiting = asyncio.create_task(wait())
    try:
        yield
    finally:
        waiting.cancel()


async def _send(response: web.StreamResponse, pieces: AsyncIterator[bytes]) -> None:
    """A player that is paused stops reading; it may go on within `PAUSE_S`."""
    async for data in pieces:
        async with asyncio.timeout(PAUSE_S):
            await response.write(data)
    await response.write_eof()


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while data := await asyncio.to_thread(file.read, 1 << 18):
            yield data


def _jpeg(still: Still | None) -> web.Response:
    if still is None:
        raise web.HTTPNotFound(text="nothing was recorded then")
    taken = {"X-Sigap-Start": iso(still.taken_at)}
    return web.Response(body=still.jpeg, content_type="image/jpeg", headers=taken)


def _times(film: Film) -> dict[str, str]:
    return {"X-Sigap-Start": iso(film.starts_at), "X-Sigap-End": iso(film.ends_at)}


def _file_name(camera: str, starts_at: float) -> str:
    plain = "".join(c if c.isalnum() or c in " -_." else "-" for c in camera)
    stamp = iso(starts_at)[:19].replace(":", "")
    return f"{plain[:_NAME_CHARACTERS].strip()} {stamp}Z.mp4"
