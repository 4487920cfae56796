"""Gives each road user one number for as long as it is seen. One `Tracker` per camera.

Known tracks choose first, among certain and faint detections alike, which holds people who are half
hidden (the thought of ByteTrack, Zhang et al. 2022; its two stages switched identities more often,
because a bad certain box won over a good faint one). Only certain detections begin a track. Boxes
are compared after widening (Yang et al. 2023), more for tracks not seen for a while, so that it
works at 5 pictures a second too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from sigap.vision.detections import Boxes, Detections
from sigap.vision.geometry import nesting, overlap, widened
from sigap.vision.motion_filter import BoxFilter
from sigap.vision.rules.events import Point
from sigap.vision.street_class import KIND_OF_INDEX, StreetClass
from sigap.vision.tracks import TrackView

TRAIL_LENGTH = 100

EXPLAINED_SHARE = 0.5
"""Motion backs no second track where so much of the smaller box is the other's, too: the wheel of a
car is no car."""

EDGE_SHARE = 0.005
"""A box so near to the picture's edge, as a share of the picture, is cut off by it."""


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Scores are the detector's; times in seconds; likeness is overlap weighed with score.

    A lower score begins a track where the picture moves: between 0.3 and 0.5 walls and benches pass
    for vehicles, but they stand still. Of persons the low scores are second boxes and shadows of
    other persons, which move with them. Detections below `faint_share` of the score that begins a
    track, and below `least_score`, are not looked at.
    """

    certain_score: float = 0.5
    certain_moving_score: float = 0.3
    certain_moving_person_score: float = 0.5
    faint_share: float = 0.6
    least_score: float = 0.24
    score_weight: float = 0.5
    least_likeness: float = 0.1
    confirming_hits: int = 3
    coast_s: float = 2.0
    faint_s: float = 3.0
    widening: float = 0.1
    widening_per_s: float = 0.3
    widest: float = 0.5


@dataclass(slots=True)
class _Track:
    track_id: int
    motion: BoxFilter
    seen_box: NDArray[np.float64]
    first_seen_s: float
    last_seen_s: float
    certain_s: float
    score: float
    hits: int = 1
    confirmed: bool = False
    votes: dict[int, float] = field(default_factory=dict)
    trail: deque[Point] = field(default_factory=lambda: deque(maxlen=TRAIL_LENGTH))

    @property
    def street_class(self) -> StreetClass:
        return StreetClass(max(self.votes, key=lambda key: self.votes[key]))


class Tracker:
    """`frame_size` is (width, height) in pixels."""

    def __init__(
        self, frame_size: tuple[int, int], settings: TrackerSettings | None = None
    ) -> None:
        self._width, self._height = frame_size
        self._settings = settings or TrackerSettings()
        self._tracks: list[_Track] = []
        self._next_id = 1
        self._now_s: float | None = None

    @property
    def is_empty(self) -> bool:
        return not self._tracks

    def update(
        self, found: Detections, at_s: float, *, moving: NDArray[np.bool_] | None = None
    ) -> list[TrackView]:
        """Take the detections of one picture; returns the confirmed tracks, coasting ones too.

        `moving` (N,): which of them lie where the picture moves; None: all.
        """
        self._predict(at_s)
        needed = self._needed_scores(found, moving)
        faint = np.maximum(needed * self._settings.faint_share, self._settings.least_score)
        possible = found.where(found.scores >= faint)
        is_certain = (found.scores >= needed)[found.scores >= faint]
        known = [track for track in self._tracks if track.confirmed]
        tentative = [track for track in self._tracks if not track.confirmed]
        left = self._associate(known, possible, is_certain)
        certain = possible.where(left & is_certain)
        fresh = self._associate(tentative, certain, np.ones(len(certain), np.bool_))
        self._tracks = [
            track for track in self._tracks if track.confirmed or self._unseen_s(track) == 0
        ]
        self._forget()
        for index in np.flatnonzero(fresh).tolist():
            if not self._is_explained(certain, index):
                self._start(certain, index)
        return self.views()

    def _is_explained(self, found: Detections, index: int) -> bool:
        """Whether only motion speaks for it, and a track of its kind is what moves there."""
        if found.scores[index] >= self._settings.certain_score:
            return False
        kind = KIND_OF_INDEX[int(found.classes[index])]
        boxes = [
            track.seen_box
            for track in self._tracks
            if self._unseen_s(track) == 0 and track.street_class.kind is kind
        ]
        if not boxes:
            return False
        seen: Boxes = np.array(boxes, np.float32)
        return bool((nesting(found.boxes[index : index + 1], seen) >= EXPLAINED_SHARE).any())

    def coast(self, at_s: float) -> list[TrackView]:
        """A picture on which the detector did not run: move the tracks on by prediction."""
        self._predict(at_s)
        self._forget()
        return self.views()

    def reset(self) -> None:
        """Forget all tracks; numbers go on, so none is given twice."""
        self._tracks = []
        self._now_s = None

    def views(self) -> list[TrackView]:
        return [self._view(track) for track in self._tracks if track.confirmed]

    def _predict(self, at_s: float) -> None:
        elapsed_s = 0.0 if self._now_s is None else max(0.0, at_s - self._now_s)
        self._now_s = at_s
        for track in self._tracks:
            track.motion.predict(elapsed_s)

    def _associate(
        self, tracks: Sequence[_Track], found: Detections, certain: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Match and update; returns which rows of `found` are left over."""
        left = np.ones(len(found), np.bool_)
        if not tracks or len(found) == 0:
            return left
        likeness = self._likeness(tracks, found)
        rows, columns = linear_sum_assignment(likeness, maximize=True)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if likeness[row, column] >= self._settings.least_likeness:
                self._hit(tracks[row], found, column, certain=bool(certain[column]))
                left[column] = False
        return left

    def _likeness(self, tracks: Sequence[_Track], found: Detections) -> NDArray[np.float32]:
        settings = self._settings
        unseen_s = np.array([self._unseen_s(track) for track in tracks], np.float32)
        share = np.minimum(
            settings.widening + settings.widening_per_s * unseen_s, settings.widest
        ).astype(np.float32)
        expected: Boxes = np.array([track.motion.box for track in tracks], np.float32)
        kinds = [track.street_class.kind for track in tracks]
        found_kinds = [KIND_OF_INDEX[index] for index in found.classes.tolist()]
        likeness = np.zeros((len(tracks), len(found)), np.float32)
        for row, kind in enumerate(kinds):
            same_kind = np.array([other is kind for other in found_kinds])
            likeness[row] = same_kind * overlap(
                widened(expected[row : row + 1], float(share[row])),
                widened(found.boxes, float(share[row])),
            )
        weight = settings.score_weight
        return np.asarray(likeness * (1 - weight + weight * found.scores), np.float32)

    def _needed_scores(
        self, found: Detections, moving: NDArray[np.bool_] | None
    ) -> NDArray[np.float32]:
        """(N,) the scores from which each detection is certain."""
        settings = self._settings
        person = found.classes == StreetClass.PERSON
        needed = np.where(
            person, settings.certain_moving_person_score, settings.certain_moving_score
        )
        if moving is not None:
            needed = np.where(moving, needed, settings.certain_score)
        return needed.astype(np.float32)

    def _unseen_s(self, track: _Track) -> float:
        return (self._now_s or 0.0) - track.last_seen_s

    def _hit(self, track: _Track, found: Detections, index: int, *, certain: bool) -> None:
        box = found.boxes[index].astype(np.float64)
        score = float(found.scores[index])
        track.motion.update(box, certainty=score, cut=self._cut(box))
        track.seen_box = box
        track.last_seen_s = self._now_s or 0.0
        if certain:
            track.certain_s = track.last_seen_s
        track.hits += 1
        track.score += (score - track.score) * max(0.1, 1 / track.hits)
        self._vote(track, int(found.classes[index]), score)
        track.confirmed = track.confirmed or track.hits >= self._settings.confirming_hits
        track.trail.append(self._foot(track.motion.box))

    def _start(self, found: Detections, index: int) -> None:
        box = found.boxes[index].astype(np.float64)
        now_s = self._now_s or 0.0
        score = float(found.scores[index])
        motion = BoxFilter(box, cut=self._cut(box))
        track = _Track(self._next_id, motion, box, now_s, now_s, now_s, score)
        self._vote(track, int(found.classes[index]), score)
        track.confirmed = self._settings.confirming_hits <= 1
        track.trail.append(self._foot(box))
        self._next_id += 1
        self._tracks.append(track)

    def _vote(self, track: _Track, street_class: int, score: float) -> None:
        track.votes[street_class] = track.votes.get(street_class, 0.0) + score

    def _forget(self) -> None:
        """Drop tracks not seen for long, those gone, and those that only faint detections keep.

        The last have slipped from a road user onto something in the scene that looks like one.
        """
        now_s = self._now_s or 0.0
        self._tracks = [
            track
            for track in self._tracks
            if self._unseen_s(track) <= self._settings.coast_s
            and not (self._unseen_s(track) > 0 and self._has_left(track))
            and now_s - track.certain_s <= self._settings.faint_s
        ]

    def _cut(self, box: NDArray[np.float64]) -> tuple[bool, bool]:
        """Whether the box reaches the picture's edge: left or right, top or bottom."""
        x0, y0, x1, y1 = (float(edge) for edge in box)
        across, down = EDGE_SHARE * self._width, EDGE_SHARE * self._height
        return (
            x0 <= across or x1 >= self._width - across,
            y0 <= down or y1 >= self._height - down,
        )

    def _has_left(self, track: _Track) -> bool:
        """Nothing of the expected box is in the picture any more."""
        x0, y0, x1, y1 = (float(edge) for edge in track.motion.box)
        return x1 <= 0 or y1 <= 0 or x0 >= self._width or y0 >= self._height

    def _foot(self, box: NDArray[np.float64]) -> Point:
        """Inside the picture also where the filter's box hangs over its edge."""
        x0, _, x1, y1 = (float(edge) for edge in box)
        x = min(max((x0 + x1) / 2, 0.5), self._width - 0.5)
        return (x / self._width, min(max(y1, 0.5), self._height - 0.5) / self._height)

    def _view(self, track: _Track) -> TrackView:
        x0, y0, x1, y1 = (float(edge) for edge in track.motion.box)
        return TrackView(
            track_id=track.track_id,
            street_class=track.street_class,
            score=track.score,
            box=(x0, y0, x1, y1),
            box_norm=(x0 / self._width, y0 / self._height, x1 / self._width, y1 / self._height),
            trail_norm=tuple(track.trail),
            first_seen_s=track.first_seen_s,
            last_seen_s=track.last_seen_s,
            hits=track.hits,
            coasting=self._unseen_s(track) > 0,
        )
