"""ONVIF against a virtual camera with a real device service; streams against our simulator."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sigap.node.conftest import StartNode
from sigap.node.media.tokens import View
from sigap.node.onvif.device import Profile, choose_streams
from sigap.node.onvif.discovery import MAX_HOSTS, Search, expand_hosts, find_cameras
from sigap.node.onvif.testing_device import PASSWORD, USER, VirtualCamera, virtual_camera
from sigap.node.simulate.clip import Clip
from sigap.node.simulate.login import Login
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import UUID, FakeCore, camera_entry, media_token, until


@pytest.fixture
def device(
    simulator: CameraSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[VirtualCamera]:
    monkeypatch.chdir(tmp_path)  # it keeps its presets where it runs
    with virtual_camera(rtsp_port=simulator.port) as camera:
        yield camera


async def post(url: str, body: object, **headers: str) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=body, headers=headers) as answer,
    ):
        return answer.status, json.loads(await answer.text())


def setup_url(node_url: str, path: str) -> str:
    return f"{node_url}/node/{path}?t={media_token(View.SETUP, uuid='node')}"


async def test_a_camera_answers_a_probe_sent_to_its_address(device: VirtualCamera) -> None:
    search = Search(3.0, ("127.0.0.1",), multicast=False, port=device.discovery_port)
    found = [camera async for camera in _first(find_cameras(search))]
    assert [(camera.address, camera.name) for camera in found] == [(device.address, "Gerbang")]


async def _first(cameras: Any) -> Any:
    async for camera in cameras:
        yield camera
        return


async def test_nobody_answers() -> None:
    search = Search(0.1, ("127.0.0.1",), multicast=False, port=9)
    assert [camera async for camera in find_cameras(search)] == []


def test_ranges_of_addresses() -> None:
    assert expand_hosts("10.0.0.5, 10.0.0.8-9 10.1.0.0/30") == (
        *("10.0.0.5", "10.0.0.8", "10.0.0.9", "10.1.0.1", "10.1.0.2"),
    )
    for wrong in ("10.0.0.0/8", "10.0.0.9-1", "kamera", "10.0.0.1-10.9.0.1"):
        with pytest.raises(ValueError):
            expand_hosts(wrong)
    assert len(expand_hosts("10.0.0.0/22")) <= MAX_HOSTS


async def test_a_camera_tells_what_it_offers(
    device: VirtualCamera, core: FakeCore, start_node: StartNode, simulator: CameraSimulator
) -> None:
    async with start_node() as node:
        await until(lambda: core.health, what="the node knows its key")
        url = setup_url(node.url, "onvif/probe")
        ask = {"address": device.address, "user": USER, "password": PASSWORD}
        status, told = await post(url, ask)
        assert status == 200, told
        assert (told["maker"], told["ptz"]) == ("PythonCam", True)
        assert abs(told["clock_skew_s"]) < 5
        main, sub = told["profiles"][told["main"]], told["profiles"][told["sub"]]
        assert (main["width"], sub["width"]) == (1920, 640)
        assert main["url"] == f"rtsp://127.0.0.1:{simulator.port}/walk/main"
        assert base64.b64decode(told["snapshot"])[:2] == b"\xff\xd8"
        assert PASSWORD not in json.dumps(told)

        status, told = await post(url, ask | {"password": "wrong"})
        assert (status, told["code"]) == (422, "wrong_password")
        status, told = await post(url, {"address": "127.0.0.1:9"})
        assert (status, told["code"]) == (422, "unreachable")
        status, told = await post(url, {"address": f"http://127.0.0.1:{core.port}/"})
        assert (status, told["code"]) == (422, "no_onvif")


async def test_a_stream_is_seen_before_it_is_added(
    clip: Clip, core: FakeCore, start_node: StartNode, clip_file: Path
) -> None:
    simulator = CameraSimulator({"walk": clip}, login=Login("viewer", "r@hasia"))
    async with simulator.listening("127.0.0.1", 0) as camera, start_node() as node:
        await until(lambda: core.health, what="the node knows its key")
        url = setup_url(node.url, "probe")
        place = f"127.0.0.1:{camera.port}"

        async def look(source: str) -> tuple[int, dict[str, Any]]:
            return await post(url, {"source_url": source})

        status, told = await look(f"rtsp://viewer:r%40hasia@{place}/walk")
        assert status == 200, told
        assert (told["codec"], told["width"], told["height"]) == ("h264", 320, 240)
        assert told["fps"] == pytest.approx(10, abs=1.5)
        assert base64.b64decode(told["jpeg"])[:2] == b"\xff\xd8"
        assert (await look(f"rtsp://viewer:falsch@{place}/walk"))[1] == {
            "code": "wrong_password",
            "message": "wrong_password",
        }
        status, told = await look(f"rtsp://viewer:r%40hasia@{place}/nothing")
        assert told["code"] == "no_such_stream"
        assert (await look("rtsp://127.0.0.1:9/x"))[1]["code"] == "unreachable"
        assert (await look("gopher://x/y"))[1]["code"] == "bad_address"
        assert (await look(f"file://{clip_file}"))[1]["width"] == 320


async def test_a_camera_turns_until_it_is_let_go(
    device: VirtualCamera, core: FakeCore, start_node: StartNode
) -> None:
    source = "rtsp://admin:k%40mera%2F123@127.0.0.1:9/walk"
    core.set_cameras(camera_entry(source, onvif_url=device.address))
    device.inner.ptz.set_preset("gate", "Gerbang utama")
    async with start_node() as node:
        await until(lambda: core.last_camera(), what="the node has the camera")
        url = f"{node.url}/media/{UUID}/ptz?t={media_token(View.PTZ)}"
        assert await post(url, {"pan": 1.0}) == (200, {"done": True})
        await until(lambda: device.pan > 0.05, what="it turns")
        await until(lambda: not device.moves(), what="nobody renews: it stops by itself")
        await post(url, {"pan": -1.0, "tilt": 0.5})
        assert device.moves()
        await post(url, {"stop": True})
        assert not device.moves()
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            told = await answer.json()
        assert {"token": "gate", "name": "Gerbang utama"} in told["presets"]
        assert await post(url, {"preset": "gate"}) == (200, {"done": True})
        assert device.pan == 0
        status, told = await post(url, {"pan": 7})
        assert (status, told["message"]) == (422, "not valid: pan")


async def test_who_may_not_ask(core: FakeCore, start_node: StartNode) -> None:
    async with start_node() as node:
        await until(lambda: core.health, what="the node knows its key")
        url = setup_url(node.url, "probe")
        body = {"source_url": "rtsp://127.0.0.1:9/x"}
        assert (await post(url, body, Origin="http://evil.example"))[0] == 403
        live = media_token(View.LIVE, uuid="node")
        assert (await post(f"{node.url}/node/probe?t={live}", body))[0] == 403
        ptz = media_token(View.PTZ, uuid="another")
        assert (await post(f"{node.url}/media/{UUID}/ptz?t={ptz}", {"pan": 1}))[0] == 403
        origin = next(iter(node.settings.allowed_origins))
        async with (
            aiohttp.ClientSession() as session,
            session.options(url, headers={"Origin": origin}) as answer,
        ):
            assert answer.status == 204
            assert answer.headers["Access-Control-Allow-Origin"] == origin
        found = setup_url(node.url, "onvif/discover") + "&hosts=10.0.0.0/8"
        async with aiohttp.ClientSession() as session, session.get(found) as answer:
            assert answer.status == 422


def test_main_and_sub_are_chosen_by_size() -> None:
    def profile(width: int, encoding: str = "H264") -> Profile:
        return Profile("t", "n", encoding, width, width // 2, 25, "", False, "rtsp://x/")

    sizes = [profile(4000, "JPEG"), profile(320), profile(1920, "H265"), profile(704)]
    assert choose_streams(tuple(sizes)) == (2, 3)
    assert choose_streams((profile(640),)) == (0, None)
    assert choose_streams((profile(640, "JPEG"),)) == (None, None)
