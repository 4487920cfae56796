"""Requests to a camera and its answers, with its challenge answered. Used by `receiver`."""

from __future__ import annotations

import asyncio
from typing import Any

from sigap.node.errors import CameraError, UnsupportedByReceiver
from sigap.node.ingest.connection import Connection
from sigap.node.ingest.rtsp import INTERLEAVED, Credentials, Message, RtspAddress

ANSWER_TIMEOUT_S = 5.0
UNAUTHORISED, UNSUPPORTED_TRANSPORT = 401, 461
_STATE_ERRORS = {
    401: "camera refuses user or password",
    403: "camera forbids",
    404: "no such stream",
}


class Dialogue:
    """`session`: what the camera calls ours, once it has given it a name."""

    def __init__(self, connection: Connection, address: RtspAddress) -> None:
        self.session = ""
        self._connection, self._address = connection, address
        self._credentials = Credentials(address.user, address.password)
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._sequence = 0

    async def request(self, method: str, url: str, headers: dict[str, str]) -> Message:
        """The answer 200. Raises CameraError for any other, and for none within 5 s."""
        answer = await self._ask(method, url, headers)
        if answer.status == UNAUTHORISED and self._credentials.take_challenge(
            answer.header("www-authenticate")
        ):
            answer = await self._ask(method, url, headers)
        if answer.status == UNSUPPORTED_TRANSPORT:
            raise UnsupportedByReceiver("camera does not do RTP over TCP", transport="udp")
        if answer.status != 200:
            reason = _STATE_ERRORS.get(answer.status, f"camera answers {answer.start[:80]}")
            raise CameraError(reason, misconfigured=answer.status in _STATE_ERRORS)
        return answer

    async def ask_methods(self) -> frozenset[str]:
        """What the camera says it can do (OPTIONS); empty when it does not say."""
        answer = await self._ask("OPTIONS", self._address.url, {})
        return frozenset(name.strip().upper() for name in answer.header("public").split(","))

    def tell(self, method: str) -> None:
        """A request whose answer does not matter: to keep the session alive, or to end it."""
        self._send(method, self._address.url, {})

    def send_packet(self, channel: int, packet: bytes) -> None:
        head = bytes((INTERLEAVED, channel)) + len(packet).to_bytes(2, "big")
        self._connection.send(head + packet)

    def take_answer(self, message: Message) -> None:
        sequence = message.header("cseq")
        waiting = self._answers.pop(int(sequence), None) if sequence.isdigit() else None
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    async def _ask(self, method: str, url: str, headers: dict[str, str]) -> Message:
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[self._send(method, url, headers)] = answer
        closed = self._connection.closed
        either: list[asyncio.Future[Any]] = [answer, closed]
        await asyncio.wait(either, timeout=ANSWER_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        if closed.done():
            closed.result()
        raise CameraError("camera does not answer")

    def _send(self, method: str, url: str, headers: dict[str, str]) -> int:
        self._sequence += 1
        fields = {"CSeq": str(self._sequence), "User-Agent": "Sigap", **headers}
        if self.session:
            fields["Session"] = self.session
        authorization = self._credentials.header(method, url)
        if authorization:
            fields["Authorization"] = authorization
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._connection.send(f"{method} {url} RTSP/1.0\r\n{lines}\r\n".encode())
        return self._sequence
