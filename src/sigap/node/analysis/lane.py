"""One camera inside the analysis process: decode → pick at the analysis rate → mask → rules.

Owned by `worker`, which gives each lane its turn. What a lane cannot keep up with is dropped at a
key frame, and counted.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from av.video.frame import VideoFrame

from sigap.node.analysis.alarm_life import AlarmLives
from sigap.node.analysis.messages import (
    CameraStats,
    CodedFrame,
    CountMessage,
    MeasureMessage,
    MotionMessage,
)
from sigap.node.analysis.picture import SeenPicture, peek_decoder, peeked_luma
from sigap.node.analysis.quiet import MotionStretch, Quietness
from sigap.node.analysis.rule_specs import need_tracks, rule_specs
from sigap.node.decode import Decoder
from sigap.node.uplink.contract import AlarmReport, CameraConfig, Measure
from sigap.vision.detections import Detector, Image
from sigap.vision.pipeline import Analyser, AnalysisResult
from sigap.vision.rules.events import Direction

OLDEST_WAITING_S = 4.0
PATIENCE_S = 0.4
CLOCK_STEP_S = 5.0
MAX_WAITING = 600
SAME_PICTURE_S = 0.02
SMALLEST_STEP_S = 0.001
UNHEARD_S = 30.0
"""A camera that is silent for so long: nobody knows whether its alarms go on."""


class GateCall(Protocol):
    """Opens or closes a camera's gate."""

    def __call__(self, camera_id: int, *, is_open: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class LaneSinks:
    """Where a lane's findings go."""

    alarm: Callable[[AlarmReport], None]
    count: Callable[[CountMessage], None]
    measure: Callable[[MeasureMessage], None]
    gate: GateCall
    motion: Callable[[MotionMessage], None]


class Lane:
    """`waiting` holds coded frames that were received and not yet decoded.

    Asleep, it gets key frames only, looks whether something moved, and asks for what it missed.
    """

    def __init__(
        self,
        config: CameraConfig,
        detector: Detector | None,
        sinks: LaneSinks,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.stats = CameraStats(camera_id=config.id)
        self.waiting: deque[CodedFrame] = deque()
        self.waiting_for_key = True
        self._detector, self._sinks, self._now = detector, sinks, now
        self._config = config
        self._rules = rule_specs(config.rules)
        self._tracks_needed = need_tracks(self._rules)
        self._decoder: Decoder | None = None
        self._record = b""
        self._times: dict[int, float] = {}
        self._analyser: Analyser | None = None
        self._size = (0, 0)
        self._next_at = 0.0
        self._last_at = 0.0
        self._asleep = False
        self._peeks: deque[CodedFrame] = deque(maxlen=1)
        self._replayed_until = 0.0
        self._quiet = Quietness()
        self._stretch = MotionStretch(config.id)
        self._lives = AlarmLives(config.id, sinks.alarm)
        self._heard_at = 0.0

    @property
    def is_critical(self) -> bool:
        return self._config.critical

    @property
    def has_work(self) -> bool:
        return bool(self._peeks or self.waiting)

    def configure(self, config: CameraConfig) -> None:
        if config == self._config:
            return
        self._config, self._rules = config, rule_specs(config.rules)
        self._tracks_needed = need_tracks(self._rules)
        if config.critical and self._asleep:
            self._wake()
        if self._analyser is not None:
            self._analyser.replace_rules(self._rules)

    def use_detector(self, detector: Detector) -> None:
        self._detector = detector

    def fail(self, problem: str) -> None:
        """Start anew at the next key frame; the figures say what happened."""
        self.stats.problem = problem
        self._drop_waiting()
        self._decoder, self._record = None, b""
        self.close()
        if self._asleep:
            self._wake()

    def close(self) -> None:
        """Forget what was seen; alarms that went on until now are over."""
        self._lives.end_all(self._heard_at)
        self._analyser = None

    def look_after(self) -> None:
        """Now and then, whether pictures come or not."""
        if self._analyser is not None and self._now() - self._heard_at > UNHEARD_S:
            self.close()

    def accept_peek(self, frame: CodedFrame) -> None:
        """A key frame of a quiet camera; only the newest one is worth looking at."""
        self._heard_at = frame.received_at
        self._peeks.append(frame)

    def accept(self, frame: CodedFrame, *, replayed: bool = False) -> None:
        """Queue a frame. When the lane is hopelessly late, everything up to now is dropped."""
        self._heard_at = max(self._heard_at, frame.received_at) if replayed else frame.received_at
        if self._asleep:
            return
        if replayed:
            self._replayed_until = max(self._replayed_until, frame.received_at)
        late = bool(self.waiting) and (
            frame.received_at - self.waiting[0].received_at > OLDEST_WAITING_S
            and self.waiting[0].received_at > self._replayed_until
        )
        if late or len(self.waiting) > MAX_WAITING:
            self._drop_waiting()
        if self._detector is None:
            self.waiting_for_key = True
            return
        if self.waiting_for_key and not frame.key:
            self.stats.dropped += self._would_be_analysed(frame)
            return
        self.waiting_for_key = False
        self.waiting.append(frame)

    def work(self) -> bool:
        """Decode until one picture was analysed or nothing waits; True if it did anything."""
        worked = False
        while self._peeks:
            worked = True
            self._peek(self._peeks.popleft())
        while self.waiting:
            worked = True
            frame = self.waiting.popleft()
            if self._decode(frame):
                break
        return worked

    def _peek(self, frame: CodedFrame) -> None:
        """Look whether something moved since the last key frame; wake if it did or in doubt."""
        if not self._asleep:
            return
        self.stats.peeked += 1
        picture = peek_decoder(frame.codec, frame.decoder_record).decode(frame.payload)
        size = (picture.width, picture.height) if picture is not None else (0, 0)
        if picture is None or self._analyser is None or size != self._size:
            self._wake()
            return
        luma = peeked_luma(picture, self._config.masks)
        result = self._analyser.peek(luma, frame.received_at)
        self._tell(result, lambda: SeenPicture(picture, self._config.masks).bgr())
        if result.motion.active and self._tracks_needed:
            self._wake()
        elif not self._tracks_needed:
            self._follow_stretch(result, frame.received_at)

    def _wake(self) -> None:
        self._asleep = False
        self._quiet = Quietness()
        self.waiting_for_key = True
        self._sinks.gate(self._config.id, is_open=True)

    def _sleep(self) -> None:
        """Nothing more is decoded until a key frame differs. What still waits was quiet, too."""
        self._asleep = True
        self.waiting.clear()
        self._decoder, self._record = None, b""
        self._sinks.gate(self._config.id, is_open=False)

    def _drop_waiting(self) -> None:
        self.stats.dropped += sum(map(self._would_be_analysed, self.waiting))
        self.waiting.clear()
        self.waiting_for_key = True

    def _would_be_analysed(self, frame: CodedFrame) -> int:
        """1 when this frame's turn had come at the analysis rate; moves the turn on."""
        if frame.received_at < self._next_at - SAME_PICTURE_S:
            return 0
        self._next_at = max(self._next_at + 1 / self._config.analysis_fps, frame.received_at)
        return 1

    def _decode(self, frame: CodedFrame) -> bool:
        """True when a picture was analysed."""
        if frame.key and frame.decoder_record != self._record:
            self._decoder = Decoder(frame.codec, frame.decoder_record)
            self._record = frame.decoder_record
            self._times.clear()
        if self._decoder is None:
            return False
        self._times[frame.pts] = frame.received_at
        analysed = False
        for picture in self._decoder.decode(frame.payload, frame.pts):
            self.stats.decoded += 1
            received_at = self._times.pop(picture.pts or 0, frame.received_at)
            analysed |= self._look(picture, received_at)
        if len(self._times) > 64:
            self._times.clear()
        return analysed

    def _look(self, picture: VideoFrame, received_at: float) -> bool:
        if received_at < self._last_at - CLOCK_STEP_S:
            self.close()
            self._next_at = self._last_at = 0.0
        if self._detector is None or received_at < self._next_at - SAME_PICTURE_S:
            return False
        interval_s = 1 / self._config.analysis_fps
        self._next_at = max(self._next_at + interval_s, received_at + interval_s / 2)
        if self._is_overtaken(received_at):
            self.stats.dropped += 1
            return False
        self._analyse(picture, received_at)
        self.stats.analysed += 1
        self.stats.problem = ""
        return True

    def _is_overtaken(self, received_at: float) -> bool:
        """The picture is late and a newer one waits: under overload the newest counts."""
        newest_at = self.waiting[-1].received_at if self.waiting else 0.0
        return (
            received_at > self._replayed_until
            and self._now() - received_at > PATIENCE_S
            and newest_at >= self._next_at - SAME_PICTURE_S
        )

    def _analyse(self, picture: VideoFrame, received_at: float) -> None:
        seen = SeenPicture(picture, self._config.masks)
        size = picture.width, picture.height
        if self._analyser is None or size != self._size:
            assert self._detector is not None
            self.close()
            self._analyser = Analyser(self._rules, self._detector, frame_size=size)
            self._size = size
        at = max(received_at, self._last_at + SMALLEST_STEP_S)
        self._last_at = at
        result = self._analyser.process(seen, at)
        self._follow_motion(result, at)
        self.stats.detected += result.detector_ran
        self._tell(result, seen.bgr)

    def _tell(self, result: AnalysisResult, make_bgr: Callable[[], Image]) -> None:
        for alarm in result.alarms:
            self._lives.begin(alarm, make_bgr, self._rules)
        for ended in result.ended:
            self._lives.end(ended)
        for crossing in result.crossings:
            self._sinks.count(
                CountMessage(
                    camera_id=self._config.id,
                    rule_id=crossing.rule_id,
                    street_class=crossing.street_class.label,
                    at=crossing.at_s,
                    forward=crossing.direction is Direction.FORWARD,
                )
            )
        for reading in result.measures:
            self._sinks.measure(
                MeasureMessage(
                    camera_id=self._config.id,
                    rule_id=reading.rule_id,
                    measure=Measure(reading.measure),
                    street_class=reading.street_class.label,
                    value=reading.value,
                    at=reading.at_s,
                )
            )

    def _follow_motion(self, result: AnalysisResult, at: float) -> None:
        self._follow_stretch(result, at)
        occupied = bool(result.tracks) or bool(result.detections)
        self._quiet.observe(at, moving=result.motion.active, occupied=occupied)
        if self._quiet.may_sleep(at, self._config, tracks_needed=self._tracks_needed):
            if self._tracks_needed:
                self._tell_stretch(self._stretch.end(float("inf")))
            self._sleep()

    def _follow_stretch(self, result: AnalysisResult, at: float) -> None:
        self._tell_stretch(self._stretch.observe(at, result.motion))

    def _tell_stretch(self, ended: MotionMessage | None) -> None:
        if ended is not None:
            self._sinks.motion(ended)
