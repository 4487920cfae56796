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
from sigap.node.ingest.rtsp import (
    INTERLEAVED,
    Message,
    expected_response,
    parse_message,
    parse_parameters,
)
from sigap.node.simulate.clip import Clip
from sigap.node.simulate.faults import Faults
from sigap.node.simulate.outlet import TcpOutlet, UdpOutlet
from sigap.node.simulate.play import SOUND, VIDEO, PlayClock, Player

SESSION = "5167A9"
NONCE = "0a4f113b"
REALM = "sigap"
METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials a simulated camera asks for; an empty user means none."""

    user: str = ""
    password: str = ""


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
        if not self._allowed(request, method):
            challenge = f'Digest realm="{REALM}", nonce="{NONCE}", qop="auth"'
            self._reply(request, "401 Unauthorized", {"WWW-Authenticate": challenge})
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

    def _answer_plain(self, request: Message, method: str, *, clip: Clip, url: str) -> None:
        if method == "OPTIONS":
            self._reply(request, "200 OK", {} if self._faults.no_list else {"Public": METHODS})
        elif method == "DESCRIBE":
            body = clip.description(with_parameters=not self._faults.no_parameters)
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

    def _allowed(self, request: Message, method: str) -> bool:
        login = self._cameras.login
        if not login.user or method == "OPTIONS":
            return True
        header = request.header("authorization")
        given = parse_parameters(header)
        expected = expected_response(header, method, login.password)
        return given.get("username") == login.user and given.get("response") == expected

    def _reply(
        self,
        request: Message,
        status: str,
        headers: Mapping[str, str] | None = None,
        *,
        body: str = "",
    ) -> None:
        fields = {"CSeq": request.header("cseq"), "Session": f"{SESSION};timeout=60"}
        fields |= headers or {}
        if body:
            fields |= {"Content-Type": "application/sdp", "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._writer.write(f"RTSP/1.0 {status}\r\n{lines}\r\n{body}".encode())

    async def _play(self, clip: Clip, path: str) -> None:
        faults = self._faults
        outlet = self._udp or TcpOutlet(self._writer)
        player = Player(clip, faults, self._cameras.clips, outlet)
        start = faults.start_frame % len(clip.pictures)
        clock = PlayClock(path, clip.name, clip.fps, len(clip.pictures), start, time.time())
        self._cameras.clocks.append(clock)
        try:
            await player.play(clock)
        except ConnectionAbortedError:
            self._leave(path, player)
        except ConnectionError:
            _log.debug("client left %s", path)
        finally:
            self._cameras.clocks.remove(clock)

    def _leave(self, path: str, player: Player) -> None:
        """A fault closes the connection; some last beyond it."""
        if self._faults.away[1]:
            self._cameras.away_until[path] = time.monotonic() + self._faults.away[1]
        if player.change_closes:
            self._cameras.changed[path.rstrip("/")] = self._faults.change[1]
        self._writer.close()
