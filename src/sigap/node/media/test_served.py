"""What viewers get from a running node: real RTSP in, media over HTTP and WebSocket out."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import av
import cv2
import numpy as np
import pytest

from sigap.node.conftest import RunningNode, StartNode
from sigap.node.media.tokens import Pass, View, sign_token
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import MEDIA_KEY, UUID, FakeCore, camera_entry, until

MASK = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]
"""The left half."""


def token(*views: View, masked: bool = True, user: str = "7") -> str:
    now = time.time()
    granted = Pass(UUID, frozenset(views), user, now + 60, now, masked=masked, mark="m")
    return sign_token(granted, bytes.fromhex(MEDIA_KEY))


def at(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat()


def shades(picture: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The brightest of the left half (but for its edge) and the mean of the right."""
    width = picture.shape[1]
    left, right = picture[:, : int(width * 0.46)], picture[:, int(width * 0.54) :]
    return float(left.max()), float(right.mean())


def pictures_of(data: bytes) -> list[np.ndarray[Any, Any]]:
    with av.open(io.BytesIO(data), "r") as film:
        return [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]


def still_of(jpeg: bytes) -> np.ndarray[Any, Any]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return picture


def is_masked(picture: np.ndarray[Any, Any]) -> bool:
    left, right = shades(picture)
    assert right > 50, "there is a picture beside the mask"
    return left < 40


async def next_head(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    async with asyncio.timeout(15):
        while (message := await socket.receive()).type is aiohttp.WSMsgType.BINARY:
            pass
    assert message.type is aiohttp.WSMsgType.TEXT, f"ended with {message.data}"
    head: dict[str, Any] = json.loads(message.data)
    return head


class Viewers:
    """Asks a node as browsers do."""

    def __init__(self, session: aiohttp.ClientSession, node: RunningNode) -> None:
        self._session, self._base = session, f"{node.url}/media/{UUID}"

    async def get(self, what: str, token: str, **query: str) -> tuple[int, bytes, dict[str, str]]:
        params = query | {"t": token}
        async with self._session.get(f"{self._base}/{what}", params=params) as answer:
            return answer.status, await answer.read(), dict(answer.headers)

    async def seen_live(
        self, token: str, pieces: int, **query: str
    ) -> tuple[dict[str, Any], bytes]:
        """The head, and the first pieces behind each other."""
        address = f"{self._base}/live"
        async with self._session.ws_connect(address, params=query | {"t": token}) as socket:
            head = json.loads(await socket.receive_str())
            data = [(await socket.receive_bytes())[8:] for _ in range(pieces + 1)]
        return head, b"".join(data)

    async def play_hls(
        self, what: str, token: str, query: dict[str, str], pictures: int = 1000
    ) -> list[np.ndarray[Any, Any]]:
        """As a player does that knows HLS and nothing of us."""
        address = f"{self._base}/{what}?{urlencode(query | {'t': token})}"

        def play() -> list[np.ndarray[Any, Any]]:
            with av.open(address) as film:
                shown = itertools.islice(film.decode(video=0), pictures)
                return [frame.to_ndarray(format="gray") for frame in shown]

        return await asyncio.to_thread(play)


def url_of(simulator: CameraSimulator, stream: str = "1") -> str:
    return f"rtsp://127.0.0.1:{simulator.port}/walk/{stream}"


async def recorded(node: RunningNode, core: FakeCore, seconds: float = 3.0) -> float:
    """Waits until so much is on disk; the time of its beginning."""
    await until(lambda: core.last_camera().get("recording"), what="recording")
    began = await until(
        lambda: core.last_camera().get("recorded_from"), what="the first recording in health"
    )
    begin = datetime.fromisoformat(str(began)).timestamp()
    await until(lambda: time.time() - begin > seconds + 2.2, what=f"{seconds} s of recording")
    return begin


async def test_recordings_as_pictures_clips_and_lists(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode, tmp_path: Path
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node() as node, aiohttp.ClientSession() as session:
        ask, play = Viewers(session, node), token(View.PLAY)
        begin = await recorded(node, core)
        day = node.settings.motion / UUID / f"{datetime.fromtimestamp(begin, UTC):%Y-%m-%d}.jsonl"
        day.parent.mkdir(parents=True, exist_ok=True)
        day.write_text(json.dumps([begin, begin + 1, 0.25, f"{1:036x}"]) + "\n")
        span = {"from": at(begin - 10), "to": at(begin + 3)}

        status, body, _ = await ask.get("index", play, **span)
        index = json.loads(body)
        assert (status, len(index["segments"]), len(index["gaps"])) == (200, 1, 1)
        assert index["motion"][0]["share"] == 0.25
        assert index["recorded_from"] == index["segments"][0]["start"]
        for cells, found in ((f"{1:036x}", 1), (f"{2:036x}", 0)):
            _, body, _ = await ask.get("motion", play, cells=cells, **span)
            assert len(json.loads(body)["motion"]) == found

        status, thumb, headers = await ask.get("thumb.jpg", play, at=at(begin + 1.5), w="160")
        picture = still_of(thumb)
        assert (status, picture.shape[1]) == (200, 160)
        exact = await ask.get("snapshot.jpg", play, at=at(begin + 1.55))
        assert exact[0] == 200
        taken = datetime.fromisoformat(exact[2]["X-Sigap-Start"]).timestamp()
        assert 0 <= begin + 1.552 - taken < 0.12
        assert datetime.fromisoformat(headers["X-Sigap-Start"]).timestamp() <= taken

        status, clip, headers = await ask.get("clip.mp4", play, **span)
        assert status == 200
        assert int(headers["Content-Length"]) == len(clip)
        assert "attachment" in headers["Content-Disposition"]
        assert "Gate%20" in headers["Content-Disposition"]
        with av.open(io.BytesIO(clip), "r") as film:
            assert film.duration is not None
            assert 2.5e6 < film.duration < 6e6
            assert b"moof" not in clip
        full = len(pictures_of(clip))
        _, keys, _ = await ask.get("play", play, keys="1", **span)
        _, film_bytes, _ = await ask.get("play", play, **span)
        assert len(pictures_of(film_bytes)) == full
        assert 2 <= len(pictures_of(keys)) <= full / 5
        with av.open(io.BytesIO(keys), "r") as film:
            stamps = [float(p.pts * p.time_base) for p in film.demux(video=0) if p.pts is not None]
        assert stamps[1] - stamps[0] == pytest.approx(1.0, abs=0.1)
        await _hls_of_a_recording(ask, play, span, full)


async def _hls_of_a_recording(ask: Viewers, play: str, span: dict[str, str], pictures: int) -> None:
    status, text, _ = await ask.get("hls/play.m3u8", play, **span)
    assert (status, text.decode().splitlines()[-1]) == (200, "#EXT-X-ENDLIST")
    assert len(await ask.play_hls("hls/play.m3u8", play, span)) == pictures


async def test_masks_are_burnt_in_everywhere_for_who_may_not_see(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator), sub_url=url_of(simulator, "2"), masks=[MASK]))
    async with start_node() as node, aiohttp.ClientSession() as session:
        ask = Viewers(session, node)
        begin = await recorded(node, core)
        span = {"from": at(begin), "to": at(begin + 2.5)}
        for masked in (True, False):
            one = token(View.LIVE, View.SNAPSHOT, View.PLAY, masked=masked)
            codec = "vp09" if masked else "avc1"
            for query in ({}, {"q": "sub"}):
                head, live = await ask.seen_live(one, 12, **query)
                assert head["codec"].startswith(codec)
                assert (b"avcC" in live) is not masked
                seen = pictures_of(live)
                assert len(seen) >= 10
                assert all(is_masked(picture) is masked for picture in seen)
            for what, query in (
                ("play", span),
                ("play", span | {"keys": "1"}),
                ("clip.mp4", span),
            ):
                status, film, _ = await ask.get(what, one, **query)
                assert status == 200
                seen = pictures_of(film)
                assert len(seen) >= 2
                assert all(is_masked(picture) is masked for picture in seen), what
            for what, query in (
                ("snapshot.jpg", {}),
                ("snapshot.jpg", {"at": at(begin + 1)}),
                ("thumb.jpg", {"at": at(begin + 1)}),
            ):
                status, jpeg, _ = await ask.get(what, one, **query)
                assert status == 200
                assert is_masked(still_of(jpeg)) is masked, what
            await _hls_of_both(ask, one, span, masked=masked)


async def _hls_of_both(ask: Viewers, one: str, span: dict[str, str], *, masked: bool) -> None:
    now = await ask.play_hls("hls/live.m3u8", one, {}, pictures=5)
    then = await ask.play_hls("hls/play.m3u8", one, span)
    assert len(then) >= 20
    assert all(is_masked(picture) is masked for picture in [*now, *then])


async def test_masks_drawn_while_somebody_watches(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node() as node, aiohttp.ClientSession() as session:
        await until(lambda: core.is_in_state("up"), what="camera up")
        address = f"{node.url}/media/{UUID}/live?t={token(View.LIVE)}"
        async with session.ws_connect(address) as socket:
            codecs = [json.loads(await socket.receive_str())["codec"][:4]]
            core.set_cameras(camera_entry(url_of(simulator), masks=[MASK]))
            while codecs[-1] != "vp09":
                codecs.append((await next_head(socket))["codec"][:4])
        assert codecs == ["avc1", "vp09"]


async def test_tiles_get_the_small_stream_once_it_comes(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator), sub_url=url_of(simulator, "2")))
    async with start_node() as node, aiohttp.ClientSession() as session:
        await until(lambda: core.is_in_state("up"), what="camera up")
        address = f"{node.url}/media/{UUID}/live?q=sub&t={token(View.LIVE)}"
        began = time.monotonic()
        async with session.ws_connect(address) as socket:
            qualities = [json.loads(await socket.receive_str())["quality"]]
            first_s = time.monotonic() - began
            while qualities[-1] != "sub":
                qualities.append((await next_head(socket))["quality"])
        assert qualities == ["main", "sub"]
        assert first_s < 0.5


async def test_who_may_watch_no_longer_is_cut_at_once(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node() as node, aiohttp.ClientSession() as session:
        begin = await recorded(node, core, seconds=1)
        ask, hers = Viewers(session, node), token(View.LIVE, View.PLAY, user="8")
        address = f"{node.url}/media/{UUID}/live"
        endless = {"from": at(begin), "to": at(time.time() + 50), "t": hers}
        async with (
            session.ws_connect(address, params={"t": token(View.LIVE, View.PLAY)}) as kept,
            session.ws_connect(address, params={"t": hers}) as socket,
            session.get(f"{node.url}/media/{UUID}/play", params=endless) as film,
        ):
            reported = await until(
                lambda: [v for v in core.health[-1]["viewers"] if v["user_id"] == "8"],
                what="the viewer in health",
            )
            assert {v["view"] for v in reported} >= {"live"}
            assert {(v["camera_uuid"], v["mark"]) for v in reported} == {(UUID, "m")}
            core.cut = ["8"]
            began = time.monotonic()
            async with asyncio.timeout(5):
                while (message := await socket.receive()).type is not aiohttp.WSMsgType.CLOSE:
                    assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT)
                with pytest.raises(aiohttp.ClientError):
                    await film.read()
            assert message.data == 4401
            assert time.monotonic() - began < 5
            core.cut = []
            assert (await ask.get("thumb.jpg", hers, at=at(begin + 0.5)))[0] == 403
            anew = token(View.LIVE, View.PLAY, user="8")
            assert (await ask.get("thumb.jpg", anew, at=at(begin + 0.5)))[0] == 200
            assert not kept.closed


async def test_strange_questions_are_refused(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node() as node, aiohttp.ClientSession() as session:
        await until(lambda: core.is_in_state("up"), what="camera up")
        ask, play = Viewers(session, node), token(View.PLAY, View.LIVE)
        for what, query in (
            ("live", {"q": "huge"}),
            ("play", {"from": "yesterday", "to": "today"}),
            ("play", {"from": at(1e9), "to": at(1e9 - 1)}),
            ("clip.mp4", {"from": at(1e9), "to": at(1e9 + 7200)}),
            ("thumb.jpg", {"at": at(1e9), "w": "100000"}),
            ("thumb.jpg", {"at": "0" * 400}),
            ("motion", {"from": at(1e9), "to": at(1e9 + 60), "cells": "zz"}),
            ("hls/play.m4s", {"b": "nan", "e": "1", "o": "0"}),
            ("hls/play.m4s", {"b": "-1e308", "e": "1e308", "o": "0"}),
        ):
            status, _, _ = await ask.get(what, play, **query)
            assert status == 422, (what, query)
        status, _, _ = await ask.get("thumb.jpg", play, at=at(1e9))
        assert status == 404
