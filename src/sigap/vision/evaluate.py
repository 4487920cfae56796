"""The accuracy passport: runs the camera's own pipeline over a clip and scores what came out.

Called by `command` (`sigap vision evaluate`) and by tests on real footage.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from sigap.vision.clip import Clip, ClipFrame
from sigap.vision.detections import Detector
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
from sigap.vision.rule_report import RuleReport, report_rules
from sigap.vision.rules.events import (
    Crossing,
    Measure,
    RuleAlarm,
    RuleEnded,
    RuleKind,
    RuleSpec,
)
from sigap.vision.scorebook import Scorebook, Scorecard
from sigap.vision.street_class import EVERY_CLASS, StreetClass


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores are None where there is no ground truth. `analysed` counts pictures.

    `classes`: what was scored and counted. `rules`: what those of other kinds than line and zone
    said, which no ground truth tells. `detection_accuracy` and `association_accuracy` are the
    two parts of `hota`.
    """

    classes: tuple[str, ...]
    analysed: int
    detector_runs: int
    seconds_per_frame: float
    tracks: int
    lines: tuple[LineScore, ...]
    zones: tuple[ZoneScore, ...]
    rules: tuple[RuleReport, ...] = ()
    ap50: float | None = None
    mota: float | None = None
    idf1: float | None = None
    identity_switches: int | None = None
    hota: float | None = None
    detection_accuracy: float | None = None
    association_accuracy: float | None = None

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
    ended: list[RuleEnded] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    track_ids: set[int] = field(default_factory=set)
    analysed: int = 0
    detector_runs: int = 0
    busy_s: float = 0.0

    def take(self, result: AnalysisResult) -> None:
        self.alarms.extend(result.alarms)
        self.ended.extend(result.ended)
        self.crossings.extend(result.crossings)
        self.measures.extend(result.measures)
        self.track_ids.update(track.track_id for track in result.tracks)
        self.analysed += 1
        self.detector_runs += result.detector_ran

    def keep(self, classes: frozenset[StreetClass]) -> None:
        """Leave out what is not to be scored."""
        self.alarms = [alarm for alarm in self.alarms if alarm.street_class in classes]
        self.crossings = [item for item in self.crossings if item.street_class in classes]


def evaluate(
    clip: Clip,
    truth: GroundTruth | None,
    rules: Sequence[RuleSpec],
    *,
    detector: Detector,
    classes: frozenset[StreetClass] | None = None,
    analysis_fps: float | None = None,
) -> Evaluation:
    """Play the clip through the pipeline; `rules` are the lines and zones to score.

    `classes` are those to score; None: those that the ground truth is about, and without a ground
    truth whatever the rules look at. `analysis_fps` skips pictures as a camera
    node would; None takes all of them. Raises ClipError or FrameError on a bad clip, and
    GroundTruthError where the ground truth is of another size or tells of pictures after the end
    of the clip.
    """
    if truth is not None:
        truth.check_size(clip.frame_size)
    analyser = Analyser(rules, detector, frame_size=clip.frame_size)
    scores = Scorebook(truth) if truth is not None else None
    run = _Run()
    due_s = 0.0
    for frame in clip.frames():
        run.times_s.append(frame.at_s)
        if analysis_fps is not None and frame.at_s + 1e-6 < due_s:
            continue
        due_s = frame.at_s + 1 / analysis_fps if analysis_fps else 0.0
        result = _analyse(analyser, frame, run)
        if scores is not None:
            scores.add(result, frame.index)
    if truth is not None:
        truth = truth.within(len(run.times_s), str(clip.path))
    if classes is None:
        classes = scores.annotated() if scores else EVERY_CLASS
    reports = report_rules(rules, run.alarms, run.ended, run.measures)
    run.keep(classes)
    lines, zones = _score_rules(rules, run, truth, Geometry(clip.frame_size, run.times_s))
    found = Evaluation(
        classes=tuple(sorted(street_class.label for street_class in classes)),
        analysed=run.analysed,
        detector_runs=run.detector_runs,
        seconds_per_frame=run.busy_s / max(1, run.analysed),
        tracks=len(run.track_ids),
        lines=lines,
        zones=zones,
        rules=reports,
    )
    return _with_scores(found, scores.scorecard(classes)) if scores else found


def _with_scores(found: Evaluation, scores: Scorecard) -> Evaluation:
    hota = scores.hota
    return replace(
        found,
        ap50=scores.ap50,
        mota=scores.mota,
        idf1=scores.idf1,
        identity_switches=scores.identity_switches,
        hota=hota.hota if hota else None,
        detection_accuracy=hota.detection if hota else None,
        association_accuracy=hota.association if hota else None,
    )


def _analyse(analyser: Analyser, frame: ClipFrame, run: _Run) -> AnalysisResult:
    began_s = time.perf_counter()
    result = analyser.process(frame.bgr, frame.at_s)
    run.busy_s += time.perf_counter() - began_s
    run.take(result)
    return result


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
