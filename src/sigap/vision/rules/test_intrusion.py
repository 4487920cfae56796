"""Person in zone: one alarm a stay, whatever the tracker does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sigap.vision.rules.events import RuleAlarm, RuleEnded, RuleKind, RuleSpec
from sigap.vision.rules.intrusion import IntrusionRule
from sigap.vision.street_class import StreetClass
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, Walker, times
from sigap.vision.tracker import Tracker
from sigap.vision.tracks import TrackView

ZONE = RuleSpec(
    id=7,
    uuid="zone",
    kind=RuleKind.ZONE,
    name="Gudang",
    points=((0.4, 0.2), (0.6, 0.2), (0.6, 0.9), (0.4, 0.9)),
)
"""Feet between x = 256 and 384 pixels."""


def _play(scene: Scene, spec: RuleSpec, until_s: float) -> list[RuleAlarm]:
    tracker, rule = Tracker(SCENE_SIZE), IntrusionRule(spec, SCENE_SIZE)
    alarms: list[RuleAlarm] = []
    for at_s in times(0, until_s):
        events = rule.observe(tracker.update(scene.detections(at_s), at_s), at_s)
        alarms.extend(event for event in events if isinstance(event, RuleAlarm))
    return alarms


def test_walking_through_raises_one_alarm_at_once() -> None:
    alarms = _play(Scene([Walker((100, 300), (540, 300), 0, 5)]), ZONE, 5)

    assert len(alarms) == 1
    alarm = alarms[0]
    assert alarm.rule_id == 7
    assert alarm.street_class is StreetClass.PERSON
    assert alarm.started_at_s == pytest.approx(1.8, abs=0.2)
    assert alarm.observed_at_s - alarm.started_at_s == pytest.approx(0.2)
    assert 0.4 < alarm.track_norm[-1][0] < 0.5
    assert alarm.track_norm[0][0] < 0.2


def test_walking_past_raises_none() -> None:
    assert _play(Scene([Walker((100, 470), (540, 470), 0, 5)]), ZONE, 5) == []


def test_dwell_waits_and_a_shorter_stay_is_silent() -> None:
    patient = replace(ZONE, dwell_s=3.0)
    stays = Scene([Walker((300, 300), (310, 300), 0, 6)])
    passes = Scene([Walker((100, 300), (540, 300), 0, 5)])

    alarms = _play(stays, patient, 6)

    assert [alarm.observed_at_s for alarm in alarms] == [pytest.approx(3.2, abs=0.11)]
    assert _play(passes, patient, 5) == []


def test_coming_back_after_a_while_is_a_new_alarm() -> None:
    tracker_free = _track(1)
    rule = IntrusionRule(ZONE, SCENE_SIZE)
    alarms: list[float] = []
    ends: list[float] = []
    for at_s in times(0, 12):
        inside = at_s <= 2 or 3 <= at_s <= 4 or at_s >= 8
        track = _at(tracker_free, 0.5 if inside else 0.1, at_s)
        events = rule.observe([track], at_s)
        alarms.extend(at_s for event in events if isinstance(event, RuleAlarm))
        ends.extend(event.at_s for event in events if isinstance(event, RuleEnded))

    # Out for one second from 2 to 3 is the same stay; out from 4 to 8 ends it.
    assert alarms == [pytest.approx(0.2), pytest.approx(8.2)]
    assert ends == [pytest.approx(4.1)]


def test_jitter_on_the_edge_raises_one_alarm() -> None:
    rule = IntrusionRule(ZONE, SCENE_SIZE)
    alarms = 0
    for number, at_s in enumerate(times(0, 20)):
        x = 0.405 if number % 6 < 4 else 0.395
        alarms += len(rule.observe([_at(_track(1), x, at_s)], at_s))

    assert alarms == 1


def test_a_renumbered_track_inside_is_the_same_stay() -> None:
    rule = IntrusionRule(ZONE, SCENE_SIZE)
    first = [rule.observe([_at(_track(1), 0.5, at_s)], at_s) for at_s in times(0, 2)]
    gap = [rule.observe([], at_s) for at_s in times(2.1, 3)]
    second = [
        rule.observe([_at(_track(2, first_seen_s=3.1), 0.51, at_s)], at_s) for at_s in times(3.1, 5)
    ]

    assert sum(map(len, first)) == 1
    assert sum(map(len, gap)) == 0
    assert sum(map(len, second)) == 0


def test_a_second_person_who_walks_in_is_a_second_alarm() -> None:
    scene = Scene([Walker((320, 300), (320, 300), 0, 2), Walker((100, 300), (540, 300), 0, 5)])

    assert len(_play(scene, ZONE, 5)) == 2


def test_other_classes_and_unsure_tracks_raise_none() -> None:
    bicycle = Scene([Walker((300, 300), (310, 300), 0, 5, street_class=StreetClass.BICYCLE)])
    unsure = Scene([Walker((300, 300), (310, 300), 0, 5, score=0.55)])

    assert _play(bicycle, ZONE, 5) == []
    assert _play(unsure, replace(ZONE, min_score=0.6), 5) == []


def test_a_coasting_track_raises_none() -> None:
    rule = IntrusionRule(ZONE, SCENE_SIZE)
    coasting = replace(_track(1), coasting=True)

    assert [rule.observe([_at(coasting, 0.5, at_s)], at_s) for at_s in times(0, 3)] == [[]] * 31


def _track(track_id: int, *, first_seen_s: float = 0.0) -> TrackView:
    return TrackView(
        track_id=track_id,
        street_class=StreetClass.PERSON,
        score=0.8,
        box=(0, 0, 0, 0),
        box_norm=(0, 0, 0, 0),
        trail_norm=((0, 0),),
        first_seen_s=first_seen_s,
        last_seen_s=0,
        hits=3,
        coasting=False,
    )


def _at(track: TrackView, x: float, at_s: float) -> TrackView:
    """The track with its feet at (x, 0.5) and a body of a fifth of the picture's height."""
    return replace(
        track,
        box_norm=(x - 0.02, 0.3, x + 0.02, 0.5),
        trail_norm=((x, 0.5),),
        last_seen_s=at_s,
    )
