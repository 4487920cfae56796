"""Cameras of every kind: codecs, sound, TLS, UDP, changes in mid-stream, a second stream."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest

from sigap.node.conftest import RunningNode, StartNode
from sigap.node.ingest.pins import CertificatePins
from sigap.node.recording.mend import check_all
from sigap.node.simulate.certificate import self_signed_context
from sigap.node.simulate.clip import Clip, load_clip
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import FakeCore, camera_entry, until
from sigap.node.testclips import FPS, Look, complaints_of, render


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    folder = tmp_path_factory.mktemp("kinds")
    looks = {
        "plain": ("plain.mp4", Look()),
        "small": ("small.mp4", Look(size=(160, 128))),
        "h265": ("h265.mp4", Look(encoder="libx265")),
        "aac": ("aac.mp4", Look(sound="aac")),
        "g711": ("g711.mov", Look(sound="pcm_alaw", sound_hz=8000)),
    }
    return {
        name: load_clip(name, render(folder / file, look), folder, keep_h265=True)
        for name, (file, look) in looks.items()
    }


@pytest.fixture
async def street(clips: dict[str, Clip]) -> AsyncIterator[CameraSimulator]:
    async with CameraSimulator(clips).listening("127.0.0.1", 0) as listening:
        yield listening


def entry(number: int, url: str, **changes: object) -> dict[str, object]:
    return camera_entry(url, id=number, uuid=f"camera-{number}", **changes)


def files_of(node: RunningNode, number: int) -> list[Path]:
    return sorted((node.settings.recordings / f"camera-{number}").glob("*/*.mp4"))


def formats_of(files: list[Path]) -> list[tuple[str, int]]:
    """(codec, width) of each recording, in order; each is decoded whole and without complaint."""
    formats = []
    for path in files:
        assert complaints_of(path) == ""
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            stamps = [frame.pts or 0 for frame in container.decode(video)]
            assert stamps == sorted(set(stamps))
            formats.append((video.codec_context.name, video.codec_context.width))
    return formats


async def test_codecs_and_changes_are_recorded_cleanly(
    street: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    base = f"rtsp://127.0.0.1:{street.port}"
    core.set_cameras(
        entry(1, f"{base}/h265"),
        entry(2, f"{base}/h265/2?noparam=1&lose=0.01"),
        entry(3, f"{base}/plain/3?change=2.5,small"),
        entry(4, f"{base}/plain/4?change=2.5,h265&skew=-3600"),
        entry(5, f"{base}/plain/5?udp=1"),
        entry(6, f"{base}/plain/6?nolist=1"),
    )
    async with start_node(segment_s=30) as node:
        await until(lambda: len(files_of(node, 3)) >= 2, what="a segment for the new size")
        await until(lambda: len(files_of(node, 4)) >= 2, what="a segment for the new codec")
        await until(lambda: core.is_in_state("up", 5), what="the fallback took the one over UDP")
        health = {number: core.last_camera(number) for number in (1, 2, 4, 6)}
        await asyncio.sleep(1.5)
    assert set(formats_of(files_of(node, 1))) == {("hevc", 320)}
    assert health[1]["codec"].startswith("hvc1.1.")
    assert (health[1]["packets_lost"], health[6]["packets_lost"]) == (0, 0)
    assert set(formats_of(files_of(node, 2))) <= {("hevc", 320)}
    assert formats_of(files_of(node, 3))[:2] == [("h264", 320), ("h264", 160)]
    assert formats_of(files_of(node, 4))[:2] == [("h264", 320), ("hevc", 320)]
    assert set(formats_of(files_of(node, 5))) == {("h264", 320)}
    assert set(formats_of(files_of(node, 6))) == {("h264", 320)}
    assert health[4]["clock_skew_s"] == pytest.approx(-3600, abs=2)
    assert not list(check_all(node.settings.recordings, mend=False))


async def test_sound_is_kept_where_it_is_wanted(
    street: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    base = f"rtsp://127.0.0.1:{street.port}"
    core.set_cameras(
        entry(1, f"{base}/aac", keep_audio=True),
        entry(2, f"{base}/g711", keep_audio=True),
        entry(3, f"{base}/aac/3"),
        entry(4, f"{base}/plain/4", keep_audio=True),
    )
    async with start_node(segment_s=2) as node:
        await until(lambda: len(files_of(node, 1)) >= 3, what="segments")
        said = [core.last_camera(number).get("audio_codec") for number in (1, 2, 3, 4)]
    assert said == ["aac", "pcm_alaw", "aac, not kept", ""]
    for number, codec in ((1, "aac"), (2, "pcm_alaw")):
        for path in files_of(node, number)[:2]:
            assert complaints_of(path) == ""
            with av.open(str(path)) as container:
                seen_s = sum(1 for _ in container.decode(video=0)) / FPS
            assert seconds_of_sound(path, codec) == pytest.approx(seen_s, abs=0.4)
    for number in (3, 4):
        for path in files_of(node, number):
            with av.open(str(path)) as container:
                assert not container.streams.audio
    assert not list(check_all(node.settings.recordings, mend=False))


def seconds_of_sound(path: Path, codec: str) -> float:
    """Of one recording; its pieces must follow each other without a hole."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.name == codec
        samples, last_end = 0, None
        for frame in container.decode(stream):
            assert frame.pts is not None
            assert frame.time_base is not None
            begin = float(frame.pts * frame.time_base)
            assert last_end is None or begin == pytest.approx(last_end, abs=0.002)
            last_end = begin + frame.samples / frame.sample_rate
            samples += frame.samples
        return samples / stream.codec_context.sample_rate


async def test_certificate_is_trusted_once(
    clips: dict[str, Clip], core: FakeCore, start_node: StartNode
) -> None:
    simulator = CameraSimulator(clips)
    async with simulator.listening("127.0.0.1", 0, tls=self_signed_context()):
        port = simulator.port
        core.set_cameras(entry(1, f"rtsps://127.0.0.1:{port}/plain"))
        async with start_node() as node:
            await until(lambda: core.is_in_state("up"), what="up over TLS")
        assert core.last_camera()["packets_lost"] == 0
    core.health.clear()
    async with CameraSimulator(clips).listening("127.0.0.1", port, tls=self_signed_context()):
        async with start_node() as node:
            await until(lambda: core.is_in_state("bad"), what="another certificate told")
            assert "another certificate" in core.last_camera()["reason"]
        pins = CertificatePins(node.settings.certificates)
        assert pins.forget(f"127.0.0.1:{port}")
        async with start_node():
            await until(lambda: core.is_in_state("up"), what="up again")
    assert node.settings.certificates.stat().st_mode & 0o077 == 0


async def test_camera_that_restarts_is_back_within_five_seconds(
    street: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(entry(1, f"rtsp://127.0.0.1:{street.port}/plain?away=1,2.5"))
    async with start_node() as node:
        await until(lambda: street.cameras.away_until, what="the camera restarts")
        (back_at,) = street.cameras.away_until.values()
        await until(lambda: time.monotonic() > back_at, what="the camera is back")
        await until(lambda: street.clocks, what="playing again", deadline_s=5)
        await until(lambda: len(files_of(node, 1)) >= 2, what="recorded again")
    assert all(formats_of(files_of(node, 1)))


async def test_sub_stream_is_connected_while_somebody_wants_it(
    street: CameraSimulator, core: FakeCore, start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sigap.node.substream.LINGER_S", 0.5)
    base = f"rtsp://127.0.0.1:{street.port}"
    core.set_cameras(entry(1, f"{base}/plain", sub_url=f"{base}/small"))
    async with start_node() as node:
        await until(lambda: core.is_in_state("up"), what="up")
        camera = node.service._fleet.find("camera-1")
        assert camera is not None
        assert [clock.clip for clock in street.clocks] == ["plain"]
        assert camera.sub_live is not None
        viewer = camera.sub_live.join()
        await until(lambda: {c.clip for c in street.clocks} == {"plain", "small"}, what="both play")
        head = await asyncio.wait_for(viewer.next_message(), 5)
        assert '"width": 160' in str(head)
        camera.sub_live.leave(viewer)
        await until(lambda: [c.clip for c in street.clocks] == ["plain"], what="let go")
        assert camera.sub_live.key_frame is None
    assert set(formats_of(files_of(node, 1))) == {("h264", 320)}


@contextlib.asynccontextmanager
async def mute_server() -> AsyncIterator[int]:
    """Takes connections and never says a word."""
    handlers = []

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.append(writer)
        await reader.read()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in handlers:
            writer.close()


async def test_handshake_that_hangs_is_given_up(core: FakeCore, start_node: StartNode) -> None:
    async with mute_server() as port:
        core.set_cameras(entry(1, f"rtsps://127.0.0.1:{port}/x"))
        async with start_node():
            await until(
                lambda: core.last_camera().get("reason") == "camera does not answer", what="told"
            )
