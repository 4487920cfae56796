"""The analysis process: `python -m sigap.node.analysis.worker`, started by `analysis.pool`.

Reads frames from standard input in one thread, works on the cameras in turn in another, writes
findings to standard output. Ends when its input ends.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from sigap.node.analysis.lane import Lane, LaneSinks
from sigap.node.analysis.messages import (
    CodedFrame,
    CountMessage,
    GateMessage,
    Kind,
    MeasureMessage,
    MessageReader,
    MotionMessage,
    Stats,
    WorkerConfig,
    pack_json,
    unpack_frame,
)
from sigap.node.analysis.turns import Turns
from sigap.node.uplink.contract import AlarmReport
from sigap.vision.detections import Detector
from sigap.vision.pipeline import load_detector

STDIN, STDOUT, STDERR = 0, 1, 2
READ_BYTES = 1 << 20
STATS_S = 1.0
MODEL_RETRY_S = 10.0
NICENESS = 5
_log = logging.getLogger(__name__)


class Worker:
    """`accept` is called by the reading thread, everything else by the working one."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._write, self._clock, self._now = write, clock, now
        self._lanes: dict[int, Lane] = {}
        self._turns = Turns(clock)
        self._worked_s = 0.0
        self._told_at = clock()
        self._lock = threading.Condition()
        self._incoming: list[tuple[Kind, bytes]] = []
        self._ended = False
        self._detector: Detector | None = None
        self._config: WorkerConfig | None = None
        self._model_asked_at = float("-inf")
        self._sinks = LaneSinks(
            alarm=self._send_alarm,
            count=self._send_count,
            measure=self._send_measure,
            gate=self._send_gate,
            motion=self._send_motion,
        )

    def accept(self, kind: Kind, body: bytes) -> None:
        with self._lock:
            self._incoming.append((kind, body))
            self._lock.notify()

    def end(self) -> None:
        with self._lock:
            self._ended = True
            self._lock.notify()

    def run(self) -> None:
        """Until `end`."""
        worked = False
        while not self._ended:
            worked = self.step(wait_s=0.0 if worked else STATS_S)
        for lane in self._lanes.values():
            lane.close()

    def step(self, *, wait_s: float) -> bool:
        """Take what came in, give one camera its turn, tell the figures; False if nobody waits."""
        for kind, body in self._take(wait_s=wait_s):
            self._handle(kind, body)
        worked = self._work()
        if self._clock() - self._told_at >= STATS_S:
            self._tell()
        return worked

    def _take(self, *, wait_s: float) -> list[tuple[Kind, bytes]]:
        with self._lock:
            if not self._incoming and not self._ended and wait_s:
                self._lock.wait(wait_s)
            taken, self._incoming = self._incoming, []
        return taken

    def _handle(self, kind: Kind, body: bytes) -> None:
        if kind is Kind.CONFIGURE:
            self._configure(WorkerConfig.model_validate_json(body))
        elif kind in (Kind.FRAME, Kind.REPLAY, Kind.PEEK):
            frame: CodedFrame = unpack_frame(body)
            lane = self._lanes.get(frame.camera_id)
            if lane is None:
                return
            if kind is Kind.PEEK:
                lane.accept_peek(frame)
            else:
                lane.accept(frame, replayed=kind is Kind.REPLAY)
            if lane.has_work:
                self._turns.ask(frame.camera_id, critical=lane.is_critical)

    def _configure(self, config: WorkerConfig) -> None:
        self._config = config
        self._ensure_detector()
        wanted = {camera.id for camera in config.cameras}
        for number in set(self._lanes) - wanted:
            self._turns.forget(number)
            self._lanes.pop(number).close()
        for camera in config.cameras:
            lane = self._lanes.get(camera.id)
            if lane is None:
                self._lanes[camera.id] = Lane(camera, self._detector, self._sinks, now=self._now)
            else:
                lane.configure(camera)

    def _ensure_detector(self) -> None:
        """Load the model once it is there; set-up may still be making it."""
        if self._detector is not None or self._config is None:
            return
        now = self._clock()
        path = Path(self._config.model_path)
        if now - self._model_asked_at < MODEL_RETRY_S or not path.is_file():
            return
        self._model_asked_at = now
        self._detector = load_detector(path, threads=1)
        for lane in self._lanes.values():
            lane.use_detector(self._detector)

    def _work(self) -> bool:
        """One camera's turn, if one waits. Whatever breaks in it stays with that camera."""
        camera_id = self._turns.next()
        if camera_id is None:
            return False
        lane, began = self._lanes[camera_id], self._clock()
        try:
            lane.work()
        except Exception as error:  # noqa: BLE001 - outermost loop of the worker
            _log.exception("analysis of camera %s failed", camera_id)
            lane.fail(str(error))
        if lane.has_work:
            self._turns.ask(camera_id, critical=lane.is_critical)
        self._worked_s += self._clock() - began
        return True

    def _tell(self) -> None:
        self._ensure_detector()
        now, waits = self._clock(), self._turns.take_waits()
        for lane in self._lanes.values():
            lane.look_after()
            lane.stats.wait_ms = round(waits.by_camera.get(lane.stats.camera_id, 0.0), 1)
        stats = Stats(
            has_model=self._detector is not None,
            busy=min(1.0, round(self._worked_s / max(now - self._told_at, 1e-3), 3)),
            queue_ms=round(waits.longest, 1),
            cameras=[lane.stats for lane in self._lanes.values()],
        )
        self._worked_s, self._told_at = 0.0, now
        self._write(pack_json(Kind.STATS, stats))

    def _send_alarm(self, alarm: AlarmReport) -> None:
        self._write(pack_json(Kind.ALARM, alarm))

    def _send_gate(self, camera_id: int, *, is_open: bool) -> None:
        kind = Kind.WAKE if is_open else Kind.SLEEP
        self._write(pack_json(kind, GateMessage(camera_id=camera_id)))

    def _send_motion(self, motion: MotionMessage) -> None:
        self._write(pack_json(Kind.MOTION, motion))

    def _send_measure(self, measure: MeasureMessage) -> None:
        self._write(pack_json(Kind.MEASURE, measure))

    def _send_count(self, count: CountMessage) -> None:
        self._write(pack_json(Kind.COUNT, count))


def _read_input(worker: Worker) -> None:
    reader = MessageReader()
    try:
        while data := os.read(STDIN, READ_BYTES):
            for kind, body in reader.feed(data):
                worker.accept(kind, body)
    finally:
        worker.end()


def _claim_output() -> int:
    """Keep standard output for messages: whatever a library prints goes to standard error."""
    out = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    return out


def _write_all(out: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(out, rest) :]


def main() -> None:
    """Entry of the process. Being nice keeps recording ahead when cores are short."""
    logging.basicConfig(level=logging.INFO, format="analysis %(levelname)s %(message)s")
    os.nice(NICENESS)
    # The cores are shared by processes; threads within one only wait for each other.
    cv2.setNumThreads(1)
    out = _claim_output()
    worker = Worker(lambda data: _write_all(out, data))
    threading.Thread(target=_read_input, args=(worker,), daemon=True).start()
    try:
        worker.run()
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)


if __name__ == "__main__":
    main()
