"""What cameras, disks and the core do wrong, and that the node goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import aiohttp
import av
import pytest

from sigap.node.conftest import StartNode, free_port
from sigap.node.media.tokens import View
from sigap.node.recording.mend import Finding, check_all, mend_unfinished
from sigap.node.settings import NodeSettings
from sigap.node.simulate.clip import Clip
from sigap.node.simulate.login import Login
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import TOKEN, UUID, FakeCore, camera_entry, media_token, until

OTHER = "0b8f7a52-6d0e-4a57-9d53-2f3c1f7f0a02"


def url_of(simulator: CameraSimulator, query: str = "") -> str:
    return f"rtsp://127.0.0.1:{simulator.port}/walk{query}"


def frames_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def stored_bytes(files: list[Path]) -> int:
    return sum(path.stat().st_size for path in files if path.exists())


@pytest.mark.parametrize("query", ["?close=1.5", "?rubbish=1.5"])
async def test_broken_connection_is_taken_up_again(
    query: str, simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(
        camera_entry(url_of(simulator, query)),
        camera_entry(url_of(simulator, "?start=1"), id=2, uuid=OTHER),
    )
    async with start_node() as node:
        await until(lambda: simulator.connections >= 4, what="reconnected twice")
        await until(lambda: len(node.recordings()) >= 3, what="a segment a connection")
        neighbour = core.last_camera(2)
    assert neighbour["state"] == "up"
    assert neighbour["packets_lost"] == 0
    assert all(frames_in(path) for path in node.recordings())


@pytest.mark.slow
async def test_stall_is_noticed_and_silence_reported(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator, "?stall=1")))
    async with start_node():
        await until(lambda: core.is_in_state("up"), what="camera up")
        await until(lambda: core.is_in_state("connecting"), what="stall noticed")
        await until(lambda: simulator.connections >= 2, what="connected again")


@pytest.mark.slow
async def test_camera_that_never_answers_is_silent(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator, "?hang=1")))
    async with start_node():
        began = time.monotonic()
        await until(lambda: core.is_in_state("silent"), what="silence told", deadline_s=14)
        assert time.monotonic() - began < 12
    assert core.last_camera()["reason"] == "camera does not answer"


@pytest.mark.parametrize(
    "query", ["?lose=0.02", "?corrupt=0.05", "?jump=2,3600", "?jump=2,-3600", "?restart=1"]
)
async def test_damaged_streams_stay_playable(
    query: str, simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator, query)))
    async with start_node(segment_s=1.0) as node:
        await until(
            lambda: stored_bytes(node.recordings()) > 30_000,
            what="recorded through the fault",
        )
        await until(lambda: len(node.recordings()) >= 2, what="two segments")
    assert not list(check_all(node.settings.recordings, mend=False))
    for path in node.recordings():
        with av.open(str(path)) as container:
            stamps = [packet.dts for packet in container.demux(video=0) if packet.dts is not None]
        assert stamps == sorted(stamps)
        assert stamps[-1] - stamps[0] < 90_000 * 10


async def test_no_parameter_sets_in_description(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator, "?noparam=1&start=5")))
    async with start_node():
        await until(lambda: core.last_camera().get("width") == 320, what="size known")


async def test_login(clip: Clip, core: FakeCore, start_node: StartNode) -> None:
    asked = CameraSimulator({"walk": clip}, login=Login("ana", "rahasia"))
    async with asked.listening("127.0.0.1", 0):
        place = f"127.0.0.1:{asked.port}/walk"
        core.set_cameras(
            camera_entry(f"rtsp://ana:rahasia@{place}"),
            camera_entry(f"rtsp://ana:salah@{place}", id=2, uuid=OTHER),
        )
        async with start_node():
            await until(lambda: core.is_in_state("up", 1), what="right password")
            await until(lambda: core.is_in_state("bad", 2), what="wrong password")
    assert core.last_camera(2)["reason"] == "camera refuses user or password"


async def test_file_as_camera_and_unusable_files(
    clip_file: Path, core: FakeCore, start_node: StartNode, tmp_path: Path
) -> None:
    rubbish, cut = tmp_path / "rubbish.mp4", tmp_path / "cut.mp4"
    rubbish.write_bytes(b"no video" * 100)
    cut.write_bytes(clip_file.read_bytes()[:-2000])
    unusable = ("/nowhere.mp4", str(rubbish), str(cut), "gopher://x/")
    core.set_cameras(
        camera_entry(str(clip_file)),
        *(camera_entry(url, id=n, uuid=f"u{n}") for n, url in enumerate(unusable, start=2)),
    )
    async with start_node(segment_s=1.0) as node:
        await until(lambda: core.is_in_state("up", 1), what="file plays")
        await until(
            lambda: all(core.is_in_state("bad", number) for number in range(2, 6)), what="told"
        )
        await until(lambda: len(node.recordings()) >= 2, what="recorded")


async def test_disk_full_stops_recording_but_not_live(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with (
        start_node(min_free_bytes=1 << 60) as node,
        aiohttp.ClientSession() as session,
    ):
        await until(lambda: core.is_in_state("bad"), what="disk full told")
        assert core.last_camera()["reason"] == "disk full"
        address = f"{node.url}/media/{UUID}/live?t={media_token(View.LIVE)}"
        async with session.ws_connect(address) as socket:
            assert await socket.receive_str()
            assert await socket.receive_bytes()


async def test_oldest_recording_makes_room(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node(segment_s=1.0, max_recording_bytes=120_000) as node:
        first = await until(node.recordings, what="first segment")
        start = first[0].name.partition("-")[0]
        await until(
            lambda: all(not path.name.startswith(start) for path in node.recordings()),
            what="the oldest is gone",
            deadline_s=40,
        )


async def test_core_away_then_back(
    simulator: CameraSimulator, settings: NodeSettings, start_node: StartNode
) -> None:
    port = free_port()
    away = f"http://127.0.0.1:{port}"
    core = FakeCore()
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node(core_url=away) as node:
        async with core.listening(port):
            await until(lambda: core.is_in_state("up"), what="camera up")
        await until(node.recordings, what="recording")
        size = stored_bytes(node.recordings())
        await until(
            lambda: stored_bytes(node.recordings()) > size,
            what="goes on recording without the core",
        )
        core.health.clear()
        async with core.listening(port):
            await until(lambda: core.is_in_state("up"), what="reports again")
    assert (node.settings.state / "config.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("answer", ["", "[]", "{}", '{"cameras": [{"id": "x"}]}', "<html>"])
async def test_bad_configuration_is_ignored(
    answer: str, simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    async with start_node():
        await until(lambda: core.is_in_state("up"), what="camera up")
        asked = len(core.seen_headers)
        core.raw_config = answer
        await until(lambda: len(core.seen_headers) > asked + 1, what="asked twice more")
        core.health.clear()
        await until(lambda: core.is_in_state("up"), what="still up")


async def test_kill_loses_at_most_one_fragment(
    simulator: CameraSimulator, core: FakeCore, settings: NodeSettings, tmp_path: Path
) -> None:
    core.set_cameras(camera_entry(url_of(simulator)))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sigap.node",
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "SIGAP_HOME": str(settings.home),
            "SIGAP_NODE_PORT": str(settings.port),
            "SIGAP_NODE_TOKEN": TOKEN,
            "SIGAP_CORE_URL": settings.core_url,
            "SIGAP_NODE_MIN_FREE_MB": "0",
        },
    )
    files = settings.recordings.glob
    try:
        began = await until(lambda: list(files("*/*/*-open.mp4")), what="recording")
        await until(lambda: began[0].stat().st_size > 110_000, what="two fragments", deadline_s=20)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    killed = next(iter(files("*/*/*-open.mp4")))
    assert frames_in(killed) >= 20
    whole = killed.stat().st_size
    with killed.open("ab") as file:
        file.write(b"\0\0\0\x20prft half of a fragment")
    (mended,) = mend_unfinished(settings.recordings)
    assert mended.finding is Finding.TRUNCATED
    assert mended.segment is not None
    assert mended.segment.path.stat().st_size == whole
    assert mended.segment.ends_at - mended.segment.starts_at >= 2
    assert not list(check_all(settings.recordings, mend=False))
