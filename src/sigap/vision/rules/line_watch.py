"""Sees who crosses a line, in which direction, once. Used by line crossing and wrong way.

A track is certain to be on a side only when its foot point is farther from the line than a share
of its height (hysteresis): jitter of somebody who stands on the line is no crossing. A vehicle
that is followed under two numbers, at once or one after the other, crosses once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sigap.vision.geometry import segments_meet, side_of_line
from sigap.vision.rules.events import Direction, Point
from sigap.vision.street_class import StreetKind
from sigap.vision.tracks import TrackView

HYSTERESIS_HEIGHTS = 0.08
HYSTERESIS_LEAST_PX = 2.0

SAME_VEHICLE_S = 3.0
"""Two crossings of one kind within this time may be one vehicle under two numbers."""

SAME_VEHICLE_SHARE = 0.8
"""So much of the smaller box lies within the larger: a cab and its lorry, not two cars."""


@dataclass(frozen=True, slots=True)
class _Certain:
    """Where a track was last surely on one side."""

    right: bool
    place: Point


@dataclass(slots=True)
class _Crossed:
    """A crossing not long ago; `track` as it was last seen."""

    at_s: float
    direction: Direction
    track: TrackView


class LineWatch:
    """`line`: two normalised points. `frame_size` is (width, height) in pixels."""

    def __init__(self, line: Sequence[Point], frame_size: tuple[int, int]) -> None:
        self._frame_size = frame_size
        self._start, self._end = (self._pixels(point) for point in line)
        self._certain: dict[int, _Certain] = {}
        self._crossed: list[_Crossed] = []

    def observe(
        self, tracks: Sequence[TrackView], at_s: float
    ) -> list[tuple[TrackView, Direction]]:
        """Take the tracks that the rule looks at, of one picture; returns who crossed, and how."""
        self._forget(tracks, at_s)
        found: list[tuple[TrackView, Direction]] = []
        for track in tracks:
            if track.coasting:
                continue
            unread = (track.foot_norm,) if track.track_id in self._certain else track.trail_norm
            for foot in unread:
                direction = self._step(track, self._pixels(foot))
                if direction is not None and not self._is_known(track, direction):
                    self._crossed.append(_Crossed(at_s, direction, track))
                    found.append((track, direction))
        return found

    def _forget(self, tracks: Sequence[TrackView], at_s: float) -> None:
        seen = {track.track_id: track for track in tracks}
        self._certain = {key: side for key, side in self._certain.items() if key in seen}
        self._crossed = [item for item in self._crossed if at_s - item.at_s <= SAME_VEHICLE_S]
        for item in self._crossed:
            now = seen.get(item.track.track_id)
            if now is not None and not now.coasting:
                item.track = now

    def _step(self, track: TrackView, foot: Point) -> Direction | None:
        """Follow one foot point (pixels); returns the direction when this completes a crossing."""
        height_px = track.box[3] - track.box[1]
        band_px = max(HYSTERESIS_LEAST_PX, HYSTERESIS_HEIGHTS * height_px)
        distance_px = side_of_line(self._start, self._end, foot)
        if abs(distance_px) <= band_px:
            return None
        before = self._certain.get(track.track_id)
        now = _Certain(right=distance_px > 0, place=foot)
        self._certain[track.track_id] = now
        if before is None or before.right == now.right:
            return None
        if not segments_meet((before.place, now.place), (self._start, self._end)):
            return None
        return Direction.FORWARD if now.right else Direction.BACKWARD

    def _is_known(self, track: TrackView, direction: Direction) -> bool:
        """Whether this vehicle has just crossed under another number."""
        if track.street_class.kind is StreetKind.PERSON:
            return False
        return any(
            item.direction is direction
            and item.track.track_id != track.track_id
            and item.track.street_class.kind is track.street_class.kind
            and _is_same_vehicle(item.track, track)
            for item in self._crossed
        )

    def _pixels(self, point: Point) -> Point:
        return (point[0] * self._frame_size[0], point[1] * self._frame_size[1])


def _is_same_vehicle(before: TrackView, now: TrackView) -> bool:
    """Two boxes on one vehicle seen together, or a new number where the old one was lost."""
    if before.last_seen_s == now.last_seen_s:
        return _shared(before.box, now.box) >= SAME_VEHICLE_SHARE
    x, y = now.trail_norm[0]
    x0, y0, x1, y1 = before.box_norm
    began_there = x0 <= x <= x1 and y0 <= y <= y1 + (y1 - y0) / 2
    return now.first_seen_s > before.last_seen_s and began_there


def _shared(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> float:
    """The part of the smaller box that lies within the other."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return max(0.0, width) * max(0.0, height) / max(smaller, 1e-9)
