"""The order of analysis for one camera: background → detector → tracker → rules.

The camera node owns one `Analyser` per camera and feeds it decoded pictures; it is not thread-safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from sigap.vision.background import Background, Motion
from sigap.vision.closer_look import CloserLook
from sigap.vision.detections import Detections, Detector, Frame, Image, Picture
from sigap.vision.draw import draw_alarm
from sigap.vision.nanodet import NanoDet
from sigap.vision.rules.book import RuleBook
from sigap.vision.rules.events import Crossing, Measure, RuleAlarm, RuleEnded, RuleEvent, RuleSpec
from sigap.vision.rules.rule import Scenery
from sigap.vision.tracker import Tracker
from sigap.vision.tracks import TrackView

__all__ = ["Analyser", "AnalysisResult", "draw_alarm", "load_detector"]

LINGER_S = 1.0
"""The detector keeps running this long after the last motion."""

STANDING_CHECK_S = 0.5
"""How often the detector looks while nothing moves but a track is still alive."""

MOVING_SHARE = 0.5
"""A detection moves where so much of its box differs from the background. A box around two vehicles
is filled less."""


class FrameError(ValueError):
    """The picture has another shape than the camera announced."""


@dataclass(slots=True)
class AnalysisResult:
    """What one picture told. `detections` is None when the detector was not needed."""

    events: list[RuleEvent]
    tracks: list[TrackView]
    motion: Motion
    detections: Detections | None = None
    alarms: list[RuleAlarm] = field(init=False)
    ended: list[RuleEnded] = field(init=False)
    crossings: list[Crossing] = field(init=False)
    measures: list[Measure] = field(init=False)

    def __post_init__(self) -> None:
        self.alarms = [event for event in self.events if isinstance(event, RuleAlarm)]
        self.ended = [event for event in self.events if isinstance(event, RuleEnded)]
        self.crossings = [event for event in self.events if isinstance(event, Crossing)]
        self.measures = [event for event in self.events if isinstance(event, Measure)]

    @property
    def moving(self) -> bool:
        return self.motion.moving

    @property
    def detector_ran(self) -> bool:
        return self.detections is not None


class Analyser:
    """Analysis of one camera. `frame_size` is (width, height) of every picture that will come."""

    def __init__(
        self, rules: Sequence[RuleSpec], detector: Detector, *, frame_size: tuple[int, int]
    ) -> None:
        self._frame_size = frame_size
        self._look = CloserLook(detector, frame_size)
        self._background = Background(frame_size)
        self._tracker = Tracker(frame_size)
        self._rules = RuleBook(rules, frame_size)
        self._moved_at_s: float | None = None
        self._detected_at_s: float | None = None
        self._last_s = float("-inf")

    def process(self, frame: Frame, at_s: float) -> AnalysisResult:
        """Analyse one picture taken at `at_s` (seconds; a clock that steps back starts anew).

        `frame`: (H, W) luma, (H, W, 3) BGR, or a `Picture` such as `LazyPicture(luma, make_bgr)`,
        whose colour is made only when the detector runs. Raises FrameError for another size.
        """
        if at_s < self._last_s:
            self._start_anew()
        self._last_s = at_s
        luma = _luma(frame)
        self._check_size(luma)
        motion = self._background.observe(luma, at_s)
        detections = self._detect(frame, motion, at_s)
        tracks = self._track(detections, motion, at_s)
        events = self._rules.observe(tracks, at_s)
        events += self._rules.observe_picture(Scenery(luma, motion.foreground, tracks), at_s)
        return AnalysisResult(events, tracks, motion, detections)

    def peek(self, luma: Image, at_s: float) -> AnalysisResult:
        """Look at one picture of a camera that is decoded sparsely: motion, and rules on pictures.

        No detector and no tracks, and the clock of `process` stays where it is, so that what lies
        before this picture may still be analysed. Raises FrameError for another size.
        """
        self._check_size(luma)
        motion = self._background.observe(luma, at_s)
        events = self._rules.observe_picture(Scenery(luma, motion.foreground, ()), at_s)
        return AnalysisResult(events, [], motion)

    def replace_rules(self, rules: Sequence[RuleSpec]) -> None:
        """Take new rules; unchanged ones keep their state (who is inside, who was counted).

        Alarms of rules that are gone end with the next picture.
        """
        self._rules.replace(rules)

    def _detect(self, frame: Frame, motion: Motion, at_s: float) -> Detections | None:
        """The detections, or None when this picture is not worth a detector."""
        if motion.moving:
            self._moved_at_s = at_s
        if not self._is_worth_detecting(at_s):
            return None
        self._detected_at_s = at_s
        followed = [track.box for track in self._tracker.views()]
        interesting = np.concatenate(
            [motion.regions, np.array(followed, np.float32).reshape(-1, 4)]
        )
        return self._look.detect(_bgr(frame), interesting, at_s)

    def _is_worth_detecting(self, at_s: float) -> bool:
        if self._moved_at_s is not None and at_s - self._moved_at_s <= LINGER_S:
            return True
        if self._tracker.is_empty:
            return False
        return self._detected_at_s is None or at_s - self._detected_at_s >= STANDING_CHECK_S

    def _track(self, detections: Detections | None, motion: Motion, at_s: float) -> list[TrackView]:
        if detections is None:
            return self._tracker.coast(at_s)
        moving = motion.share_of(detections.boxes, self._frame_size) >= MOVING_SHARE
        return self._tracker.update(detections, at_s, moving=moving)

    def _start_anew(self) -> None:
        self._background = Background(self._frame_size)
        self._tracker.reset()
        self._rules.start_anew()
        self._moved_at_s = None
        self._detected_at_s = None

    def _check_size(self, luma: Image) -> None:
        height, width = luma.shape[:2]
        if (width, height) != self._frame_size:
            raise FrameError(f"picture is {width}x{height}, expected {self._frame_size}")


def load_detector(model_path: Path, *, threads: int = 1) -> Detector:
    """The detector whose ONNX file `sigap.runtime.weights` made. Share one between cameras."""
    return NanoDet(model_path, threads=threads)


def _luma(frame: Frame) -> Image:
    if not isinstance(frame, np.ndarray):
        return frame.luma
    if frame.ndim == 2:
        return frame
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)


def _bgr(frame: Frame) -> Image:
    if not isinstance(frame, np.ndarray):
        picture: Picture = frame
        return picture.bgr()
    if frame.ndim == 3:
        return frame
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR), np.uint8)
