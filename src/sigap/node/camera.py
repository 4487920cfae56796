"""One camera: its streams, and every frame to recorder, live, HLS and analysis.

A camera's tasks fail alone. Owned by `fleet`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sigap.node.analysis.pool import AnalysisPool
from sigap.node.frames import AccessUnit, AudioUnit, Frame
from sigap.node.ingest.connector import Connector, Sinks
from sigap.node.ingest.receiver import IngestShared
from sigap.node.ingest.sound_timeline import SoundTimeline
from sigap.node.ingest.source import SourceChooser
from sigap.node.ingest.timeline import Timeline
from sigap.node.media.hls import HlsFeed
from sigap.node.media.live import LiveHub
from sigap.node.meter import Meter
from sigap.node.recording.disk import Storage
from sigap.node.recording.lanes import DiskLanes
from sigap.node.recording.missing import MissingWatch
from sigap.node.recording.recorder import Recorder
from sigap.node.substream import SubStream
from sigap.node.uplink.contract import CameraConfig, CameraHealth, CameraState, instant

SILENT_S = 10.0
FRESH_S = 3.0


@dataclass(frozen=True, slots=True)
class CameraSurroundings:
    """What all cameras of a node share. `on_change` is called when a camera's state changes."""

    storage: Storage
    lanes: DiskLanes
    ingest: IngestShared
    analysis: AnalysisPool
    cache: Path
    segment_s: float
    on_change: Callable[[], None]


class Camera:
    """`live`: pictures of the main stream; `sub_live`: of the smaller one, None where none is."""

    def __init__(self, config: CameraConfig, around: CameraSurroundings) -> None:
        self.config = config
        self.live = LiveHub()
        self.hls = HlsFeed()
        self._around = around
        self._meter = Meter()
        self._timeline = Timeline()
        self._missing = MissingWatch(around.storage.index, config.uuid)
        self._sound = SoundTimeline()
        self._recorder = Recorder(
            around.storage, around.lanes, config.uuid, segment_s=around.segment_s
        )
        sound_sink = self._take_sound if config.keep_audio else None
        self._connector = Connector(
            str(config.id),
            SourceChooser(config.source_url, around.cache, around.ingest),
            Sinks(self._take, sound_sink, self._break_off),
        )
        self._sub = self._make_sub()
        self._analysed_sub: bool | None = None
        self._told: tuple[CameraState, str] | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._recording_task: asyncio.Task[None] | None = None

    @property
    def sub_live(self) -> LiveHub | None:
        return self._sub.live if self._sub is not None else None

    def start(self) -> None:
        if not self.config.enabled:
            return
        self._recording_task = asyncio.create_task(self._recorder.run())
        self._connecting = asyncio.create_task(self._connector.run())
        self._around.ingest.rounds.add(self._look)
        self._place_analysis()

    async def stop(self) -> None:
        """Everything received is on disk when this returns."""
        self._around.analysis.forget(self.config.id)
        self._around.ingest.rounds.discard(self._look)
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._sub is not None:
            await self._sub.stop()
        if self._recording_task is not None:
            await self._recorder.stop()
            await self._recording_task

    def adopt(self, config: CameraConfig) -> bool:
        """Take what can change in flight; False when the camera must be started anew."""
        if _identity(self.config) != _identity(config):
            return False
        self.config = config
        self._place_analysis()
        return True

    def state(self) -> tuple[CameraState, str]:
        """The state, and why, in words for the operator."""
        if not self.config.enabled:
            return CameraState.DISABLED, ""
        quiet_s, problem = self._meter.quiet_s(), self._connector.problem
        if self._is_fresh:
            unrecorded = self._recorder.problem
            return (CameraState.BAD, unrecorded) if unrecorded else (CameraState.UP, "")
        if self._connector.misconfigured:
            return CameraState.BAD, problem
        if quiet_s >= SILENT_S:
            return CameraState.SILENT, problem or f"no picture for {SILENT_S:.0f} s"
        return CameraState.CONNECTING, problem

    @property
    def _is_fresh(self) -> bool:
        return self._meter.last_frame_at is not None and self._meter.quiet_s() < FRESH_S

    def health(self) -> CameraHealth:
        state, reason = self.state()
        fps, bitrate_bps = self._meter.rates()
        analysis, dropped = self._around.analysis.state(self.config.id)
        missing = self._missing.look(time.time(), is_up=self._is_fresh)
        seen_at, skew_s = self._meter.last_frame_at, self._connector.clock_skew_s
        return CameraHealth(
            camera_id=self.config.id,
            state=state,
            reason=reason,
            fps=round(fps, 2),
            bitrate_bps=bitrate_bps,
            last_frame_at=instant(seen_at) if seen_at is not None else None,
            width=self._meter.size[0],
            height=self._meter.size[1],
            codec=self._meter.format_text,
            recording=self._recorder.is_recording,
            segments_bytes=self._around.storage.index.bytes_of(self.config.uuid),
            analysis=analysis,
            analysis_dropped=dropped,
            packets_lost=self._connector.packets_lost,
            fragments_lost=self._recorder.lost_fragments,
            timestamp_jumps=self._timeline.jumps,
            viewers=len(self.live.viewers) + len(self.sub_live.viewers if self.sub_live else ()),
            recorded_from=instant(missing.recorded_from) if missing.recorded_from else None,
            gap_s_24h=missing.gap_s,
            unrecorded_s_24h=missing.unrecorded_s,
            clock_skew_s=round(skew_s, 3) if skew_s is not None else None,
            key_interval_s=round(self._meter.key_interval_s(), 2),
            audio_codec=self._connector.audio_codec,
            decode_level=self._around.analysis.level(self.config.id),
            detector_wait_ms=self._around.analysis.wait_ms(self.config.id),
        )

    def _make_sub(self) -> SubStream | None:
        config, around = self.config, self._around
        if not config.sub_url:
            return None
        chooser = SourceChooser(config.sub_url, around.cache, around.ingest)
        return SubStream(f"{config.id} (sub)", chooser, self._take_sub)

    @property
    def _is_analysed(self) -> bool:
        """Without rules, too: the time-line shows where something moved."""
        return self.config.analyse

    def _place_analysis(self) -> None:
        if self.config.enabled and self._is_analysed:
            self._around.analysis.serve(self.config)
        else:
            self._around.analysis.forget(self.config.id)

    def _take(self, unit: AccessUnit) -> None:
        frame = self._timeline.place(unit)
        self._meter.push(frame)
        self._recorder.push(frame)
        self.live.push(frame)
        self.hls.push(frame)
        self._analyse(frame, from_sub=False)

    def _take_sub(self, frame: Frame) -> None:
        self._analyse(frame, from_sub=True)

    def _analyse(self, frame: Frame, *, from_sub: bool) -> None:
        """The smaller stream where it has a picture. They change over at a key frame only."""
        if frame.key:
            has_sub = self._sub is not None and self._sub.is_fresh
            if from_sub or not has_sub:
                self._analysed_sub = from_sub
        if self._analysed_sub is from_sub:
            self._around.analysis.push(self.config.id, frame)

    def _take_sound(self, unit: AudioUnit) -> None:
        expected = self._timeline.at(unit.received_at)
        if expected is not None:
            frame = self._sound.place(unit, expected)
            self._recorder.push_sound(frame)
            self.live.push_sound(frame)

    def _break_off(self) -> None:
        self._timeline.break_off()
        self._sound.break_off()
        self._recorder.break_off()

    def _look(self) -> None:
        """Tell at once when the state changes: silence does not wait for the next report."""
        now = self.state()
        if now[0] is CameraState.UP:
            self._connector.calm()
        if now != self._told:
            self._told = now
            self._around.on_change()
        if self._sub is not None:
            self._sub.look_after(analysed=self._is_analysed)


def _identity(config: CameraConfig) -> tuple[str, str, bool, str, bool]:
    """What cannot change without a new connection."""
    return config.source_url, config.sub_url, config.enabled, config.uuid, config.keep_audio
