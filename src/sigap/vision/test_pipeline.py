"""The whole pipeline on a made-up scene whose detector knows it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from sigap.vision.detections import Image, LazyPicture
from sigap.vision.draw import draw_alarm
from sigap.vision.pipeline import Analyser, AnalysisResult, FrameError
from sigap.vision.rules.events import Direction, RuleKind, RuleSpec
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, SceneDetector, Walker, times

ZONE = RuleSpec(
    id=1,
    uuid="zone",
    kind=RuleKind.ZONE,
    name="Gudang",
    points=((0.4, 0.2), (0.6, 0.2), (0.6, 0.9), (0.4, 0.9)),
)
LINE = RuleSpec(
    id=2, uuid="line", kind=RuleKind.LINE, name="Gerbang", points=((0.7, 0.1), (0.7, 0.9))
)
PASSER = Scene([Walker((60, 300), (580, 300), 2, 7)])


def _play(
    analyser: Analyser, detector: SceneDetector, scene: Scene, at: list[float]
) -> list[AnalysisResult]:
    results: list[AnalysisResult] = []
    for at_s in at:
        detector.at_s = at_s
        results.append(analyser.process(scene.picture(at_s), at_s))
    return results


def _new(scene: Scene, *rules: RuleSpec) -> tuple[Analyser, SceneDetector]:
    detector = SceneDetector(scene)
    return Analyser(rules, detector, frame_size=SCENE_SIZE), detector


def test_a_passer_by_raises_one_alarm_and_is_counted_once() -> None:
    analyser, detector = _new(PASSER, ZONE, LINE)

    results = _play(analyser, detector, PASSER, times(0, 9, fps=5))

    alarms = [alarm for result in results for alarm in result.alarms]
    crossings = [crossing for result in results for crossing in result.crossings]
    assert [alarm.rule_id for alarm in alarms] == [1]
    assert [crossing.direction for crossing in crossings] == [Direction.BACKWARD]
    assert alarms[0].track_id == crossings[0].track_id
    assert 3.5 < alarms[0].started_at_s < 5


def test_a_quiet_street_costs_no_detector() -> None:
    analyser, detector = _new(Scene([]), ZONE)

    results = _play(analyser, detector, Scene([]), times(0, 20, fps=5))

    # Only while the background is learnt: the first picture and the second after it.
    assert detector.runs <= 7
    assert not any(result.detector_ran for result in results[10:])


def test_somebody_who_stands_still_is_still_looked_at() -> None:
    stander = Scene([Walker((60, 300), (320, 300), 0, 3), Walker((320, 300), (320, 300), 3.05, 60)])
    analyser, detector = _new(stander, replace(ZONE, dwell_s=20.0))

    results = _play(analyser, detector, stander, times(0, 40, fps=5))

    alarms = [alarm for result in results for alarm in result.alarms]
    assert len(alarms) == 1
    assert alarms[0].observed_at_s - alarms[0].started_at_s == pytest.approx(20, abs=0.7)
    assert detector.runs < len(results)


def test_colour_is_made_only_when_the_detector_runs() -> None:
    analyser, detector = _new(Scene([]))
    picture = Scene([]).picture(0)
    made: list[float] = []

    def colour() -> Image:
        made.append(1)
        return picture

    luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    for at_s in times(0, 5, fps=5):
        analyser.process(LazyPicture(luma, colour), at_s)

    assert len(made) == detector.runs
    assert detector.runs < 10


def test_luma_alone_is_taken() -> None:
    analyser, detector = _new(Scene([]))

    assert analyser.process(np.zeros((480, 640), np.uint8), 0).detector_ran
    assert detector.runs == 1


def test_changed_rules_keep_the_memory_of_unchanged_ones() -> None:
    stander = Scene([Walker((320, 300), (320, 300), 0, 20)])
    analyser, detector = _new(stander, ZONE)
    first = _play(analyser, detector, stander, times(0, 5, fps=5))

    analyser.replace_rules([ZONE, LINE])
    second = _play(analyser, detector, stander, times(5.2, 10, fps=5))
    analyser.replace_rules([replace(ZONE, name="Gudang baru")])
    third = _play(analyser, detector, stander, times(10.2, 15, fps=5))

    assert [sum(len(result.alarms) for result in run) for run in (first, second, third)] == [
        1,
        0,
        1,
    ]


def test_a_disabled_rule_is_silent() -> None:
    analyser, detector = _new(PASSER, replace(ZONE, enabled=False))

    results = _play(analyser, detector, PASSER, times(0, 9, fps=5))

    assert not any(result.alarms for result in results)


def test_a_clock_that_steps_back_starts_anew() -> None:
    analyser, detector = _new(PASSER, ZONE)
    _play(analyser, detector, PASSER, times(0, 5, fps=5))

    results = _play(analyser, detector, PASSER, times(0, 9, fps=5))

    assert sum(len(result.alarms) for result in results) == 1


def test_another_picture_size_is_refused() -> None:
    analyser, _ = _new(Scene([]))

    with pytest.raises(FrameError, match="320x240"):
        analyser.process(np.zeros((240, 320), np.uint8), 0)


@pytest.mark.parametrize(("kind", "points"), [(RuleKind.LINE, 3), (RuleKind.ZONE, 2)])
def test_a_rule_with_the_wrong_points_is_refused(kind: RuleKind, points: int) -> None:
    with pytest.raises(ValueError, match="points"):
        replace(ZONE, kind=kind, points=((0.1, 0.1),) * points)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (2560, 1440)])
def test_the_alarm_picture_shows_zone_and_track(width: int, height: int) -> None:
    analyser, detector = _new(PASSER, ZONE)
    results = _play(analyser, detector, PASSER, times(0, 9, fps=5))
    alarm = next(alarm for result in results for alarm in result.alarms)
    plain = np.full((height, width, 3), 90, np.uint8)

    encoded = draw_alarm(plain, alarm, [LINE, ZONE])

    shown = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape[1] == min(width, 1280)
    inside = shown[int(shown.shape[0] * 0.8), shown.shape[1] // 2]
    assert int(inside[2]) > int(inside[0]) + 10, "the zone is tinted red"
    assert int(plain.min()) == int(plain.max()) == 90, "the picture itself is left alone"
