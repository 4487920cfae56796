"""The accuracy passport: runs the camera's own pipeline over a clip and scores what came out.

Called by `command` (`sigap vision evaluate`) and by tests on real footage.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from sigap.vision.clip import Clip, ClipFrame
from sigap.vision.detections import Detections, Detector
from sigap.vision.ground_truth import GroundTruth
from sigap.vision.happenings import (
    Geometry,
    LineScore,
    ZoneScore,
    expected_crossings,
    expected_stays,
    score_line,
    score_zone,
)
from sigap.vision.pipeline import Analyser, AnalysisResult
from sigap.vision.rules.events import Crossing, RuleAlarm, RuleKind, RuleSpec
from sigap.vision.scores import PrecisionScore, TrackScore
from sigap.vision.street_class import StreetClass


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores are None where there is no ground truth. `analysed` counts pictures."""

    analysed: int
    detector_runs: int
    seconds_per_frame: float
    tracks: int
    lines: tuple[LineScore, ...]
    zones: tuple[ZoneScore, ...]
    ap50: float | None = None
    mota: float | None = None
    idf1: float | None = None
    identity_switches: int | None = None

    def as_dict(self) -> dict[str, object]:
        """For JSON; every line with its number of wrong counts."""
        report = asdict(self)
        for row, line in zip(report["lines"], self.lines, strict=True):
            row["wrong"] = line.wrong
        return report


@dataclass(slots=True)
class _Run:
    """What is gathered while the clip plays."""

    times_s: list[float] = field(default_factory=list)
    alarms: list[RuleAlarm] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    track_ids: set[int] = field(default_factory=set)
    analysed: int = 0
    detector_runs: int = 0
    busy_s: float = 0.0

    def take(self, result: AnalysisResult) -> None:
        self.alarms.extend(result.alarms)
        self.crossings.extend(result.crossings)
        self.track_ids.update(track.track_id for track in result.tracks)
        self.analysed += 1
        self.detector_runs += result.detector_ran


def evaluate(
    clip: Clip,
    truth: GroundTruth | None,
    rules: Sequence[RuleSpec],
    *,
    detector: Detector,
    classes: frozenset[StreetClass] = frozenset({StreetClass.PERSON}),
    analysis_fps: float | None = None,
) -> Evaluation:
    """Play the clip through the pipeline; `rules` are the lines and zones to score.

    `classes` are those that the ground truth holds. `analysis_fps` skips pictures as a camera
    node would; None takes all of them. Raises ClipError or FrameError on a bad clip.
    """
    analyser = Analyser(rules, detector, frame_size=clip.frame_size)
    precision, tracking, run = PrecisionScore(), TrackScore(), _Run()
    due_s = 0.0
    for frame in clip.frames():
        run.times_s.append(frame.at_s)
        if analysis_fps is not None and frame.at_s + 1e-6 < due_s:
            continue
        due_s = frame.at_s + 1 / analysis_fps if analysis_fps else 0.0
        result = _analyse(analyser, frame, run)
        if truth is not None:
            _score_frame(result, frame, truth, classes, into=(precision, tracking))
    lines, zones = _score_rules(rules, run, truth, Geometry(clip.frame_size, run.times_s))
    return Evaluation(
        analysed=run.analysed,
        detector_runs=run.detector_runs,
        seconds_per_frame=run.busy_s / max(1, run.analysed),
        tracks=len(run.track_ids),
        lines=lines,
        zones=zones,
        ap50=precision.average_precision if truth else None,
        mota=tracking.mota if truth else None,
        idf1=tracking.idf1 if truth else None,
        identity_switches=tracking.switches if truth else None,
    )


def _analyse(analyser: Analyser, frame: ClipFrame, run: _Run) -> AnalysisResult:
    began_s = time.perf_counter()
    result = analyser.process(frame.bgr, frame.at_s)
    run.busy_s += time.perf_counter() - began_s
    run.take(result)
    return result


def _score_frame(
    result: AnalysisResult,
    frame: ClipFrame,
    truth: GroundTruth,
    classes: frozenset[StreetClass],
    *,
    into: tuple[PrecisionScore, TrackScore],
) -> None:
    precision, tracking = into
    expected = truth.at(frame.index)
    found = result.detections or Detections.empty()
    wanted = np.isin(found.classes, [int(street_class) for street_class in classes])
    precision.add(found.where(wanted), expected)
    seen = [
        track for track in result.tracks if not track.coasting and track.street_class in classes
    ]
    tracking.add(
        np.array([track.track_id for track in seen], np.int64),
        np.array([track.box for track in seen], np.float32).reshape(-1, 4),
        expected,
    )


def _score_rules(
    rules: Sequence[RuleSpec], run: _Run, truth: GroundTruth | None, geometry: Geometry
) -> tuple[tuple[LineScore, ...], tuple[ZoneScore, ...]]:
    lines = tuple(
        score_line(
            rule,
            [crossing for crossing in run.crossings if crossing.rule_id == rule.id],
            expected_crossings(truth, rule, geometry) if truth else None,
        )
        for rule in rules
        if rule.kind is RuleKind.LINE
    )
    zones = tuple(
        score_zone(
            rule,
            [alarm for alarm in run.alarms if alarm.rule_id == rule.id],
            expected_stays(truth, rule, geometry) if truth else None,
        )
        for rule in rules
        if rule.kind is RuleKind.ZONE
    )
    return lines, zones
