"""The node as a whole: camera → recording, live, playback, health; and what it refuses."""

from __future__ import annotations

import itertools
import json
import struct
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import aiohttp
import av

from sigap.node.conftest import RunningNode, StartNode
from sigap.node.media.tokens import View
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import UUID, FakeCore, camera_entry, media_token, until


def url_of(simulator: CameraSimulator, query: str = "") -> str:
    return f"rtsp://127.0.0.1:{simulator.port}/walk{query}"


def decode_all(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [frame.pts or 0 for frame in container.decode(video=0)]


async def test_camera_is_recorded_and_reported(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node(segment_s=1.0) as node:
        await until(lambda: core.is_in_state("up"), what="camera up")
        await until(lambda: len(node.recordings()) >= 3, what="three segments")
        health = core.last_camera()
    assert (health["width"], health["height"]) == (320, 240)
    assert health["codec"].startswith("avc1.")
    assert 8 < health["fps"] < 12
    assert core.seen_headers[0] == "Node test-node-token"
    for path in node.recordings():
        stamps = decode_all(path)
        assert stamps
        assert stamps == sorted(set(stamps))
        assert not path.name.endswith("-open.mp4")


async def test_live_starts_with_key_frame(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode, tmp_path: Path
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node() as node, aiohttp.ClientSession() as session:
        await until(lambda: core.is_in_state("up"), what="camera up")
        address = f"{node.url}/media/{UUID}/live?t={media_token(View.LIVE)}"
        began = time.monotonic()
        async with session.ws_connect(address) as socket:
            about = json.loads(await socket.receive_str())
            messages = [await socket.receive_bytes() for _ in range(25)]
            first_s = time.monotonic() - began
    assert about["codec"].startswith("avc1.")
    assert (about["width"], about["height"]) == (320, 240)
    walls = [struct.unpack(">d", message[:8])[0] for message in messages]
    assert walls == sorted(walls)
    assert abs(walls[-1] - time.time()) < 2
    assert first_s < 3
    film = tmp_path / "live.mp4"
    film.write_bytes(b"".join(message[8:] for message in messages))
    assert len(decode_all(film)) == 24


async def test_playback_is_continuous_over_segments(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode, tmp_path: Path
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node(segment_s=1.0) as node, aiohttp.ClientSession() as session:
        await until(lambda: len(node.recordings()) >= 4, what="four segments")
        listing = await _get_json(session, node, "index", View.PLAY, back_s=60)
        assert len(listing["segments"]) == 1
        assert listing["gaps"][-1]["end"] == listing["segments"][0]["start"]
        begin = listing["segments"][0]["start"]
        end = listing["segments"][-1]["end"]
        path = f"/media/{UUID}/play?from={quote(begin)}&to={quote(end)}"
        async with session.get(f"{node.url}{path}&t={media_token(View.PLAY)}") as answer:
            assert answer.status == 200
            film = tmp_path / "film.mp4"
            film.write_bytes(await answer.read())
            assert answer.headers["X-Sigap-Start"] <= begin
    stamps = decode_all(film)
    steps = {following - stamp for stamp, following in itertools.pairwise(stamps)}
    assert len(stamps) >= 25
    assert max(steps) <= 9000 * 2


async def test_clip_is_followed_while_it_is_recorded(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode, tmp_path: Path
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node(segment_s=2.0) as node, aiohttp.ClientSession() as session:
        await until(lambda: core.last_camera().get("recording"), what="recording")
        now = time.time()
        span = {
            "from": datetime.fromtimestamp(now - 1, UTC).isoformat(),
            "to": datetime.fromtimestamp(now + 4, UTC).isoformat(),
            "t": media_token(View.PLAY),
        }
        async with session.get(f"{node.url}/media/{UUID}/play", params=span) as answer:
            film = tmp_path / "clip.mp4"
            film.write_bytes(await answer.read())
    stamps = decode_all(film)
    assert 40 <= len(stamps) <= 75
    assert stamps == sorted(set(stamps))


async def test_snapshot_hls_and_refusals(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node() as node, aiohttp.ClientSession() as session:
        await until(lambda: core.is_in_state("up"), what="camera up")
        base = f"{node.url}/media/{UUID}"
        good = media_token(View.SNAPSHOT, View.LIVE)
        origin = {"Origin": f"http://127.0.0.1:{core.port}"}
        async with session.get(f"{base}/snapshot.jpg?t={good}", headers=origin) as answer:
            assert answer.status == 200
            assert (await answer.read())[:2] == b"\xff\xd8"
            assert answer.headers["Access-Control-Allow-Origin"] == origin["Origin"]
        async with session.get(f"{base}/hls/live.m3u8?t={good}") as answer:
            text = await answer.text()
            assert "#EXT-X-MAP" in text
        part = next(line for line in text.splitlines() if ".m4s" in line)
        async with session.get(f"{base}/hls/{part}") as answer:
            assert answer.status == 200
        for token in (
            "",
            "nonsense",
            good[:-3] + "abc",
            media_token(View.PLAY),
            media_token(View.SNAPSHOT, expires_in_s=-1),
            media_token(View.SNAPSHOT, uuid="another"),
            media_token(View.SNAPSHOT, key="00" * 32),
        ):
            async with session.get(f"{base}/snapshot.jpg", params={"t": token}) as answer:
                assert answer.status == 403, token


async def _get_json(
    session: aiohttp.ClientSession, node: RunningNode, what: str, view: View, *, back_s: float
) -> dict[str, list[dict[str, str]]]:
    now = time.time()
    span = {
        "from": datetime.fromtimestamp(now - back_s, UTC).isoformat(),
        "to": datetime.fromtimestamp(now, UTC).isoformat(),
        "t": media_token(view),
    }
    async with session.get(f"{node.url}/media/{UUID}/{what}", params=span) as answer:
        assert answer.status == 200, await answer.text()
        body: dict[str, list[dict[str, str]]] = await answer.json()
        return body
