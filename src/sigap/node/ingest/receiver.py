"""Our own RTSP client for H.264 over TCP, interleaved. One per connected camera; used by `source`.

Big reads go straight into one buffer that is parsed in place; FFmpeg's client makes six system
calls a packet where this makes one for many.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

from sigap.node.errors import CameraError, UnsupportedByReceiver
from sigap.node.frames import AccessUnitSink
from sigap.node.ingest.h264 import parameter_sets_of_sdp
from sigap.node.ingest.rtp import H264Depacketiser
from sigap.node.ingest.rtsp import (
    INTERLEAVED,
    Credentials,
    Message,
    RtspAddress,
    parse_message,
)
from sigap.node.ingest.sdp import VideoTrack, find_h264

BUFFER_BYTES = 256 << 10
ANSWER_TIMEOUT_S = 5.0
STALL_S = 5.0
DEFAULT_SESSION_S = 60
_STATE_ERRORS = {
    401: "camera refuses user or password",
    403: "camera forbids",
    404: "no such stream",
}


class InterleavedProtocol(asyncio.BufferedProtocol):
    """Splits the byte stream of a camera into RTP packets and RTSP messages."""

    def __init__(self, on_message: Callable[[Message], None]) -> None:
        self.on_packet: Callable[[memoryview, float], None] | None = None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed.add_done_callback(_mark_as_seen)
        self.bytes_received = 0
        self.last_packet_at = time.monotonic()
        self._on_message = on_message
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._end = 0

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        self._end += nbytes
        self.bytes_received += nbytes
        try:
            consumed = self._parse(time.time())
        except CameraError as error:
            self._fail(error)
            return
        left = self._end - consumed
        if consumed and left:
            self._view[:left] = self._view[consumed : self._end]
        self._end = left

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(CameraError("camera closed the connection"))

    def _fail(self, error: CameraError) -> None:
        if not self.closed.done():
            self.closed.set_exception(error)

    def _parse(self, received_at: float) -> int:
        buffer, view, position, end = self._buffer, self._view, 0, self._end
        while end - position >= 4:
            if buffer[position] == INTERLEAVED:
                begin = position + 4
                following = begin + (buffer[position + 2] << 8 | buffer[position + 3])
                if following > end:
                    break
                if buffer[position + 1] == 0 and self.on_packet is not None:
                    self.last_packet_at = time.monotonic()
                    self.on_packet(view[begin:following], received_at)
                position = following
                continue
            parsed = parse_message(buffer, position, end)
            if parsed is None:
                break
            message, position = parsed
            self._on_message(message)
        return position


class RtspReceiver:
    """One connection to a camera: `run` plays until it breaks, and then raises CameraError."""

    def __init__(self, url: str) -> None:
        self.depacketiser: H264Depacketiser | None = None
        self.protocol: InterleavedProtocol | None = None
        self._address = RtspAddress.parse(url)
        self._credentials = Credentials(self._address.user, self._address.password)
        self._transport: asyncio.Transport | None = None
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._sequence = 0
        self._session = ""

    async def run(self, sink: AccessUnitSink) -> None:
        protocol = await self._connect()
        try:
            keep_alive_s = await self._start(protocol, sink)
            await self._watch(protocol, keep_alive_s)
        finally:
            self._close(protocol)

    async def _connect(self) -> InterleavedProtocol:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                transport, protocol = await loop.create_connection(
                    lambda: InterleavedProtocol(self._take_answer),
                    self._address.host,
                    self._address.port,
                )
        except TimeoutError as error:
            raise CameraError("camera does not answer") from error
        except OSError as error:
            raise CameraError(f"cannot connect: {error.strerror or error}") from error
        self._transport, self.protocol = transport, protocol
        return protocol

    async def _start(self, protocol: InterleavedProtocol, sink: AccessUnitSink) -> float:
        """DESCRIBE, SETUP, PLAY. Returns the seconds between keep-alives."""
        url = self._address.url
        described = await self._request("DESCRIBE", url, {"Accept": "application/sdp"})
        base = described.header("content-base") or url
        track = find_h264(described.body.decode("utf-8", "replace"), base)
        session_s = await self._set_up(track)
        sps, pps = parameter_sets_of_sdp(track.sprop)
        self.depacketiser = _depacketiser(sink, sps, pps)
        protocol.on_packet = self.depacketiser.feed
        protocol.last_packet_at = time.monotonic()
        await self._request("PLAY", url, {"Range": "npt=0.000-"})
        return max(2.0, session_s / 2)

    async def _set_up(self, track: VideoTrack) -> int:
        transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
        answer = await self._request("SETUP", track.control, {"Transport": transport})
        if "interleaved" not in answer.header("transport").lower():
            raise UnsupportedByReceiver("camera does not do RTP over TCP")
        self._session, _, options = answer.header("session").partition(";")
        timeout = re.search(r"timeout=(\d+)", options)
        return int(timeout[1]) if timeout else DEFAULT_SESSION_S

    async def _watch(self, protocol: InterleavedProtocol, keep_alive_s: float) -> None:
        """Until the connection breaks: notice a stall, keep the session alive."""
        next_keep_alive = time.monotonic() + keep_alive_s
        while True:
            await asyncio.wait([protocol.closed], timeout=1.0)
            if protocol.closed.done():
                protocol.closed.result()
            now = time.monotonic()
            if now - protocol.last_packet_at > STALL_S:
                raise CameraError(f"no picture for {STALL_S:.0f} s")
            if now >= next_keep_alive:
                self._send("GET_PARAMETER", self._address.url, {})
                next_keep_alive = now + keep_alive_s

    async def _request(self, method: str, url: str, headers: dict[str, str]) -> Message:
        answer = await self._ask(method, url, headers)
        if answer.status == 401 and self._credentials.take_challenge(
            answer.header("www-authenticate")
        ):
            answer = await self._ask(method, url, headers)
        if answer.status == 461:
            raise UnsupportedByReceiver("camera does not do RTP over TCP")
        if answer.status != 200:
            reason = _STATE_ERRORS.get(answer.status, f"camera answers {answer.start[:80]}")
            raise CameraError(reason, misconfigured=answer.status in _STATE_ERRORS)
        return answer

    async def _ask(self, method: str, url: str, headers: dict[str, str]) -> Message:
        assert self.protocol is not None
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[self._send(method, url, headers)] = answer
        closed = self.protocol.closed
        either: list[asyncio.Future[Any]] = [answer, closed]
        await asyncio.wait(either, timeout=ANSWER_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        if closed.done():
            closed.result()
        raise CameraError("camera does not answer")

    def _send(self, method: str, url: str, headers: dict[str, str]) -> int:
        assert self._transport is not None
        self._sequence += 1
        fields = {"CSeq": str(self._sequence), "User-Agent": "Sigap", **headers}
        if self._session:
            fields["Session"] = self._session
        authorization = self._credentials.header(method, url)
        if authorization:
            fields["Authorization"] = authorization
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._transport.write(f"{method} {url} RTSP/1.0\r\n{lines}\r\n".encode())
        return self._sequence

    def _take_answer(self, message: Message) -> None:
        sequence = message.header("cseq")
        waiting = self._answers.pop(int(sequence), None) if sequence.isdigit() else None
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def _close(self, protocol: InterleavedProtocol) -> None:
        protocol.on_packet = None
        if self._transport is not None:
            if self._session and not self._transport.is_closing():
                self._send("TEARDOWN", self._address.url, {})
            self._transport.close()


def _mark_as_seen(closed: asyncio.Future[None]) -> None:
    """The end of a connection that nobody waits for any more is no news."""
    if not closed.cancelled():
        closed.exception()


def _depacketiser(sink: AccessUnitSink, sps: list[bytes], pps: list[bytes]) -> H264Depacketiser:
    """Parameter sets in the description may be nonsense; those in the stream then count."""
    try:
        return H264Depacketiser(sink, sps=sps, pps=pps)
    except CameraError:
        return H264Depacketiser(sink, sps=[], pps=[])
