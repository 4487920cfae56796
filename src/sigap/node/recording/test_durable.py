"""Power cuts, full and read-only disks, lost state: on real files and file systems."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from sigap.node.command import check_recordings
from sigap.node.conftest import StartNode
from sigap.node.media.tokens import View
from sigap.node.mux.reader import map_file
from sigap.node.recording.mend import Finding, check_all
from sigap.node.recording.segments import find_segments
from sigap.node.recording.writer import SegmentWriter
from sigap.node.settings import NodeSettings
from sigap.node.simulate.clip import Clip
from sigap.node.simulate.server import CameraSimulator
from sigap.node.test_recording import NOON, piece
from sigap.node.testbed import UUID, FakeCore, camera_entry, media_token, until
from sigap.node.testclips import complaints_of

HELD = "0b8f7a52-6d0e-4a57-9d53-2f3c1f7f0a03"
FRAGMENTS = 5
Damage = Callable[[bytes], bytes]


def five_fragments(root: Path, clip: Clip) -> Path:
    writer = SegmentWriter(root, UUID, segment_s=60)
    for number in range(FRAGMENTS):
        writer.write(piece(clip, NOON + 2 * number))
    writer.close()
    [segment] = find_segments(root)
    return segment.path


@pytest.mark.parametrize(
    "tail",
    [bytes(4096), b"\0\0\0\x20prft and no more", os.urandom(999)],
    ids=["0", "half", "noise"],
)
def test_what_a_power_cut_leaves_at_the_end_is_cut_off(
    tmp_path: Path, clip: Clip, tail: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = five_fragments(tmp_path, clip)
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    assert check_recordings(tmp_path, mend=False) == 1
    assert path.read_bytes() == whole + tail
    assert check_recordings(tmp_path, mend=True) == 0
    assert f"truncated, {len(tail)} bytes cut" in capsys.readouterr().out
    assert path.read_bytes() == whole
    assert check_recordings(tmp_path, mend=False) == 0


def test_a_cut_file_loses_the_fragment_that_was_cut(tmp_path: Path, clip: Clip) -> None:
    path = five_fragments(tmp_path, clip)
    path.write_bytes(path.read_bytes()[:-7])
    [mended] = check_all(tmp_path, mend=True)
    assert mended.segment is not None
    assert len(map_file(mended.segment.path).fragments) == FRAGMENTS - 1
    assert mended.segment.ends_at - mended.segment.starts_at == 2 * (FRAGMENTS - 1)


def test_damage_amid_a_file_loses_what_is_damaged_and_no_more(tmp_path: Path, clip: Clip) -> None:
    path = five_fragments(tmp_path, clip)
    data, places = bytearray(path.read_bytes()), map_file(path).fragments
    for number in (1, 3):
        data[places[number].offset : places[number].offset + 60] = bytes(60)
    path.write_bytes(data)
    assert [found.finding for found in check_all(tmp_path, mend=True)] == [Finding.TRUNCATED] * 2
    segments = sorted(find_segments(tmp_path), key=lambda segment: segment.starts_at)
    assert [segment.starts_at - NOON for segment in segments] == [0, 4, 8]
    assert [len(map_file(segment.path).fragments) for segment in segments] == [1, 1, 1]
    assert not list(check_all(tmp_path, mend=False))


def test_a_file_without_its_beginning_is_set_aside(tmp_path: Path, clip: Clip) -> None:
    path = five_fragments(tmp_path, clip)
    damaged = bytes(200) + path.read_bytes()[200:]
    path.write_bytes(damaged)
    [mended] = check_all(tmp_path, mend=True)
    assert mended.finding is Finding.UNREADABLE
    assert mended.aside is not None
    assert mended.aside.read_bytes() == damaged
    assert not list(find_segments(tmp_path))


def test_fragment_and_folders_are_on_disk_before_the_next_is_begun(
    tmp_path: Path, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def noted(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(handle: int, *rest: object) -> object:
            place = Path(f"/proc/self/fd/{handle}").readlink()
            done.append(f"{name} {'file' if place.suffix else place.relative_to(tmp_path)}")
            return real(handle, *rest)

        return call

    for name in ("writev", "fdatasync", "fsync"):
        monkeypatch.setattr(os, name, noted(name, getattr(os, name)))
    writer = SegmentWriter(tmp_path, UUID, segment_s=60)
    for number in range(2):
        writer.write(piece(clip, NOON + 2 * number))
    day = f"{datetime.fromtimestamp(NOON, UTC):%Y-%m-%d}"
    assert done == [
        "fsync .",
        f"fsync {UUID}",
        "writev file",
        f"fsync {UUID}/{day}",
        *["writev file", "fdatasync file"] * 2,
    ]
    writer.close()


def test_a_second_time_in_1970_overwrites_nothing(tmp_path: Path, clip: Clip) -> None:
    for _ in range(3):
        writer = SegmentWriter(tmp_path, UUID, segment_s=60)
        writer.write(piece(clip, 7.0))
        writer.close()
    assert len(list(find_segments(tmp_path))) == 3


async def test_recordings_are_found_though_all_else_is_lost(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode, settings: NodeSettings
) -> None:
    core.set_cameras(camera_entry(f"rtsp://127.0.0.1:{simulator.port}/walk"))
    async with start_node(segment_s=1.0) as node:
        await until(lambda: len(node.recordings()) >= 3, what="three segments")
    before = set(node.recordings())
    shutil.rmtree(settings.state)
    shutil.rmtree(settings.cache, ignore_errors=True)
    core.health.clear()
    async with start_node(segment_s=1.0) as node, aiohttp.ClientSession() as session:
        await until(lambda: core.is_in_state("up"), what="camera up")
        assert before <= set(node.recordings())
        span = {
            "from": datetime.fromtimestamp(time.time() - 600, UTC).isoformat(),
            "to": datetime.now(UTC).isoformat(),
            "t": media_token(View.PLAY),
        }
        async with session.get(f"{node.url}/media/{UUID}/index", params=span) as answer:
            listing = await answer.json()
    first = min(segment.starts_at for segment in find_segments(settings.recordings))
    told = datetime.fromisoformat(listing["segments"][0]["start"]).timestamp()
    assert told == pytest.approx(first, abs=0.01)


@pytest.fixture
def mounted(settings: NodeSettings) -> Iterator[Callable[..., None]]:
    """`mounted("-t", "tmpfs", …)` over the recordings; taken off at the end."""
    settings.recordings.mkdir(parents=True)
    count = 0

    def mount(*options: str) -> None:
        nonlocal count
        command = ["mount", *options, str(settings.recordings)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"needs a file system of its own, which only root may mount: {done.stderr}")
        count += 1

    yield mount
    for _ in range(count):
        subprocess.run(["umount", "--lazy", str(settings.recordings)], check=False)


async def test_a_full_disk_gives_up_the_oldest_and_keeps_what_is_held(
    simulator: CameraSimulator,
    core: FakeCore,
    start_node: StartNode,
    settings: NodeSettings,
    mounted: Callable[..., None],
) -> None:
    mounted("-t", "tmpfs", "-o", "size=1m", "tmpfs")
    address, now = f"rtsp://127.0.0.1:{simulator.port}/walk", time.time()
    hold = {
        "uuid": "h1",
        "start": datetime.fromtimestamp(now - 600, UTC).isoformat(),
        "end": datetime.fromtimestamp(now + 6, UTC).isoformat(),
    }
    core.set_cameras(
        camera_entry(address),
        camera_entry(f"{address}/2", id=2, uuid=HELD, holds=[hold]),
    )
    async with start_node(segment_s=1.0) as node:
        first = await until(node.recordings, what="recording")
        begins = {path.parent.parent.name: path.name.partition("-")[0] for path in first}
        await until(
            lambda: not list((settings.recordings / UUID).glob(f"*/{begins.get(UUID, '')}-*")),
            what="the oldest gave way",
            deadline_s=60,
        )
        held = [s for s in find_segments(settings.recordings) if s.camera_uuid == HELD]
        assert min(segment.starts_at for segment in held) < now + 6
        await until(lambda: core.is_in_state("up", 1), what="recorded again")
    kept = [s for s in find_segments(settings.recordings) if s.camera_uuid == HELD]
    early = {s.path for s in held if s.starts_at < now + 5 and not s.is_open}
    assert early <= {segment.path for segment in kept}
    assert not list(check_all(settings.recordings, mend=False))
    assert {complaints_of(path) for path in node.recordings()} == {""}


async def test_a_disk_that_turns_read_only_is_told_and_live_goes_on(
    simulator: CameraSimulator,
    core: FakeCore,
    start_node: StartNode,
    settings: NodeSettings,
    mounted: Callable[..., None],
) -> None:
    core.set_cameras(camera_entry(f"rtsp://127.0.0.1:{simulator.port}/walk"))
    async with start_node(segment_s=1.0) as node, aiohttp.ClientSession() as session:
        await until(lambda: len(node.recordings()) >= 2, what="recording")
        mounted("--bind", str(settings.recordings))
        mounted("-o", "remount,bind,ro")
        await until(lambda: core.is_in_state("bad"), what="told")
        assert core.last_camera()["reason"] == "cannot write: Read-only file system"
        before = set(node.recordings())
        address = f"{node.url}/media/{UUID}/live?t={media_token(View.LIVE)}"
        async with session.ws_connect(address) as socket:
            assert await socket.receive_str()
            assert await socket.receive_bytes()
        subprocess.run(["umount", "--lazy", str(settings.recordings)], check=True)
        await until(lambda: core.is_in_state("up"), what="recording again")
        await until(lambda: set(node.recordings()) - before, what="another segment")
    assert {complaints_of(path) for path in node.recordings()} == {""}
    assert all(f.finding is Finding.UNFINISHED for f in check_all(settings.recordings, mend=True))
    assert not list(check_all(settings.recordings, mend=False))
