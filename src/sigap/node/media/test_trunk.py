"""Many cameras over one WebSocket of a running node: real RTSP in, numbered lines out."""

from __future__ import annotations

import asyncio
import io
import json
import struct
import time
from typing import Any

import aiohttp
import av
import pytest

from sigap.node.conftest import StartNode
from sigap.node.media.tokens import Pass, View, sign_token
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import MEDIA_KEY, UUID, FakeCore, camera_entry, media_token, until

SECOND = "2b8f6a52-6f0e-4d5c-9f4e-0b1c2d3e4f5a"
LEFT_HALF = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]


def url_of(simulator: CameraSimulator, stream: str = "1") -> str:
    return f"rtsp://127.0.0.1:{simulator.port}/walk/{stream}"


def order(line: int, token: str, camera: str = UUID, **more: object) -> dict[str, Any]:
    return {"open": line, "camera": camera, "t": token} | more


class Wall:
    """Reads a socket as the page does: by line."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.told: dict[int, list[dict[str, Any]]] = {}
        self.pieces: dict[int, list[bytes]] = {}

    async def ask(self, *orders: dict[str, Any]) -> None:
        for each in orders:
            await self._socket.send_json(each)

    async def read(self) -> int:
        """One message; the line that it is of."""
        async with asyncio.timeout(10):
            message = await self._socket.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            told = json.loads(message.data)
            self.told.setdefault(told["line"], []).append(told)
            return int(told["line"])
        assert message.type is aiohttp.WSMsgType.BINARY, f"ended with {message.data}"
        line, wall_clock = struct.unpack_from(">Id", message.data)
        assert time.time() - wall_clock < 30
        self.pieces.setdefault(line, []).append(message.data[12:])
        return int(line)

    async def end_of(self, line: int) -> int:
        while "end" not in self.told.get(line, [{}])[-1]:
            await self.read()
        return int(self.told[line][-1]["end"])


async def test_two_cameras_on_one_socket(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(
        camera_entry(url_of(simulator)),
        camera_entry(url_of(simulator, "2"), id=2, uuid=SECOND),
    )
    async with start_node() as node, aiohttp.ClientSession() as session:
        await until(lambda: core.is_in_state("up"), what="camera up")
        await asyncio.sleep(1)
        async with session.ws_connect(f"{node.url}/media/lines") as socket:
            wall = Wall(socket)
            first = order(3, media_token(View.LIVE))
            second = order(900, media_token(View.LIVE, uuid=SECOND), SECOND, q="sub")
            await wall.ask(first, second)
            while min(len(wall.pieces.get(line, [])) for line in (3, 900)) < 20:
                await wall.read()
            for line in (3, 900):
                assert wall.told[line][0]["codec"].startswith("avc1")
                with av.open(io.BytesIO(b"".join(wall.pieces[line])), "r") as film:
                    assert sum(1 for _ in film.decode(video=0)) > 10

            await wall.ask({"close": 3})
            silent_since = time.monotonic()
            while time.monotonic() - silent_since < 1.5:
                if await wall.read() == 3:
                    assert time.monotonic() - silent_since < 1, "a closed line went on"
            # Its number may be used again.
            before = len(wall.told[3])
            await wall.ask(first)
            while len(wall.told[3]) == before:
                await wall.read()


async def test_a_line_ends_with_its_reason_and_the_others_go_on(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator), masks=[LEFT_HALF]))
    now = time.time()
    hers = Pass(UUID, frozenset({View.LIVE}), "8", now + 60, now, masked=True, mark="m")
    async with start_node() as node, aiohttp.ClientSession() as session:
        await until(lambda: core.is_in_state("up"), what="camera up")
        async with session.ws_connect(f"{node.url}/media/lines") as socket:
            wall = Wall(socket)
            await wall.ask(
                order(1, media_token(View.LIVE, expires_in_s=30)),
                order(2, sign_token(hers, bytes.fromhex(MEDIA_KEY))),
                order(3, media_token(View.PLAY)),
                order(4, media_token(View.LIVE), SECOND),
                order(5, media_token(View.LIVE, uuid=SECOND), SECOND),
                order(6, media_token(View.LIVE, expires_in_s=2)),
                order(7, "forged.token"),
            )
            ends = {line: await wall.end_of(line) for line in (3, 4, 5, 7)}
            assert ends == {3: 4400, 4: 4400, 5: 4404, 7: 4400}
            assert await wall.end_of(6) == 4403
            while not wall.pieces.get(2):
                await wall.read()
            assert wall.told[2][0]["codec"].startswith("vp09"), "masks are burnt in on a line too"
            core.cut = ["8"]
            began = time.monotonic()
            assert await wall.end_of(2) == 4401
            assert time.monotonic() - began < 5
            seen = len(wall.pieces[1])
            while len(wall.pieces[1]) < seen + 5:
                await wall.read()
            viewers = {viewer["user_id"] for viewer in core.health[-1]["viewers"]}
            assert "7" in viewers


@pytest.mark.parametrize(
    "nonsense",
    ["[]", "{}", "no json", '{"open": -1}', '{"open": 1, "camera": "x", "t": "y", "q": "huge"}'],
)
async def test_what_is_no_order_ends_the_socket(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode, nonsense: str
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node() as node, aiohttp.ClientSession() as session:
        await until(lambda: core.is_in_state("up"), what="camera up")
        socket = await session.ws_connect(f"{node.url}/media/lines")
        await socket.send_str(nonsense)
        async with asyncio.timeout(5):
            message = await socket.receive()
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4422)
