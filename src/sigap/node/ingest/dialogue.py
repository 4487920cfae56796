"""Requests to a camera and its answers, with its challenge answered. Used by `receiver`."""

from __future__ import annotations

import asyncio
from typing import Any

from sigap.node.errors import CameraError, Moved, UnsupportedByReceiver
from sigap.node.ingest.connection import Connection
from sigap.node.ingest.rtsp import (
    CHALLENGE,
    INTERLEAVED,
    Credentials,
    Message,
    RtspAddress,
    parse_cut_message,
)

ANSWER_TIMEOUT_S = 5.0
CUT_ANSWER_S = 2.0
"""After this time what has come of an answer is all that will."""
KEEP_ALIVES = ("GET_PARAMETER", "OPTIONS")
MOST_TRIES = 3
UNAUTHORISED, NO_SESSION, UNSUPPORTED_TRANSPORT = 401, 454, 461
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
        self._told: dict[int, tuple[str, int]] = {}
        self._methods: frozenset[str] = frozenset()
        self._refused: set[str] = set()

    async def request(self, method: str, url: str, headers: dict[str, str]) -> Message:
        """The answer 200. Raises CameraError for any other, and for none within 5 s."""
        answer = await self._ask(method, url, headers)
        if answer.status == UNAUTHORISED and self._credentials.take_challenge(
            answer.header(CHALLENGE)
        ):
            answer = await self._ask(method, url, headers)
        if 300 <= answer.status < 400 and answer.header("location"):
            raise Moved(answer.header("location"))
        if answer.status == UNSUPPORTED_TRANSPORT:
            raise UnsupportedByReceiver("camera does not do RTP over TCP", transport="udp")
        if answer.status != 200:
            reason = _STATE_ERRORS.get(answer.status, f"camera answers {answer.start[:80]}")
            raise CameraError(reason, misconfigured=answer.status in _STATE_ERRORS)
        return answer

    async def ask_methods(self) -> None:
        """What the camera says it can do (OPTIONS); some do not say."""
        answer = await self._ask("OPTIONS", self._address.url, {})
        self._methods = frozenset(n.strip().upper() for n in answer.header("public").split(","))

    def keep_alive(self) -> None:
        """The only request that every camera knows is OPTIONS; some forget a session over it."""
        first, second = KEEP_ALIVES if KEEP_ALIVES[0] in self._methods else reversed(KEEP_ALIVES)
        self.tell(second if first in self._refused else first)

    def tell(self, method: str, *, tries: int = 1) -> None:
        """To keep the session alive, or to end it; nobody waits for the answer."""
        self._told = {self._send(method, self._address.url, {}): (method, tries)}

    def send_packet(self, channel: int, packet: bytes) -> None:
        head = bytes((INTERLEAVED, channel)) + len(packet).to_bytes(2, "big")
        self._connection.send(head + packet)

    def take_answer(self, message: Message) -> None:
        sequence = message.header("cseq")
        if not message.status or not sequence.isdigit():
            return
        waiting = self._answers.pop(int(sequence), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)
        told = self._told.pop(int(sequence), None)
        if told is not None and message.status != 200:
            self._take_refusal(*told, message)

    def _take_refusal(self, method: str, tries: int, answer: Message) -> None:
        """Of what was told: a nonce that has grown old, or a method that the camera lacks."""
        if answer.status == UNAUTHORISED:
            if self._credentials.take_challenge(answer.header(CHALLENGE)) and tries < MOST_TRIES:
                self.tell(method, tries=tries + 1)
        elif answer.status == NO_SESSION:
            self._connection.fail(CameraError("camera has forgotten the session"))
        elif method in KEEP_ALIVES:
            self._refused.add(method)
            other = KEEP_ALIVES[1 - KEEP_ALIVES.index(method)]
            if tries < MOST_TRIES:
                self.tell(other, tries=tries + 1)

    async def _ask(self, method: str, url: str, headers: dict[str, str]) -> Message:
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[self._send(method, url, headers)] = answer
        closed = self._connection.closed
        either: list[asyncio.Future[Any]] = [answer, closed]
        for wait_s in (CUT_ANSWER_S, ANSWER_TIMEOUT_S - CUT_ANSWER_S):
            await asyncio.wait(either, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            if closed.done():
                closed.result()
            self._take_cut_answer()
        raise CameraError("camera does not answer")

    def _take_cut_answer(self) -> None:
        message = parse_cut_message(self._connection.unfinished)
        if message is not None:
            self._connection.drop_unfinished()
            self.take_answer(message)

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
