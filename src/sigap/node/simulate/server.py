"""Listens for RTSP clients, and tells over HTTP which picture went out when.

`rtsp://HOST:PORT/NAME[/anything][?faults]`: any suffix is another camera of the same clip. Faults
are those of `faults.Faults`. `GET /clocks` on the clock port lists a `PlayClock` a client.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict

from aiohttp import web

from sigap.node.simulate.clip import Clip
from sigap.node.simulate.login import Login
from sigap.node.simulate.play import PlayClock
from sigap.node.simulate.session import Cameras, CameraSession


class CameraSimulator:
    def __init__(self, clips: Mapping[str, Clip], *, login: Login | None = None) -> None:
        self.cameras = Cameras(clips, login or Login())
        self.port = 0
        self.connections = 0
        self._sessions: set[asyncio.Task[None]] = set()

    @property
    def clocks(self) -> list[PlayClock]:
        return self.cameras.clocks

    @contextlib.asynccontextmanager
    async def listening(
        self, host: str, port: int, *, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[CameraSimulator]:
        """Serve while the block runs; port 0 takes a free one (then see `port`)."""
        server = await asyncio.start_server(self._accept, host, port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for session in self._sessions:
                session.cancel()
            await asyncio.gather(*self._sessions, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        session = asyncio.create_task(CameraSession(reader, writer, self.cameras).serve())
        self._sessions.add(session)
        session.add_done_callback(self._sessions.discard)

    @contextlib.asynccontextmanager
    async def telling_time(self, host: str, port: int) -> AsyncIterator[None]:
        """Serve `GET /clocks` while the block runs."""

        async def clocks(_: web.Request) -> web.Response:
            return web.json_response([asdict(clock) for clock in self.clocks])

        application = web.Application()
        application.router.add_get("/clocks", clocks)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        try:
            yield
        finally:
            await runner.cleanup()
