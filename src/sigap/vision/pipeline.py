"""The order of analysis for one camera: background → detector → tracker → rules.

The camera node owns one `Analyser` per camera and feeds it decoded pictures; it is not thread-safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sigap.vision.detections import Detections, Detector, Frame, Image
from sigap.vision.rules.events import Crossing, RuleAlarm, RuleSpec
from sigap.vision.tracks import TrackView

__all__ = ["Analyser", "AnalysisResult", "draw_alarm", "load_detector"]


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """What one picture told. `detections` is None when the detector was not needed."""

    alarms: list[RuleAlarm]
    crossings: list[Crossing]
    tracks: list[TrackView]
    moving: bool
    detector_ran: bool
    detections: Detections | None = None


class Analyser:
    """Analysis of one camera. `frame_size` is (width, height) of every picture that will come."""

    def __init__(
        self, rules: Sequence[RuleSpec], detector: Detector, *, frame_size: tuple[int, int]
    ) -> None:
        raise NotImplementedError

    def process(self, frame: Frame, at_s: float) -> AnalysisResult:
        """Analyse one picture taken at `at_s` (seconds, any clock that only goes forward).

        `frame`: (H, W) luma, (H, W, 3) BGR, or a `Picture` such as `LazyPicture(luma, make_bgr)`,
        whose colour is made only when the detector runs.
        """
        raise NotImplementedError

    def replace_rules(self, rules: Sequence[RuleSpec]) -> None:
        """Take new rules; unchanged ones keep their state (who is inside, who was counted)."""
        raise NotImplementedError


def load_detector(model_path: Path, *, threads: int = 1) -> Detector:
    """The detector whose ONNX file `sigap.runtime.weights` made. Share one between cameras."""
    raise NotImplementedError


def draw_alarm(bgr: Image, alarm: RuleAlarm, rules: Sequence[RuleSpec]) -> bytes:
    """JPEG (at most 1280 px wide) of the picture with the zone, the track and the box drawn."""
    raise NotImplementedError
