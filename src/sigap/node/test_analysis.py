"""Analysis: findings of a lane, fairness of what is dropped, and life after a crash."""

from __future__ import annotations

import base64
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from sigap.node.analysis.lane import Lane
from sigap.node.analysis.messages import (
    Kind,
    MessageReader,
    pack,
)
from sigap.node.analysis.picture import SeenPicture
from sigap.node.analysis.testing_lane import Findings, as_coded, coded_frames
from sigap.node.conftest import StartNode
from sigap.node.decode import Decoder
from sigap.node.frames import Codec, Frame
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import FakeCore, camera_entry, render_clip, until
from sigap.node.uplink.contract import CameraConfig
from sigap.vision.detections import Detections, Image
from sigap.vision.street_class import StreetClass

ZONE = {
    "id": 11,
    "uuid": "z",
    "kind": "zone",
    "name": "Yard",
    "points": [[0.4, 0.2], [0.8, 0.2], [0.8, 0.9], [0.4, 0.9]],
}
LINE = {"id": 12, "uuid": "l", "kind": "line", "name": "Gate", "points": [[0.6, 1.0], [0.6, 0.0]]}


class SquareDetector:
    """Sees the bright square of the rendered clip; the rest of the pipeline is the real one."""

    def detect(self, bgr: Image, /) -> Detections:
        bright = np.argwhere(bgr.min(axis=2) > 200)
        if len(bright) < 50:
            return Detections.empty()
        (top, left), (bottom, right) = bright.min(axis=0), bright.max(axis=0)
        box = [float(left), float(top), float(right), float(bottom)]
        return Detections.of([(box, 0.9, StreetClass.PERSON)])


@pytest.fixture
def walk(tmp_path: Path) -> list[Frame]:
    path = render_clip(tmp_path / "walk.mp4", seconds=7, size=(640, 480))
    return coded_frames(path)


def lane_config(**changes: object) -> CameraConfig:
    return CameraConfig.model_validate(
        {**camera_entry("rtsp://x/"), "rules": [ZONE, LINE], **changes}
    )


def test_lane_finds_who_enters_and_who_crosses(walk: list[Frame]) -> None:
    found = Findings()
    lane = Lane(lane_config(), SquareDetector(), found.sinks, now=lambda: 0.0)
    for frame in walk:
        lane.accept(as_coded(frame))
        lane.work()
    assert lane.stats.dropped == 0
    assert lane.stats.decoded == len(walk)
    assert len(walk) * 0.45 <= lane.stats.analysed <= len(walk) * 0.55
    assert {alarm.rule_id for alarm in found.alarms} == {11}
    assert len({alarm.uuid for alarm in found.alarms}) == 1
    assert base64.b64decode(found.alarms[0].picture)[:2] == b"\xff\xd8"
    assert all(0 <= part <= 1 for part in found.alarms[0].box)
    assert [(count.rule_id, count.forward) for count in found.counts] == [(12, True)]


def test_masks_are_black_before_analysis(walk: list[Frame]) -> None:
    found = Findings()
    everything = [[[0, 0], [1, 0], [1, 1], [0, 1]]]
    lane = Lane(lane_config(masks=everything), SquareDetector(), found.sinks, now=lambda: 0.0)
    for frame in walk:
        lane.accept(as_coded(frame))
        lane.work()
    assert lane.stats.analysed
    assert not found.alarms
    assert not found.counts


def test_late_lane_drops_to_the_next_key_frame_and_counts(walk: list[Frame]) -> None:
    found = Findings()
    lane = Lane(lane_config(), SquareDetector(), found.sinks, now=lambda: 0.0)
    for frame in walk:
        lane.accept(as_coded(frame))
    assert lane.stats.dropped > 10
    assert lane.waiting[0].key
    while lane.work():
        pass
    assert lane.stats.dropped + lane.stats.analysed >= 30


def test_overload_analyses_the_newest_picture(walk: list[Frame]) -> None:
    found, clock = Findings(), [1e9]
    lane = Lane(lane_config(), SquareDetector(), found.sinks, now=lambda: clock[0])
    for frame in walk[:30]:
        lane.accept(as_coded(frame))
    clock[0] = walk[29].received_at
    assert lane.work()
    assert lane.stats.decoded >= 25
    assert lane.stats.analysed == 1
    assert lane.stats.dropped >= 11


def test_damaged_frames_do_no_harm(walk: list[Frame]) -> None:
    found = Findings()
    lane = Lane(lane_config(), SquareDetector(), found.sinks, now=lambda: 0.0)
    for number, frame in enumerate(walk):
        payload = frame.payload if number % 7 else frame.payload[: len(frame.payload) // 2]
        damaged = Frame(payload, frame.key, frame.dts, frame.pts, frame.received_at, frame.format)
        lane.accept(as_coded(damaged))
        lane.work()
    assert lane.stats.analysed > 20


def test_messages_survive_any_cut() -> None:
    stream = pack(Kind.STATS, b"one") + pack(Kind.ALARM, b"") + pack(Kind.COUNT, b"three")
    reader = MessageReader()
    got = [message for byte in stream for message in reader.feed(bytes([byte]))]
    assert got == [(Kind.STATS, b"one"), (Kind.ALARM, b""), (Kind.COUNT, b"three")]
    with pytest.raises(ValueError, match="too long"):
        list(reader.feed(b"\xff\xff\xff\xff\x01"))


def analysis_pids() -> set[int]:
    """Workers that this process started and that are alive."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"sigap.node.analysis.worker" in command and int(parent) == os.getpid():
            found.add(int(entry.name))
    return found


async def test_no_model_is_said_and_a_killed_worker_comes_back(
    simulator: CameraSimulator, core: FakeCore, start_node: StartNode
) -> None:
    core.set_cameras(
        camera_entry(f"rtsp://127.0.0.1:{simulator.port}/walk", analyse=True, rules=[ZONE])
    )
    async with start_node() as node:
        await until(lambda: core.last_camera().get("analysis") == "no model", what="no model told")
        (worker,) = analysis_pids()
        os.kill(worker, signal.SIGKILL)
        await until(lambda: analysis_pids() - {worker}, what="restarted")
        assert core.is_in_state("up")
        assert node.recordings()
        await until(lambda: core.last_camera()["analysis"] == "no model", what="told again")
    assert not analysis_pids()


def test_colour_is_the_same_whichever_size_came_before(walk: list[Frame], tmp_path: Path) -> None:
    small = coded_frames(render_clip(tmp_path / "small.mp4", seconds=1, size=(320, 240)))
    decoders = {
        id(frames): Decoder(Codec.H264, frames[0].format.decoder_record) for frames in (walk, small)
    }
    for large_frame, small_frame in zip(walk[:5], small[:5], strict=True):
        for frames, frame in ((walk, large_frame), (small, small_frame)):
            for picture in decoders[id(frames)].decode(frame.payload, frame.pts):
                expected = picture.to_ndarray(format="bgr24")
                assert np.array_equal(SeenPicture(picture, []).bgr(), expected)
