"""`/media/evidence/{uuid}.zip`: a finished export, for a token of the core that names it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from aiohttp import web

from sigap.node.errors import TokenRefused
from sigap.node.evidence.package import MANIFEST, zip_chunks, zip_name
from sigap.node.media.tokens import View, verify_token

DOWNLOADS_AT_ONCE = 4
PAUSE_S = 120.0
UUID = r"[0-9A-Za-z-]{1,64}"


class EvidenceRoutes:
    """`media_key` is asked at each request, for the core may change it."""

    def __init__(self, folder: Path, media_key: Callable[[], bytes]) -> None:
        self._folder, self._media_key = folder, media_key
        self._downloads = asyncio.Semaphore(DOWNLOADS_AT_ONCE)

    def add_to(self, application: web.Application) -> None:
        application.router.add_get(rf"/media/evidence/{{uuid:{UUID}}}.zip", self._download)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        uuid = request.match_info["uuid"]
        granted = verify_token(request.query.get("t", ""), self._media_key(), now=time.time())
        if granted.camera_uuid != uuid or View.EXPORT not in granted.views:
            raise TokenRefused("this address is for something else")
        folder = self._folder / uuid
        if not (folder / MANIFEST).is_file():
            raise web.HTTPNotFound(text="no such export")
        if self._downloads.locked():
            raise web.HTTPServiceUnavailable(text="too many downloads at once")
        async with self._downloads:
            name = await asyncio.to_thread(zip_name, folder)
            response = web.StreamResponse(
                headers={
                    "Content-Type": "application/zip",
                    "Content-Disposition": f'attachment; filename="{name}"',
                }
            )
            await response.prepare(request)
            with contextlib.suppress(TimeoutError, ConnectionError):
                await _send(response, zip_chunks(folder))
        return response


async def _send(response: web.StreamResponse, chunks: Iterator[bytes]) -> None:
    while True:
        data = await asyncio.to_thread(next, chunks, None)
        if data is None:
            break
        async with asyncio.timeout(PAUSE_S):
            await response.write(data)
    await response.write_eof()
