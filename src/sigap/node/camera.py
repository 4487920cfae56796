"""One camera: connects, reconnects, and hands every frame to recorder, live, HLS and analysis.

A camera's tasks fail alone. Owned by `fleet`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sigap.node.analysis.pool import AnalysisPool
from sigap.node.backoff import Backoff
from sigap.node.errors import CameraError
from sigap.node.frames import AccessUnit, Frame
from sigap.node.ingest.receiver import RtspReceiver
from sigap.node.ingest.source import SourceChooser
from sigap.node.ingest.timeline import Timeline
from sigap.node.media.hls import HlsFeed
from sigap.node.media.live import LiveHub
from sigap.node.meter import Meter
from sigap.node.recording.disk import Storage
from sigap.node.recording.recorder import Recorder
from sigap.node.uplink.contract import CameraConfig, CameraHealth, CameraState, instant

SILENT_S = 10.0
FRESH_S = 3.0
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 4.0
MISCONFIGURED_RETRY_S = 15.0
WATCH_S = 0.25
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CameraSurroundings:
    """What all cameras of a node share. `on_change` is called when a camera's state changes."""

    storage: Storage
    analysis: AnalysisPool
    cache: Path
    segment_s: float
    on_change: Callable[[], None]


class Camera:
    def __init__(self, config: CameraConfig, around: CameraSurroundings) -> None:
        self.config = config
        self.live = LiveHub()
        self.hls = HlsFeed()
        self._around = around
        self._meter = Meter()
        self._timeline = Timeline()
        self._recorder = Recorder(around.storage, config.uuid, segment_s=around.segment_s)
        self._chooser = SourceChooser(config.source_url, around.cache)
        self._problem = ""
        self._misconfigured = False
        self._packets_lost = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._recording_task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if not self.config.enabled:
            return
        self._recording_task = asyncio.create_task(self._recorder.run())
        self._tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._watch())]
        self._place_analysis()

    async def stop(self) -> None:
        """Everything received is on disk when this returns."""
        self._around.analysis.forget(self.config.id)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._recording_task is not None:
            await self._recorder.stop()
            await self._recording_task

    def adopt(self, config: CameraConfig) -> bool:
        """Take what can change in flight; False when the camera must be started anew."""
        old = self.config
        if (old.source_url, old.enabled, old.uuid) != (
            config.source_url,
            config.enabled,
            config.uuid,
        ):
            return False
        self.config = config
        self._place_analysis()
        return True

    def state(self) -> tuple[CameraState, str]:
        """The state, and why, in words for the operator."""
        if not self.config.enabled:
            return CameraState.DISABLED, ""
        quiet_s = self._meter.quiet_s()
        if self._meter.last_frame_at is not None and quiet_s < FRESH_S:
            problem = self._recorder.problem
            return (CameraState.BAD, problem) if problem else (CameraState.UP, "")
        if self._misconfigured:
            return CameraState.BAD, self._problem
        if quiet_s >= SILENT_S:
            return CameraState.SILENT, self._problem or f"no picture for {SILENT_S:.0f} s"
        return CameraState.CONNECTING, self._problem

    def health(self) -> CameraHealth:
        state, reason = self.state()
        fps, bitrate_bps = self._meter.rates()
        analysis, dropped = self._around.analysis.state(self.config.id)
        seen_at = self._meter.last_frame_at
        return CameraHealth(
            camera_id=self.config.id,
            state=state,
            reason=reason,
            fps=round(fps, 2),
            bitrate_bps=bitrate_bps,
            last_frame_at=instant(seen_at) if seen_at is not None else None,
            width=self._meter.width,
            height=self._meter.height,
            codec=self._meter.format_text,
            recording=self._recorder.is_recording,
            segments_bytes=self._around.storage.index.bytes_of(self.config.uuid),
            analysis=analysis,
            analysis_dropped=dropped,
            packets_lost=self._packets_lost,
            fragments_lost=self._recorder.lost_fragments,
            timestamp_jumps=self._timeline.jumps,
            viewers=len(self.live.viewers),
        )

    def _place_analysis(self) -> None:
        has_work = any(rule.enabled for rule in self.config.rules)
        if self.config.enabled and self.config.analyse and has_work:
            self._around.analysis.serve(self.config)
        else:
            self._around.analysis.forget(self.config.id)

    def _take(self, unit: AccessUnit) -> None:
        self._push(self._timeline.place(unit))

    def _push(self, frame: Frame) -> None:
        self._meter.push(frame)
        self._recorder.push(frame)
        self.live.push(frame)
        self.hls.push(frame)
        self._around.analysis.push(self.config.id, frame)

    async def _receive(self) -> None:
        """Connect for ever; what breaks is told, waited out, and tried again."""
        backoff = Backoff(FIRST_RETRY_S, LONGEST_RETRY_S)
        while True:
            before = self._meter.last_frame_at
            wait_s = backoff.next_s()
            try:
                await self._receive_once()
            except CameraError as error:
                self._note(error)
                wait_s = max(wait_s, MISCONFIGURED_RETRY_S if error.misconfigured else 0)
            except Exception as error:  # noqa: BLE001 - outermost loop of a camera
                _log.exception("camera %s: unexpected", self.config.id)
                self._note(CameraError(f"internal error: {error}"))
            if self._meter.last_frame_at != before:
                backoff.reset()
                wait_s = min(wait_s, FIRST_RETRY_S)
            self._timeline.break_off()
            self._recorder.break_off()
            await asyncio.sleep(wait_s)

    async def _receive_once(self) -> None:
        source = self._chooser.choose()
        try:
            await source.run(self._take)
        finally:
            if isinstance(source, RtspReceiver) and source.depacketiser is not None:
                self._packets_lost += source.depacketiser.counts.lost

    def _note(self, error: CameraError) -> None:
        if error.reason != self._problem:
            _log.warning("camera %s: %s", self.config.id, error.reason)
        self._problem = error.reason
        self._misconfigured = error.misconfigured
        self._chooser.note_failure(error)

    async def _watch(self) -> None:
        """Tell at once when the state changes: silence does not wait for the next report."""
        told: tuple[CameraState, str] | None = None
        while True:
            now = self.state()
            if now[0] is CameraState.UP:
                self._problem, self._misconfigured = "", False
            if now != told:
                told = now
                self._around.on_change()
            await asyncio.sleep(WATCH_S)
