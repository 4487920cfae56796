"""Starts the analysis processes, spreads the cameras over them, and restarts them when they die.

Runs on the event loop. Sending never waits: when a process does not read fast enough, whole groups
of pictures are left out and counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from sigap.node.analysis.gate import Gate
from sigap.node.analysis.messages import (
    CameraStats,
    CountMessage,
    GateMessage,
    Kind,
    MeasureMessage,
    MessageReader,
    MotionMessage,
    Stats,
    WorkerConfig,
    pack_frame,
    pack_json,
)
from sigap.node.backoff import Backoff
from sigap.node.frames import Frame
from sigap.node.uplink.contract import AlarmReport, AnalysisState, CameraConfig, DecodeLevel

MAX_UNREAD_BYTES = 16 << 20
READ_BYTES = 1 << 18
PIPE_BYTES = 1 << 20
STOP_S = 3.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AnalysisSinks:
    """Where findings go. `alarm` returns when the alarm is durable; `motion` takes the uuid too.

    `lost` gets the uuids of alarms that went on in a process that is gone: nobody else ends them.
    """

    alarm: Callable[[AlarmReport], Awaitable[None]]
    count: Callable[[CountMessage], None]
    measure: Callable[[MeasureMessage], None]
    motion: Callable[[str, MotionMessage], None]
    lost: Callable[[frozenset[str]], Awaitable[None]]


@dataclass(slots=True)
class _Tally:
    """What was left out for one camera before it even reached the worker."""

    dropped: int = 0
    waiting_for_key: bool = True
    last_dropped: int = 0
    overloaded: bool = False
    gate: Gate = field(default_factory=Gate)


class AnalysisProcess:
    """One worker and its pipes. `run` keeps it alive."""

    def __init__(self, model: Path, sinks: AnalysisSinks) -> None:
        self._model, self._sinks = model, sinks
        self._process: asyncio.subprocess.Process | None = None
        self._cameras: dict[int, CameraConfig] = {}
        self._tallies: dict[int, _Tally] = {}
        self._stats: dict[int, CameraStats] = {}
        self._has_model: bool | None = None
        self._failing = False
        self._reader = MessageReader()
        self._going_on: set[str] = set()
        self.busy = 0.0
        self.queue_ms = 0.0

    def load(self) -> int:
        return len(self._cameras)

    def serve(self, camera: CameraConfig) -> None:
        """Analyse this camera, or take its changed rules."""
        if self._cameras.get(camera.id) != camera:
            self._cameras[camera.id] = camera
            self._tallies.setdefault(camera.id, _Tally())
            self._send_config()

    def forget(self, camera_id: int) -> None:
        if self._cameras.pop(camera_id, None) is not None:
            self._stats.pop(camera_id, None)
            self._tallies.pop(camera_id, None)
            self._send_config()

    def push(self, camera_id: int, frame: Frame) -> None:
        tally = self._tallies.get(camera_id)
        pipe = self._pipe()
        if tally is None or pipe is None:
            return
        if pipe.transport.get_write_buffer_size() > MAX_UNREAD_BYTES:
            tally.waiting_for_key = True
        if tally.waiting_for_key and not frame.key:
            tally.dropped += 1
            return
        tally.waiting_for_key = False
        if tally.gate.is_open:
            pipe.write(pack_frame(camera_id, frame))
            return
        tally.gate.keep(frame)
        if frame.key:
            pipe.write(pack_frame(camera_id, frame, Kind.PEEK))

    def level(self, camera_id: int) -> DecodeLevel:
        """How much of the camera is being decoded now."""
        tally, camera = self._tallies.get(camera_id), self._cameras.get(camera_id)
        if tally is None or camera is None or self._pipe() is None or not self._has_model:
            return DecodeLevel.OFF
        if camera.critical:
            return DecodeLevel.FULL
        return DecodeLevel.ANALYSIS if tally.gate.is_open else DecodeLevel.KEYFRAMES

    def state(self, camera_id: int) -> tuple[AnalysisState, int]:
        """(state, pictures left out since the start)"""
        tally, stats = self._tallies.get(camera_id), self._stats.get(camera_id)
        if tally is None:
            return AnalysisState.OFF, 0
        if self._failing or (stats is not None and stats.problem):
            return AnalysisState.FAILED, tally.dropped
        if stats is None:
            return AnalysisState.STARTING, tally.dropped
        dropped = tally.dropped + stats.dropped
        if not self._has_model:
            return AnalysisState.NO_MODEL, dropped
        return (AnalysisState.OVERLOADED if tally.overloaded else AnalysisState.ON), dropped

    def wait_ms(self, camera_id: int) -> float:
        """The longest that the camera waited for its turn lately."""
        stats = self._stats.get(camera_id)
        return stats.wait_ms if stats is not None and self._pipe() is not None else 0.0

    async def run(self) -> None:
        """Until cancelled."""
        backoff = Backoff(0.5, 10.0)
        try:
            while True:
                if not self._cameras:
                    await asyncio.sleep(0.2)
                    continue
                await self._live_once(backoff)
                self._failing = True
                await asyncio.sleep(backoff.next_s())
        finally:
            await self._stop()
            await self._give_up()

    async def _live_once(self, backoff: Backoff) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sigap.node.analysis.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        self._process = process
        _widen(process)
        for tally in self._tallies.values():
            tally.waiting_for_key = True
            tally.gate.open()
        self._send_config()
        self._reader = MessageReader()
        await self._take_all(process, backoff)
        _log.error("analysis process ended with %s", await process.wait())
        self._process = None
        await self._give_up()

    async def _give_up(self) -> None:
        self.busy = self.queue_ms = 0.0
        lost, self._going_on = frozenset(self._going_on), set()
        if lost:
            await self._sinks.lost(lost)

    async def _take_all(self, process: asyncio.subprocess.Process, backoff: Backoff) -> None:
        """Findings until the process ends."""
        assert process.stdout is not None
        while data := await process.stdout.read(READ_BYTES):
            for kind, body in self._reader.feed(data):
                await self._take(kind, body)
                backoff.reset()

    async def _take(self, kind: Kind, body: bytes) -> None:
        if kind is Kind.STATS:
            self._take_stats(Stats.model_validate_json(body))
        elif kind is Kind.ALARM:
            await self._take_alarm(AlarmReport.model_validate_json(body))
        elif kind is Kind.COUNT:
            self._sinks.count(CountMessage.model_validate_json(body))
        elif kind is Kind.MEASURE:
            self._sinks.measure(MeasureMessage.model_validate_json(body))
        elif kind is Kind.MOTION:
            self._take_motion(MotionMessage.model_validate_json(body))
        elif kind in (Kind.WAKE, Kind.SLEEP):
            self._move_gate(kind, GateMessage.model_validate_json(body).camera_id)

    async def _take_alarm(self, alarm: AlarmReport) -> None:
        if alarm.ended_at is None:
            self._going_on.add(alarm.uuid)
        else:
            self._going_on.discard(alarm.uuid)
        await self._sinks.alarm(alarm)

    def _take_motion(self, motion: MotionMessage) -> None:
        camera = self._cameras.get(motion.camera_id)
        if camera is not None:
            self._sinks.motion(camera.uuid, motion)

    def _move_gate(self, kind: Kind, camera_id: int) -> None:
        tally, pipe = self._tallies.get(camera_id), self._pipe()
        if tally is None:
            return
        if kind is Kind.SLEEP:
            tally.gate.close()
            return
        kept = tally.gate.open()
        tally.waiting_for_key = not kept
        if pipe is not None:
            for frame in kept:
                pipe.write(pack_frame(camera_id, frame, Kind.REPLAY))

    def _take_stats(self, stats: Stats) -> None:
        self._failing = False
        self._has_model = stats.has_model
        self.busy, self.queue_ms = stats.busy, stats.queue_ms
        self._stats = {camera.camera_id: camera for camera in stats.cameras}
        for camera_id, tally in self._tallies.items():
            camera = self._stats.get(camera_id)
            dropped = tally.dropped + (camera.dropped if camera else 0)
            tally.overloaded = dropped > tally.last_dropped
            tally.last_dropped = dropped

    def _pipe(self) -> asyncio.StreamWriter | None:
        process = self._process
        if process is None or process.returncode is not None or process.stdin is None:
            return None
        return None if process.stdin.is_closing() else process.stdin

    def _send_config(self) -> None:
        pipe = self._pipe()
        if pipe is not None:
            cameras = list(self._cameras.values())
            config = WorkerConfig(model_path=str(self._model), cameras=cameras)
            pipe.write(pack_json(Kind.CONFIGURE, config))

    async def _stop(self) -> None:
        """Close the worker's input, take its last findings, and see it off."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(STOP_S):
                await self._take_all(process, Backoff(1, 1))
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _widen(process: asyncio.subprocess.Process) -> None:
    """A pipe that takes a key frame at once: at 64 KiB it takes four rounds of the event loop."""
    pipe = process.stdin.transport.get_extra_info("pipe") if process.stdin is not None else None
    if pipe is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


@dataclass(slots=True)
class AnalysisPool:
    """Cameras stay with the process they were given to."""

    processes: list[AnalysisProcess]
    _placed: dict[int, AnalysisProcess] = field(default_factory=dict)

    def serve(self, camera: CameraConfig) -> None:
        process = self._placed.get(camera.id)
        if process is None:
            process = min(self.processes, key=AnalysisProcess.load)
            self._placed[camera.id] = process
        process.serve(camera)

    def forget(self, camera_id: int) -> None:
        process = self._placed.pop(camera_id, None)
        if process is not None:
            process.forget(camera_id)

    def push(self, camera_id: int, frame: Frame) -> None:
        process = self._placed.get(camera_id)
        if process is not None:
            process.push(camera_id, frame)

    def level(self, camera_id: int) -> DecodeLevel:
        process = self._placed.get(camera_id)
        return process.level(camera_id) if process else DecodeLevel.OFF

    def state(self, camera_id: int) -> tuple[AnalysisState, int]:
        process = self._placed.get(camera_id)
        return process.state(camera_id) if process else (AnalysisState.OFF, 0)

    def wait_ms(self, camera_id: int) -> float:
        process = self._placed.get(camera_id)
        return process.wait_ms(camera_id) if process else 0.0

    def busy(self) -> float:
        """Share of all processes' time in which they decode or detect, 0..1."""
        return sum(process.busy for process in self.processes) / max(1, len(self.processes))

    def queue_ms(self) -> float:
        """The longest that any camera waited for its turn lately."""
        return max((process.queue_ms for process in self.processes), default=0.0)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for process in self.processes:
                tasks.create_task(process.run())
