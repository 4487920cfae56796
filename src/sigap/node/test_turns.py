"""Turns under overload: the longest waiting first, critical ones before, and nobody starves."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from sigap.node.analysis import worker as worker_module
from sigap.node.analysis.messages import (
    Kind,
    MessageReader,
    Stats,
    WorkerConfig,
    pack_frame,
    pack_json,
)
from sigap.node.analysis.testing_lane import coded_frames
from sigap.node.analysis.turns import CRITICAL_TURNS, Turns
from sigap.node.analysis.worker import Worker
from sigap.node.frames import Frame
from sigap.node.test_analysis import SquareDetector, lane_config
from sigap.node.testbed import render_clip
from sigap.node.uplink.contract import CameraConfig
from sigap.vision.detections import Detections, Image

CRITICAL, OTHERS = 1, (2, 3, 4)
SLOW_S = 0.1


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_who_waits_longest_is_next_and_asking_again_changes_nothing() -> None:
    clock = Clock()
    turns = Turns(clock)
    for camera_id in (3, 1, 2):
        turns.ask(camera_id, critical=False)
        clock.at += 0.01
    turns.ask(3, critical=False)
    assert [turns.next() for _ in range(4)] == [3, 1, 2, None]
    waits = turns.take_waits()
    assert waits.by_camera == pytest.approx({3: 30, 1: 20, 2: 10})
    assert waits.longest == pytest.approx(30)
    assert turns.take_waits().longest == 0


def test_a_camera_that_becomes_critical_keeps_its_place() -> None:
    turns = Turns(Clock())
    turns.ask(1, critical=False)
    turns.ask(2, critical=False)
    turns.ask(2, critical=True)
    assert [turns.next() for _ in range(3)] == [2, 1, None]
    turns.ask(1, critical=True)
    turns.forget(1)
    assert turns.next() is None


class SlowDetector:
    """Takes a tenth of a second of the injected clock for each picture."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._eye = clock, SquareDetector()

    def detect(self, bgr: Image, /) -> Detections:
        self._clock.at += SLOW_S
        return self._eye.detect(bgr)


def test_too_slow_a_detector_serves_critical_cameras_first_and_starves_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four cameras want 20 pictures a second of a detector that does 10."""
    clock, out = Clock(), bytearray()
    walk = coded_frames(render_clip(tmp_path / "walk.mp4", seconds=6, size=(320, 240)))
    began = walk[0].received_at - clock.at
    model = tmp_path / "model.onnx"
    model.touch()
    monkeypatch.setattr(worker_module, "load_detector", lambda *_, **__: SlowDetector(clock))
    worker = Worker(out.extend, clock=clock, now=lambda: began + clock.at)
    cameras = [
        lane_config(id=number, uuid=f"c{number}", critical=number == CRITICAL)
        for number in (CRITICAL, *OTHERS)
    ]
    worker.accept(Kind.CONFIGURE, body(pack_json(Kind.CONFIGURE, config(model, cameras))))
    play(worker, walk, cameras=[CRITICAL, *OTHERS], clock=clock, began=began)
    last = stats_in(out)[-2]
    analysed = Counter({told.camera_id: told.analysed for told in last.cameras})
    assert analysed[CRITICAL] >= 0.8 * 5 * 5
    assert min(analysed[number] for number in OTHERS) >= 4
    assert max(analysed[n] for n in OTHERS) - min(analysed[n] for n in OTHERS) <= 2
    wait_ms = {told.camera_id: told.wait_ms for told in last.cameras}
    assert wait_ms[CRITICAL] < min(wait_ms[number] for number in OTHERS)
    assert max(wait_ms[number] for number in OTHERS) <= (len(OTHERS) * (CRITICAL_TURNS + 1)) * 150
    assert last.busy > 0.9
    assert last.queue_ms == max(wait_ms.values())


def play(
    worker: Worker, walk: list[Frame], *, cameras: list[int], clock: Clock, began: float
) -> None:
    """Frames come when they are due by the injected clock, which work moves on."""
    due = iter(walk)
    frame = next(due, None)
    while frame is not None:
        while frame is not None and frame.received_at <= began + clock.at:
            for number in cameras:
                worker.accept(Kind.FRAME, body(pack_frame(number, frame)))
            frame = next(due, None)
        if not worker.step(wait_s=0.0):
            clock.at += 0.01


def body(message: bytes) -> bytes:
    return message[struct.calcsize(">IB") :]


def config(model: Path, cameras: Sequence[CameraConfig]) -> WorkerConfig:
    return WorkerConfig.model_validate({"model_path": str(model), "cameras": cameras})


def stats_in(out: bytearray) -> list[Stats]:
    return [
        Stats.model_validate_json(told)
        for kind, told in MessageReader().feed(bytes(out))
        if kind is Kind.STATS
    ]
