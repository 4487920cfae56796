"""One client's connection to the simulator: answers RTSP, then has the clip played."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sigap.node.errors import CameraError
from sigap.node.ingest.rtsp import INTERLEAVED, Message, parse_message
from sigap.node.simulate.clip import Clip
from sigap.node.simulate.faults import NEVER, Faults
from sigap.node.simulate.login import Doorkeeper, Login
from sigap.node.simulate.outlet import TcpOutlet, UdpOutlet
from sigap.node.simulate.play import SOUND, VIDEO, PlayClock, Player

SESSION = "5167A9"
SESSION_S = 60
METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
KEEP_ALIVES = frozenset({"OPTIONS", "GET_PARAMETER"})
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Cameras:
    """What the sessions of one simulator share.

    `changed`: the clip that a path shows since its codec changed. `away_until`: when a camera that
    restarts is back (monotonic). `messages`: what clients asked, `requests` of RTSP and RTCP.
    """

    clips: Mapping[str, Clip]
    login: Login
    clocks: list[PlayClock] = field(default_factory=list)
    changed: dict[str, str] = field(default_factory=dict)
    away_until: dict[str, float] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    reports: int = 0

    def clip_of(self, path: str) -> Clip | None:
        name = path.strip("/").split("/")[0]
        return self.clips.get(self.changed.get(path.rstrip("/"), name))


class CameraSession:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cameras: Cameras
    ) -> None:
        self._reader, self._writer, self._cameras = reader, writer, cameras
        self._faults = Faults()
        self._doorkeeper = Doorkeeper(cameras.login)
        self._heard_at = 0.0
        self._playing: asyncio.Task[None] | None = None
        self._udp: UdpOutlet | None = None

    async def serve(self) -> None:
        """Until the client or a fault ends the connection."""
        try:
            await self._answer_all()
        except (CameraError, ConnectionError, ValueError) as error:
            _log.debug("session ends: %s", error)
        finally:
            if self._playing is not None:
                self._playing.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await self._playing
            if self._udp is not None:
                self._udp.close()
            self._writer.close()

    async def _answer_all(self) -> None:
        buffer = bytearray()
        while data := await self._reader.read(64 << 10):
            buffer += data
            while len(buffer) >= 4:
                if buffer[0] == INTERLEAVED:
                    length = 4 + (buffer[2] << 8 | buffer[3])
                    if len(buffer) < length:
                        break
                    del buffer[:length]
                    self._cameras.reports += 1
                    continue
                parsed = parse_message(buffer, 0, len(buffer))
                if parsed is None:
                    break
                del buffer[: parsed[1]]
                await self._answer(parsed[0])

    async def _answer(self, request: Message) -> None:
        method, url, _ = request.start.split(" ", 2)
        self._cameras.requests.append(method)
        parts = urlsplit(url)
        if parts.query:
            self._faults = Faults.parse(parts.query)
        if self._faults.hang:
            return
        if self._cameras.away_until.get(parts.path, 0.0) > time.monotonic():
            raise ConnectionAbortedError("the camera restarts")
        if self._turned_away(request, method):
            await self._writer.drain()
            return
        clip = self._cameras.clip_of(parts.path)
        if clip is None:
            self._reply(request, "404 Not Found")
        elif method == "PLAY":
            self._reply(request, "200 OK", {"Range": "npt=0.000-"})
            self._playing = asyncio.create_task(self._play(clip, parts.path))
        else:
            self._answer_plain(request, method, clip=clip, url=url)
        await self._writer.drain()

    def _turned_away(self, request: Message, method: str) -> bool:
        """Whether the request was answered with something else than what it asks for."""
        if self._faults.to and method != "OPTIONS":
            self._reply(request, "302 Moved Temporarily", {"Location": self._faults.to})
            return True
        self._doorkeeper.nonce_s = self._faults.nonce_s
        challenges = self._doorkeeper.refuses(request, method)
        if challenges:
            self._reply(request, "401 Unauthorized", {"WWW-Authenticate": challenges})
        elif self._is_refused(method):
            self._reply(request, "501 Not Implemented")
        else:
            return False
        return True

    def _answer_plain(self, request: Message, method: str, *, clip: Clip, url: str) -> None:
        if method == "OPTIONS":
            self._reply(request, "200 OK", {} if self._faults.no_list else {"Public": METHODS})
        elif method == "DESCRIBE":
            bare = self._faults.no_parameters or self._faults.late_sets_s > 0
            body = clip.description(with_parameters=not bare, offer=self._faults.offer)
            headers = {"Content-Base": url.partition("?")[0] + "/"}
            self._reply(request, "200 OK", headers, body=body)
        elif method == "SETUP":
            self._set_up(request, SOUND if "track2" in url else VIDEO)
        elif method in ("GET_PARAMETER", "TEARDOWN"):
            self._reply(request, "200 OK")
        else:
            self._reply(request, "501 Not Implemented")

    def _set_up(self, request: Message, channel: int) -> None:
        wanted = request.header("transport")
        if "TCP" not in wanted:
            self._udp = self._udp or UdpOutlet(self._writer.get_extra_info("peername")[0])
            self._reply(request, "200 OK", {"Transport": self._udp.add(wanted, channel)})
        elif self._faults.udp:
            self._reply(request, "461 Unsupported Transport")
        else:
            transport = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
            self._reply(request, "200 OK", {"Transport": transport})

    def _is_refused(self, method: str) -> bool:
        """Who needs one request to know that somebody is there may not know the other."""
        patience_s, wanted = self._faults.patience
        if patience_s == NEVER or self._playing is None:
            return False
        if method == wanted:
            self._heard_at = time.monotonic()
        return method in KEEP_ALIVES and method != wanted

    def _reply(
        self,
        request: Message,
        status: str,
        headers: Mapping[str, str | list[str]] | None = None,
        *,
        body: str = "",
    ) -> None:
        patience_s = min(SESSION_S, self._faults.patience[0])
        fields = {
            "CSeq": request.header("cseq"),
            "Session": f"{SESSION};timeout={patience_s:.0f}",
            **(headers or {}),
        }
        if body:
            length = len(body) + self._faults.body
            fields |= {"Content-Type": "application/sdp", "Content-Length": str(length)}
        lines = "".join(
            f"{name}: {value}\r\n"
            for name, values in fields.items()
            for value in (values if isinstance(values, list) else [values])
        )
        self._writer.write(f"RTSP/1.0 {status}\r\n{lines}\r\n{body}".encode())

    async def _play(self, clip: Clip, path: str) -> None:
        faults = self._faults
        outlet = self._udp or TcpOutlet(self._writer)
        player = Player(clip, faults, self._cameras.clips, outlet)
        self._heard_at = time.monotonic()
        start = faults.start_frame % len(clip.pictures)
        clock = PlayClock(path, clip.name, clip.fps, len(clip.pictures), start, time.time())
        self._cameras.clocks.append(clock)
        try:
            await self._while_heard(player, clock)
        except ConnectionAbortedError:
            self._leave(path, player)
        except ConnectionError:
            _log.debug("client left %s", path)
        finally:
            self._cameras.clocks.remove(clock)

    async def _while_heard(self, player: Player, clock: PlayClock) -> None:
        """Play until a fault or the client's silence ends it."""
        playing = asyncio.ensure_future(player.play(clock))
        try:
            while not playing.done():
                await asyncio.wait([playing], timeout=0.1)
                if time.monotonic() - self._heard_at > self._faults.patience[0]:
                    raise ConnectionAbortedError("nobody is there")
            await playing
        finally:
            playing.cancel()

    def _leave(self, path: str, player: Player) -> None:
        """A fault closes the connection; some last beyond it."""
        if self._faults.away[1]:
            self._cameras.away_until[path] = time.monotonic() + self._faults.away[1]
        if player.change_closes:
            self._cameras.changed[path.rstrip("/")] = self._faults.change[1]
        self._writer.close()
