"""Many live cameras over one WebSocket: a wall of sixteen tiles opens one, not sixteen.

Browsers open sockets to one host one after the other, and hold back whoever asks for many. So the
page opens one and says on it what it wants to see (`{"open": 3, "camera": uuid, "t": token, "q":
"sub"}`) or not any more (`{"close": 3}`). The answers are those of `live`, each with its line's
number: in the JSON as `line`, before binary messages as 4 bytes, big endian. `{"line": 3, "end":
4403}` is the end of one.
"""

from __future__ import annotations

import asyncio
import json
import struct

from aiohttp import WSMsgType, web

from sigap.node.errors import TokenRefused
from sigap.node.media.door import Door
from sigap.node.media.lines import GONE_CODE, REFUSED_CODE, Line
from sigap.node.media.live import Message, Quality
from sigap.node.media.masked import MaskedFeeds
from sigap.node.media.tokens import View

MAX_LINES = 64
IDLE_S = 15.0
"""Who wants nothing for so long is not a viewer."""
SEND_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 0.5
BAD_ORDER_CODE = 4422
_NUMBER = struct.Struct(">I")
_LARGEST_NUMBER = 0xFFFFFFFF


def live_socket() -> web.WebSocketResponse:
    return web.WebSocketResponse(
        compress=False, heartbeat=20, timeout=CLOSE_TIMEOUT_S, max_msg_size=4096
    )


class Trunk:
    """One browser's socket and the lines on it."""

    def __init__(self, door: Door, feeds: MaskedFeeds) -> None:
        self._door, self._feeds = door, feeds
        self._socket = live_socket()
        self._lines: dict[int, asyncio.Task[None]] = {}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        await self._socket.prepare(request)
        code = 1000
        try:
            code = await self._take_orders()
        finally:
            lines = list(self._lines.values())
            for line in lines:
                line.cancel()
            await asyncio.gather(*lines, return_exceptions=True)
        await self._socket.close(code=code)
        return self._socket

    async def _take_orders(self) -> int:
        while True:
            try:
                message = await self._socket.receive(timeout=IDLE_S)
            except TimeoutError:
                if self._lines:
                    continue
                return 1000
            if message.type is not WSMsgType.TEXT:
                return 1000
            try:
                self._obey(json.loads(message.data))
            except (KeyError, TypeError, ValueError):
                return BAD_ORDER_CODE

    def _obey(self, order: dict[str, object]) -> None:
        """Raises KeyError, TypeError or ValueError for what is no order."""
        if "close" in order:
            closing = self._lines.pop(_number(order["close"]), None)
            if closing is not None:
                closing.cancel()
            return
        number, quality = _number(order["open"]), Quality(str(order.get("q", Quality.MAIN)))
        if number in self._lines or len(self._lines) >= MAX_LINES:
            raise ValueError("this line is open already, or there are too many")
        work = self._run(number, str(order["camera"]), str(order["t"]), quality)
        self._lines[number] = asyncio.create_task(work)

    async def _run(self, number: int, camera: str, token: str, quality: Quality) -> None:
        try:
            code = await self._watch(number, camera, token, quality)
            await self._send(number, json.dumps({"end": code}))
        except (ConnectionError, TimeoutError):
            # The browser does not read any more: all its lines end.
            await self._socket.close()
        finally:
            if self._lines.get(number) is asyncio.current_task():
                del self._lines[number]

    async def _watch(self, number: int, camera: str, token: str, quality: Quality) -> int:
        try:
            watcher = self._door.let_in(token, camera, View.LIVE)
        except TokenRefused:
            return REFUSED_CODE
        line = Line(self._door, self._feeds, watcher, quality)
        if not line.settle():
            return GONE_CODE

        async def send(message: Message) -> None:
            await self._send(number, message)
            # Turn by turn, so that the first picture of all lines goes before the second of any.
            await asyncio.sleep(0)

        return await line.run(send)

    async def _send(self, number: int, message: Message) -> None:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            if isinstance(message, str):
                await self._socket.send_str(f'{{"line": {number}, {message[1:]}')
            else:
                await self._socket.send_bytes(_NUMBER.pack(number) + message)


def _number(value: object) -> int:
    """Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST_NUMBER:
        raise ValueError("a line has a number")
    return value
