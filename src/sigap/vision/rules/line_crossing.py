"""Counts road users over a line, by direction and class; each crossing once.

Decode level: analysis rate while anything moves.
A track is certain to be on a side only when its foot point is farther from the line than a share
of its height (hysteresis): jitter of someone who stands on the line counts nothing.
Causes of wrong counts: people in a dense group who hide each other on the line, a line drawn where
tracks begin or end, and a line so far away that the detector loses people (it sees the picture
shrunk).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sigap.vision.geometry import segments_meet, side_of_line
from sigap.vision.rules.events import Crossing, Direction, Point, RuleSpec
from sigap.vision.rules.rule import RuleEvent, concerns
from sigap.vision.tracks import TrackView

HYSTERESIS_HEIGHTS = 0.08
HYSTERESIS_LEAST_PX = 2.0


@dataclass(frozen=True, slots=True)
class _Certain:
    """Where a track was last surely on one side."""

    right: bool
    place: Point


class LineCrossingRule:
    """Serves `RuleKind.LINE`. `frame_size` is (width, height) in pixels."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int]) -> None:
        self._spec = spec
        self._frame_size = frame_size
        self._start, self._end = (self._pixels(point) for point in spec.points)
        self._certain: dict[int, _Certain] = {}

    @property
    def spec(self) -> RuleSpec:
        return self._spec

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        crossings: list[RuleEvent] = []
        for track in tracks:
            if track.coasting or not concerns(self._spec, track):
                continue
            unread = (track.foot_norm,) if track.track_id in self._certain else track.trail_norm
            for foot in unread:
                direction = self._step(track, self._pixels(foot))
                if direction is not None:
                    crossings.append(self._crossing(track, direction, at_s))
        present = {track.track_id for track in tracks}
        self._certain = {key: side for key, side in self._certain.items() if key in present}
        return crossings

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

    def _pixels(self, point: Point) -> Point:
        return (point[0] * self._frame_size[0], point[1] * self._frame_size[1])

    def _crossing(self, track: TrackView, direction: Direction, at_s: float) -> Crossing:
        return Crossing(
            rule_id=self._spec.id,
            street_class=track.street_class,
            direction=direction,
            at_s=at_s,
            track_id=track.track_id,
        )
