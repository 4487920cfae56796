"""Cameras that are odd, or go wrong amid the stream: what is recorded and cut of each plays.

Every recording, and the export over the whole time, is decoded by `ffprobe` without a complaint.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest

from sigap.node.backoff import JITTER
from sigap.node.conftest import RunningNode, StartNode
from sigap.node.errors import CameraError
from sigap.node.evidence.job import ExportJob, Source
from sigap.node.ingest.connection import REACH_S, Connection, Place
from sigap.node.ingest.connector import LONGEST_RETRY_S
from sigap.node.ingest.ticker import ReadTicker
from sigap.node.recording.mend import check_all
from sigap.node.recording.segments import Segment, find_segments
from sigap.node.simulate.clip import Clip, load_clip
from sigap.node.simulate.login import Login
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import FakeCore, camera_entry, until
from sigap.node.testclips import FPS, Look, complaints_of, render
from sigap.node.uplink.contract import ExportConfig, ExportItem, instant

HOUR_S = 3600.0
ORDER = "7e0c1b7a-2f77-4f0e-9a35-0e3c8c1f2b11"
PASSWORD = 'p@s:s/w#rd%?"'
QUOTED = "p%40s%3As%2Fw%23rd%25%3F%22"
LOOKS = {
    "plain": ("plain.mp4", Look()),
    "small": ("small.mp4", Look(size=(160, 128))),
    "other": ("other.mp4", Look(more="refs=4:coder=0:profile=main")),
    "h265": ("h265.mp4", Look(encoder="libx265")),
    "between": ("between.mp4", Look(more="bf=3:b_strategy=0")),
    "slices": ("slices.mp4", Look(more="slices=4")),
    "fields": ("fields.mp4", Look(more="flags=+ildct+ilme")),
    "aac": ("aac.mp4", Look(sound="aac")),
    "g711": ("g711.mov", Look(sound="pcm_alaw", sound_hz=8000)),
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    folder = tmp_path_factory.mktemp("odd")
    return {
        name: load_clip(name, render(folder / file, look), folder, keep_h265=True, keep_order=True)
        for name, (file, look) in LOOKS.items()
    }


@pytest.fixture
async def street(clips: dict[str, Clip]) -> AsyncIterator[CameraSimulator]:
    async with CameraSimulator(clips).listening("127.0.0.1", 0) as listening:
        yield listening


def entries(base: str, cameras: dict[str, str]) -> list[dict[str, object]]:
    """`cameras`: paths by name, each made a camera of its own."""
    placed = {name: path.partition("?") for name, path in cameras.items()}
    return [
        camera_entry(
            f"{base}/{path}/{name}{mark}{query}",
            id=number,
            uuid=name,
            name=name,
            keep_audio=True,
        )
        for number, (name, (path, mark, query)) in enumerate(placed.items(), start=1)
    ]


def segments_of(node: RunningNode, uuid: str) -> list[Segment]:
    found = find_segments(node.settings.recordings)
    return sorted((s for s in found if s.camera_uuid == uuid), key=lambda s: s.starts_at)


def export_of(node: RunningNode, uuid: str) -> list[Path]:
    """The films of all that was recorded of a camera."""
    segments = segments_of(node, uuid)
    item = ExportItem(
        camera_uuid=uuid,
        start=instant(segments[0].starts_at),
        end=instant(max(segment.ends_at for segment in segments)),
    )
    target = node.settings.home / f"export-{uuid}"
    job = ExportJob(
        ExportConfig(uuid=ORDER, items=[item]),
        {uuid: Source(uuid, [], {0: segments})},
        target,
        min_free_bytes=0,
        told=lambda _: None,
    )
    return [target / file.name for report in job.run() for file in report.files]


def pictures_in(path: Path) -> int:
    """Decoded; each later than the one before."""
    with av.open(str(path)) as container:
        stamps = [frame.pts or 0 for frame in container.decode(video=0)]
    assert stamps == sorted(set(stamps)), path
    return len(stamps)


def check_camera(node: RunningNode, uuid: str, *, at_least_s: float) -> list[Path]:
    """Nothing complains about its files and its export; returns the films of that."""
    files = [segment.path for segment in segments_of(node, uuid)]
    assert files, uuid
    films = export_of(node, uuid)
    for path in (*files, *films):
        assert complaints_of(path) == "", path
    assert sum(map(pictures_in, files)) >= at_least_s * FPS, uuid
    assert sum(map(pictures_in, films)) >= at_least_s * FPS, uuid
    return films


async def test_pictures_of_every_kind_and_changes_amid_the_stream(
    street: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    cameras = {
        "between": "between",
        "between-jump": "between?jump=2,3600",
        "slices": "slices?lose=0.01",
        "fields": "fields",
        "late-sets": "plain?late=1.5",
        "garbage": "plain?garbage=2",
        "size": "plain?change=2,small",
        "sets": "plain?change=2,other",
        "order": "plain?change=2,between",
        "codec": "plain?change=2,h265&keepopen=1",
        "swapped": "plain?udp=1&swap=0.2",
        "datagrams": "between?udp=1",
        "mute-aac": "aac?mute=1.5,2",
        "mute-g711": "g711?mute=1.5,2",
        "lost-aac": "aac?lose=0.01&seed=5",
        "restart": "plain?restart=1",
        "too-long": "plain?body=40",
        "too-short": "plain?body=-40",
    }
    core.set_cameras(*entries(f"rtsp://127.0.0.1:{street.port}", cameras))
    async with start_node(segment_s=30.0) as node:
        await until(lambda: len(street.clocks) >= len(cameras), what="all play")
        await asyncio.sleep(5)
        numbers = {name: number for number, name in enumerate(cameras, start=1)}
        health = {name: core.last_camera(number) for name, number in numbers.items()}
    films = {name: check_camera(node, name, at_least_s=3) for name in cameras}
    assert {len(films[name]) for name in ("size", "sets", "order")} == {2}
    assert health["between-jump"]["timestamp_jumps"] == 1
    assert [health[name]["packets_lost"] for name in ("restart", "swapped", "garbage")] == [0] * 3
    assert health["datagrams"]["state"] == "up"
    assert not list(check_all(node.settings.recordings, mend=False))


async def test_sessions_that_need_care(
    clips: dict[str, Clip], street: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    """Keep-alives by one request only, redirects, old nonces, SHA-256 before weaker ways, IPv6."""
    base = f"rtsp://127.0.0.1:{street.port}"
    cameras = {
        "wants-get": "plain?patience=3,GET_PARAMETER&nolist=1",
        "wants-options": "plain?patience=3,OPTIONS",
        "moved": f"plain?to={base}/small/there",
    }
    asking = CameraSimulator(clips, login=Login("ana", PASSWORD, ("Basic", "MD5", "SHA-256")))
    async with asking.listening("::1", 0):
        there = f"rtsp://ana:{QUOTED}@[::1]:{asking.port}"
        core.set_cameras(
            *entries(base, cameras),
            camera_entry(f"{there}/plain", id=11, uuid="strong"),
            camera_entry(f"{there}/plain/2?nonce=1&patience=3,OPTIONS", id=12, uuid="stale"),
            camera_entry(f"{base}/plain/v?offer=JPEG", id=13, uuid="jpeg"),
            camera_entry(f"rtsp://ana:ge#heim@127.0.0.1:{street.port}/plain", id=14, uuid="raw"),
            camera_entry(f"rtsp://ana:geheim@127.0.0.1:{street.port}/x?offer=VP8", id=15, uuid="x"),
        )
        async with start_node(segment_s=30.0) as node:
            names = ("wants-get", "wants-options", "moved", "strong", "stale")
            playing = lambda: len(street.clocks) + len(asking.clocks) >= len(names)  # noqa: E731
            await until(playing, what="all play")
            await asyncio.sleep(8)
            await until(lambda: core.is_in_state("bad", 13), what="the codec is told")
            jpeg, raw, missing = (core.last_camera(number) for number in (13, 14, 15))
    assert asking.connections == 2
    for name in names:
        [film] = check_camera(node, name, at_least_s=7)
        with av.open(str(film)) as opened:
            width = opened.streams.video[0].codec_context.width
        assert width == (160 if name == "moved" else 320)
    assert jpeg["reason"] == "camera sends mjpeg: set it to H.264 or H.265"
    assert {camera["state"] for camera in (raw, missing)} == {"bad"}
    assert raw["reason"].startswith("bad address: in user and password write")
    assert missing["reason"] == "no such stream"
    assert "heim" not in str(core.health)


async def test_clock_of_the_machine_is_set(
    street: CameraSimulator,
    core: FakeCore,
    start_node: StartNode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An hour ahead, then to an hour behind: nothing is lost, and each file tells its own clock."""
    real, began = time.time, time.time()
    cameras = {"plain": "plain", "aac": "aac", "between": "between?udp=1"}
    core.set_cameras(*entries(f"rtsp://127.0.0.1:{street.port}", cameras))
    async with start_node(segment_s=30.0) as node:
        for ahead_s in (0.0, HOUR_S, -HOUR_S):
            monkeypatch.setattr(time, "time", lambda ahead_s=ahead_s: real() + ahead_s)
            await asyncio.sleep(3.5)
        states = {core.last_camera(number)["state"] for number in (1, 2, 3)}
    monkeypatch.undo()
    assert states == {"up"}
    for uuid in cameras:
        starts = [segment.starts_at - began for segment in segments_of(node, uuid)]
        assert starts == pytest.approx([-HOUR_S + 7, 0, HOUR_S + 3.5], abs=3)
        films = check_camera(node, uuid, at_least_s=9)
        assert len(films) == 3
        with av.open(str(films[1])) as opened:
            assert opened.duration == pytest.approx(3.5e6, abs=1.5e6)
            for heard in opened.streams.audio:
                heard_s = float((heard.duration or 0) * (heard.time_base or 0))
                assert heard_s == pytest.approx((opened.duration or 0) / 1e6, abs=0.5)
    # One connection each, and one that was refused RTP over TCP.
    assert street.connections == 4


async def test_a_dead_address_is_given_up_in_time_for_the_next_try() -> None:
    """Nothing answers where a queue is full, as where a camera has no power."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        began = time.monotonic()
        connection = Connection(ReadTicker(), lambda end, _: end)
        with pytest.raises(CameraError, match="does not answer"):
            await connection.open(Place(*full.getsockname()))
        tried_s = time.monotonic() - began
    assert tried_s == pytest.approx(REACH_S, abs=0.5)
    # It came back just after the last knock of this try: one more wait, and it is asked again.
    assert REACH_S - 1 + LONGEST_RETRY_S * (1 + JITTER) < 5
