"""One client's connection to the simulator: answers RTSP, then sends RTP in real time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import struct
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sigap.node.errors import CameraError
from sigap.node.frames import CLOCK_HZ
from sigap.node.ingest.rtsp import (
    INTERLEAVED,
    Message,
    expected_response,
    parse_message,
    parse_parameters,
)
from sigap.node.simulate.clip import PAYLOAD_TYPE, Clip, Picture
from sigap.node.simulate.faults import Faults

SESSION = "5167A9"
NONCE = "0a4f113b"
REALM = "sigap"
RUBBISH_BYTES = 4096
_PACKET = struct.Struct(">BBHBBHII")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials a simulated camera asks for; an empty user means none."""

    user: str = ""
    password: str = ""


@dataclass(slots=True)
class PlayClock:
    """When which picture went out: picture k (from `start_frame`) at `started_at + k / fps`."""

    path: str
    clip: str
    fps: float
    frames_in_clip: int
    start_frame: int
    started_at: float
    frames_sent: int = 0


class CameraSession:
    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        clips: Mapping[str, Clip],
        clocks: list[PlayClock],
        login: Login,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._clips, self._clocks, self._login = clips, clocks, login
        self._faults = Faults()
        self._playing: asyncio.Task[None] | None = None

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
                    continue
                parsed = parse_message(buffer, 0, len(buffer))
                if parsed is None:
                    break
                del buffer[: parsed[1]]
                await self._answer(parsed[0])

    async def _answer(self, request: Message) -> None:
        method, url, _ = request.start.split(" ", 2)
        parts = urlsplit(url)
        if parts.query:
            self._faults = Faults.parse(parts.query)
        if self._faults.hang:
            return
        if not self._allowed(request, method):
            challenge = f'Digest realm="{REALM}", nonce="{NONCE}", qop="auth"'
            self._reply(request, "401 Unauthorized", {"WWW-Authenticate": challenge})
            return
        clip = self._clips.get(parts.path.strip("/").split("/")[0])
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
            names = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
            self._reply(request, "200 OK", {"Public": names})
        elif method == "DESCRIBE":
            body = clip.description(with_parameters=not self._faults.no_parameters)
            headers = {"Content-Base": url.partition("?")[0] + "/"}
            self._reply(request, "200 OK", headers, body=body)
        elif method == "SETUP" and "TCP" not in request.header("transport"):
            self._reply(request, "461 Unsupported Transport")
        elif method == "SETUP":
            transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
            self._reply(request, "200 OK", {"Transport": transport})
        elif method in ("GET_PARAMETER", "TEARDOWN"):
            self._reply(request, "200 OK")
        else:
            self._reply(request, "501 Not Implemented")

    def _allowed(self, request: Message, method: str) -> bool:
        if not self._login.user or method == "OPTIONS":
            return True
        header = request.header("authorization")
        given = parse_parameters(header)
        expected = expected_response(header, method, self._login.password)
        return given.get("username") == self._login.user and given.get("response") == expected

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
        faults, dice = self._faults, random.Random(self._faults.seed)
        stamper = _Stamper(clip, faults, dice)
        start = faults.start_frame % len(clip.pictures)
        clock = PlayClock(path, clip.name, clip.fps, len(clip.pictures), start, time.time())
        self._clocks.append(clock)
        began = time.perf_counter()
        try:
            for at, loop_number, picture in _endless(clip, start):
                await asyncio.sleep(max(0.0, began + at / CLOCK_HZ - time.perf_counter()))
                if not await self._sent(stamper.packets(picture, at, loop_number), at / CLOCK_HZ):
                    return
                clock.frames_sent += 1
        except ConnectionError:
            _log.debug("client left %s", path)
        finally:
            self._clocks.remove(clock)

    async def _sent(self, packets: bytes, elapsed_s: float) -> bool:
        """Send one picture, or commit the fault that is due; False when it was the last."""
        if elapsed_s >= self._faults.close_s:
            self._writer.close()
            return False
        if elapsed_s >= self._faults.stall_s:
            return False
        if elapsed_s >= self._faults.rubbish_s:
            packets = random.Random(elapsed_s).randbytes(RUBBISH_BYTES)
        self._writer.write(packets)
        await self._writer.drain()
        return True


class _Stamper:
    """Gives payloads their RTP headers, and the faults that belong to packets."""

    def __init__(self, clip: Clip, faults: Faults, dice: random.Random) -> None:
        self._clip, self._faults, self._dice = clip, faults, dice
        self._source = dice.getrandbits(32)
        self._sequence = dice.randrange(1 << 16)
        self._base = dice.randrange(1 << 30)
        self._loop_number = 0

    def packets(self, picture: Picture, at: int, loop_number: int) -> bytes:
        faults, dice = self._faults, self._dice
        if faults.restart and loop_number != self._loop_number:
            self._base, self._sequence = dice.randrange(1 << 30), dice.randrange(1 << 16)
        self._loop_number = loop_number
        jump_at, jump_by = faults.jump
        jumped = int(jump_by * CLOCK_HZ) if at / CLOCK_HZ >= jump_at else 0
        stamp = (self._base + at + jumped) & 0xFFFFFFFF
        last = len(picture.payloads) - 1
        data = bytearray()
        for index, payload in enumerate(picture.payloads):
            self._sequence = (self._sequence + 1) & 0xFFFF
            if faults.loses(dice):
                continue
            marker = 0x80 if index == last else 0
            sent = faults.damaged(payload, dice)
            data += _PACKET.pack(
                INTERLEAVED,
                0,
                len(sent) + 12,
                0x80,
                marker | PAYLOAD_TYPE,
                self._sequence,
                stamp,
                self._source,
            )
            data += sent
        return bytes(data)


def _endless(clip: Clip, start: int) -> Iterator[tuple[int, int, Picture]]:
    """(ticks since the start of play, number of the loop, picture) for ever."""
    base, loop_number = -clip.pictures[start].offset, 0
    first = start
    while True:
        for picture in clip.pictures[first:]:
            yield base + picture.offset, loop_number, picture
        base += clip.duration
        loop_number += 1
        first = 0
