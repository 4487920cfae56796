"""A lane fed from a file, without node and worker around it: for tests and benchmarks."""

from __future__ import annotations

from pathlib import Path

import av

from sigap.node.analysis.gate import Gate
from sigap.node.analysis.lane import Lane, LaneSinks
from sigap.node.analysis.messages import (
    LENGTH,
    CodedFrame,
    CountMessage,
    MeasureMessage,
    MotionMessage,
    pack_frame,
    unpack_frame,
)
from sigap.node.frames import CLOCK_HZ, Frame
from sigap.node.ingest.container import read_units
from sigap.node.ingest.timeline import Timeline
from sigap.node.uplink.contract import AlarmReport, CameraConfig
from sigap.vision.detections import Detector

EPOCH_S = 1e9


def coded_frames(path: Path) -> list[Frame]:
    """All pictures of a file, as if they came in when the file says, from `EPOCH_S` on."""
    timeline = Timeline()
    with av.open(str(path)) as container:
        placed = [timeline.place(unit) for unit in read_units(container)]
    return [
        Frame(f.payload, f.key, f.dts, f.pts, EPOCH_S + f.dts / CLOCK_HZ, f.format) for f in placed
    ]


def as_coded(frame: Frame) -> CodedFrame:
    """As it comes out of the pipe."""
    return unpack_frame(pack_frame(1, frame)[LENGTH.size :])


class Findings:
    """What a lane told."""

    def __init__(self) -> None:
        self.alarms: list[AlarmReport] = []
        self.counts: list[CountMessage] = []
        self.measures: list[MeasureMessage] = []
        self.sinks = LaneSinks(
            alarm=self.alarms.append,
            count=self.counts.append,
            measure=self.measures.append,
            gate=lambda camera_id, *, is_open: None,
            motion=lambda stretch: None,
        )


class GatedLane:
    """A lane and its gate, as the pool and the worker join them. `opened`: how often it woke."""

    def __init__(self, config: CameraConfig, detector: Detector) -> None:
        self.gate, self.found = Gate(), Findings()
        self.motion: list[MotionMessage] = []
        self.opened = 0
        sinks = LaneSinks(
            alarm=self.found.alarms.append,
            count=self.found.counts.append,
            measure=self.found.measures.append,
            gate=self._move,
            motion=self.motion.append,
        )
        self.lane = Lane(config, detector, sinks, now=lambda: 0.0)

    def play(self, frames: list[Frame]) -> None:
        for frame in frames:
            if self.gate.is_open:
                self.lane.accept(as_coded(frame))
            else:
                self.gate.keep(frame)
                if frame.key:
                    self.lane.accept_peek(as_coded(frame))
            while self.lane.work():
                pass

    def _move(self, camera_id: int, *, is_open: bool) -> None:
        if not is_open:
            self.gate.close()
            return
        self.opened += 1
        for frame in self.gate.open():
            self.lane.accept(as_coded(frame), replayed=True)
