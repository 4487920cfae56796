"""The gate of a quiet camera: key frames only, and nothing of the beginning is lost."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from sigap.node.analysis.gate import MAX_KEPT_FRAMES, Gate
from sigap.node.analysis.motion_log import MotionLog, MotionSpan, read_motion
from sigap.node.analysis.testing_lane import GatedLane, coded_frames
from sigap.node.frames import Frame
from sigap.node.ingest.transcode import add_h264_stream
from sigap.node.recording.segments import Span
from sigap.node.test_analysis import SquareDetector, lane_config

FPS = 10
QUIET = 120
"""Pictures before somebody comes, of which the first seconds teach the background."""


@pytest.fixture(scope="module")
def late_walk(tmp_path_factory: pytest.TempPathFactory) -> list[Frame]:
    """12 s of an empty yard with sensor noise; then a square walks through it, over the line
    and on to the next key frame; then 8 s of nothing."""
    path = tmp_path_factory.mktemp("gate") / "late.mp4"
    render(path, quiet=QUIET, crossing=range(QUIET + 12, QUIET + 52), after=100)
    return coded_frames(path)


def render(path: Path, *, quiet: int, crossing: range, after: int) -> None:
    dice = np.random.default_rng(3)
    ground = dice.integers(60, 120, (480, 640, 3), dtype=np.uint8)
    with av.open(str(path), "w", format="mp4") as sink:
        stream = add_h264_stream(sink, rate=Fraction(FPS), size=(640, 480), key_interval_s=3)
        for number in range(quiet + 30 + after):
            noise = dice.integers(-3, 4, ground.shape, dtype=np.int16)
            picture = np.clip(ground + noise, 0, 255).astype(np.uint8)
            if number in crossing:
                left = 250 + (number - crossing.start) * 8
                picture[240:300, left : left + 24] = 240
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))


class Gated(GatedLane):
    def __init__(self, **config: object) -> None:
        super().__init__(lane_config(**config), SquareDetector())


def test_a_quiet_camera_is_decoded_by_key_frames_only(late_walk: list[Frame]) -> None:
    gated = Gated()
    gated.play(late_walk[:QUIET])
    assert not gated.gate.is_open
    assert gated.lane.stats.peeked >= 2
    assert gated.lane.stats.decoded < QUIET / 2
    assert gated.lane.stats.dropped == 0


def test_who_crossed_before_the_gate_woke_is_counted(late_walk: list[Frame]) -> None:
    gated, ungated = Gated(), Gated(critical=True)
    gated.play(late_walk)
    ungated.play(late_walk)
    assert gated.opened >= 1
    assert [c.forward for c in ungated.found.counts] == [True]
    assert [(c.rule_id, c.forward) for c in gated.found.counts] == [(12, True)]
    assert gated.found.counts[0].at == pytest.approx(ungated.found.counts[0].at, abs=0.25)
    assert gated.lane.stats.decoded < ungated.lane.stats.decoded * 0.8


def test_a_critical_camera_never_sleeps(late_walk: list[Frame]) -> None:
    gated = Gated(critical=True)
    gated.play(late_walk)
    assert gated.gate.is_open
    assert gated.lane.stats.decoded == len(late_walk)


def test_where_no_rule_follows_anybody_key_frames_are_enough(late_walk: list[Frame]) -> None:
    tamper = {"id": 13, "uuid": "t", "kind": "tamper", "name": "Camera", "points": []}
    for rules in ([], [tamper]):
        gated = Gated(rules=rules)
        gated.play(late_walk)
        gated.play([replace(late_walk[0], received_at=late_walk[-1].received_at + 30)])
        assert gated.opened == 0
        assert gated.lane.stats.decoded <= 2
        assert gated.lane.stats.peeked == len([f for f in late_walk if f.key]) - 1 + 1
        [stretch] = gated.motion
        walked = late_walk[QUIET + 12].received_at, late_walk[QUIET + 52].received_at
        assert walked[0] <= stretch.starts_at <= stretch.ends_at <= walked[1]


def test_motion_is_told_as_one_stretch_with_its_place(late_walk: list[Frame]) -> None:
    gated = Gated()
    gated.play(late_walk)
    began = late_walk[QUIET + 12].received_at
    about_then = [m for m in gated.motion if m.ends_at >= began - 0.5]
    assert len(about_then) == 1
    assert about_then[0].starts_at == pytest.approx(began, abs=0.5)
    middle_rows = sum(1 << (row * 16 + column) for row in (4, 5) for column in range(16))
    assert about_then[0].cells & middle_rows


def test_the_gate_keeps_two_groups_and_no_endless_one(late_walk: list[Frame]) -> None:
    gate = Gate()
    gate.close()
    for frame in late_walk[5:95]:
        gate.keep(frame)
    kept = gate.open()
    assert kept[0].key
    assert 30 < len(kept) <= 60
    gate.close()
    for _ in range(MAX_KEPT_FRAMES + 10):
        gate.keep(late_walk[0] if not gate.open() else late_walk[1])
        gate.close()
    assert gate.open() == []


def test_the_motion_log_is_read_back_and_bears_a_cut_line(tmp_path: Path) -> None:
    log = MotionLog(tmp_path)
    midnight = 1_764_115_200.0
    log.add("cam", MotionSpan(midnight - 5, midnight + 5, 0.25, 0b101))
    log.add("cam", MotionSpan(midnight + 100, midnight + 110, 0.5, 1 << 143))
    [file, *_] = sorted((tmp_path / "cam").glob("*.jsonl"))
    with file.open("a") as cut:
        cut.write("[1764115300.0, 17641")
    found = list(read_motion(tmp_path, "cam", Span(midnight, midnight + 200)))
    assert [(m.starts_at - midnight, m.cells) for m in found] == [(-5, 0b101), (100, 1 << 143)]
    assert list(read_motion(tmp_path, "cam", Span(midnight + 6, midnight + 50))) == []
    log.forget_before("cam", midnight + 86_400)
    assert list(read_motion(tmp_path, "cam", Span(midnight, midnight + 200))) == []
