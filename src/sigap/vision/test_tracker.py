"""The tracker on made-up scenes."""

from __future__ import annotations

import numpy as np
import pytest

from sigap.vision.detections import Detections
from sigap.vision.geometry import overlap
from sigap.vision.street_class import StreetClass
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, Walker, times
from sigap.vision.tracker import Tracker
from sigap.vision.tracks import TrackView


def _play(scene: Scene, at: list[float], tracker: Tracker | None = None) -> list[list[TrackView]]:
    tracker = tracker or Tracker(SCENE_SIZE)
    return [tracker.update(scene.detections(at_s), at_s) for at_s in at]


@pytest.mark.parametrize("fps", [5.0, 10.0, 25.0])
def test_one_walker_is_one_track_at_any_rate(fps: float) -> None:
    scene = Scene([Walker((50, 300), (550, 300), 0, 6)])

    pictures = _play(scene, times(0, 6, fps=fps))

    assert {track.track_id for tracks in pictures for track in tracks} == {1}
    assert pictures[1] == []
    assert len(pictures[2]) == 1
    last = pictures[-1][0]
    assert last.street_class is StreetClass.PERSON
    assert last.foot_norm == pytest.approx((550 / 640, 300 / 480), abs=0.02)


def test_two_that_pass_each_other_keep_their_numbers() -> None:
    scene = Scene([Walker((100, 300), (500, 300), 0, 5), Walker((500, 320), (100, 320), 0, 5)])

    pictures = _play(scene, times(0, 5))

    def number_near(tracks: list[TrackView], x_norm: float) -> int:
        return min(tracks, key=lambda track: abs(track.foot_norm[0] - x_norm)).track_id

    left_at_first = number_near(pictures[5], 100 / 640)
    assert number_near(pictures[-1], 500 / 640) == left_at_first
    assert len({track.track_id for tracks in pictures for track in tracks}) == 2


def test_a_hidden_walker_coasts_and_keeps_its_number() -> None:
    scene = Scene([Walker((50, 300), (550, 300), 0, 6)])
    tracker = Tracker(SCENE_SIZE)
    hidden: list[TrackView] = []
    for at_s in times(0, 6):
        behind_pole = 2.5 <= at_s <= 3.5
        found = Detections.empty() if behind_pole else scene.detections(at_s)
        tracks = tracker.update(found, at_s)
        if behind_pole:
            hidden.extend(tracks)

    assert all(track.coasting for track in hidden)
    assert len(hidden) == 11
    assert [track.track_id for track in tracker.views()] == [1]
    assert not tracker.views()[0].coasting


def test_a_walker_who_is_gone_is_forgotten() -> None:
    tracker = Tracker(SCENE_SIZE)
    _play(Scene([Walker((50, 300), (150, 300), 0, 1)]), times(0, 1), tracker)

    assert tracker.update(Detections.empty(), 2.9) != []
    assert tracker.update(Detections.empty(), 3.1) == []
    assert tracker.is_empty


def test_faint_detections_hold_a_track_but_begin_none() -> None:
    faint = Scene([Walker((300, 300), (300, 300), 0, 9, score=0.4)])
    clear = Scene([Walker((300, 300), (300, 300), 0, 9)])

    assert all(tracks == [] for tracks in _play(faint, times(0, 3)))
    tracker = Tracker(SCENE_SIZE)
    _play(clear, times(0, 1), tracker)
    held = _play(faint, times(1.1, 3), tracker)
    assert all(not tracks[0].coasting for tracks in held)


def test_what_only_looks_like_a_person_does_not_keep_a_track_for_ever() -> None:
    tracker = Tracker(SCENE_SIZE)
    _play(Scene([Walker((300, 300), (300, 300), 0, 1)]), times(0, 1), tracker)
    faint = Scene([Walker((300, 300), (300, 300), 0, 9, score=0.4)])

    pictures = _play(faint, times(1.1, 6), tracker)

    assert pictures[-1] == []


def test_a_person_never_becomes_a_car() -> None:
    tracker = Tracker(SCENE_SIZE)
    _play(Scene([Walker((300, 300), (300, 300), 0, 1)]), times(0, 1), tracker)
    car = Scene([Walker((300, 300), (300, 300), 1, 3, street_class=StreetClass.CAR)])

    tracks = _play(car, times(1.1, 2), tracker)[-1]

    assert {(track.street_class, track.coasting) for track in tracks} == {
        (StreetClass.PERSON, True),
        (StreetClass.CAR, False),
    }


def test_the_class_of_a_vehicle_is_what_was_seen_most() -> None:
    tracker = Tracker(SCENE_SIZE)
    for number, at_s in enumerate(times(0, 2)):
        street_class = StreetClass.TRUCK if number % 4 == 0 else StreetClass.CAR
        walker = Walker((300, 300), (300, 300), 0, 2, street_class=street_class)
        tracks = tracker.update(Scene([walker]).detections(at_s), at_s)

    assert [track.street_class for track in tracks] == [StreetClass.CAR]


def test_feet_stay_inside_the_picture() -> None:
    scene = Scene([Walker((320, 480), (640, 560), 0, 2)])

    tracks = _play(scene, times(0, 2))[-1]

    x, y = tracks[0].foot_norm
    assert 0 < x < 1
    assert 0 < y < 1


def test_many_tracks_stay_cheap_and_apart() -> None:
    walkers = [
        Walker((40 + 60 * column, 100 + 90 * row), (60 + 60 * column, 100 + 90 * row), 0, 2)
        for row in range(4)
        for column in range(9)
    ]

    pictures = _play(Scene(walkers), times(0, 2))

    assert len(pictures[-1]) == 36
    assert len(np.unique([track.track_id for tracks in pictures for track in tracks])) == 36


def _vehicle(score: float) -> Walker:
    return Walker(
        (100, 300), (500, 300), 0, 3, street_class=StreetClass.CAR, size=(120, 60), score=score
    )


@pytest.mark.parametrize(("is_moving", "score", "tracks"), [
    (True, 0.35, 1),
    (False, 0.35, 0),
    (False, 0.45, 0),
    (False, 0.55, 1),
    (True, 0.28, 0),
])  # fmt: skip
def test_motion_speaks_for_a_vehicle_that_is_hard_to_name(
    is_moving: bool, score: float, tracks: int
) -> None:
    tracker, scene = Tracker(SCENE_SIZE), Scene([_vehicle(score)])

    for at_s in times(0, 2):
        seen = tracker.update(scene.detections(at_s), at_s, moving=np.array([is_moving]))

    assert len(seen) == tracks


def test_motion_speaks_for_no_person() -> None:
    shadow = Scene([Walker((60, 300), (580, 300), 0, 5, score=0.45)])

    assert _play(shadow, times(0, 3))[-1] == []


@pytest.mark.parametrize(("score", "tracks"), [(0.45, 1), (0.6, 2)])
def test_a_part_of_a_vehicle_is_no_other_unless_it_is_plain(score: float, tracks: int) -> None:
    wheel = Walker(
        (80, 300), (480, 300), 0, 3, street_class=StreetClass.CAR, size=(40, 40), score=score
    )

    pictures = _play(Scene([_vehicle(0.8), wheel]), times(0, 2))

    assert len(pictures[-1]) == tracks


def test_the_box_keeps_up_with_a_vehicle_that_comes_into_the_picture() -> None:
    tracker = Tracker(SCENE_SIZE)
    for at_s in times(0, 0.8):
        bottom = 20 + 400 * at_s
        box = (200.0, max(0.0, bottom - 250), 330.0, bottom)
        tracks = tracker.update(Detections.of([(box, 0.6, StreetClass.CAR)]), at_s)

    near = overlap(np.array([tracks[0].box], np.float32), np.array([box], np.float32))
    assert float(near[0, 0]) > 0.8


def test_who_has_left_the_picture_is_waited_for_no_longer() -> None:
    tracker = Tracker(SCENE_SIZE)
    leaving = Scene([Walker((300, 300), (700, 300), 0, 1)])
    _play(leaving, times(0, 0.8), tracker)

    for at_s in times(0.9, 1.5):
        tracker.update(Detections.empty(), at_s)

    assert tracker.is_empty
