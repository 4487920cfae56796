"""Counts road users over a line, by direction and class; each crossing once.

Decode level: analysis rate while anything moves.
`settings.direction` limits the count to one direction. Somebody who rides a bicycle or motorcycle
that is counted itself is not counted as a person too.
Causes of wrong counts: people in a dense group who hide each other on the line, a line drawn where
tracks begin or end, and a line so far away that the detector loses people (it sees the picture
shrunk).
"""

from __future__ import annotations

from collections.abc import Sequence

from sigap.vision.rules.events import Crossing, Direction, RuleEvent, RuleSpec
from sigap.vision.rules.line_watch import LineWatch
from sigap.vision.rules.rule import concerns
from sigap.vision.street_class import StreetClass, StreetKind
from sigap.vision.tracks import TrackView

RIDING_TRAIL = 5
RIDING_HEIGHTS = 0.3
"""A two-wheeler that moved so far (heights of its box) over its last points is being ridden."""


class LineCrossingRule:
    """Serves `RuleKind.LINE`. `frame_size` is (width, height) in pixels."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int]) -> None:
        self._spec = spec
        self._watch = LineWatch(spec.points, frame_size)
        wanted = spec.settings.direction or Direction.BOTH
        self._wanted = set(Direction) if wanted is Direction.BOTH else {wanted}

    @property
    def spec(self) -> RuleSpec:
        return self._spec

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        counted = [track for track in tracks if concerns(self._spec, track)]
        ridden = [track for track in counted if _is_ridden(track)]
        return [
            Crossing(self._spec.id, track.street_class, direction, at_s, track.track_id)
            for track, direction in self._watch.observe(counted, at_s)
            if direction in self._wanted and not _rides(track, ridden)
        ]


def _is_ridden(track: TrackView) -> bool:
    if track.street_class.kind is not StreetKind.TWO_WHEELER:
        return False
    x0, y0 = track.trail_norm[-min(RIDING_TRAIL, len(track.trail_norm))]
    x1, y1 = track.foot_norm
    return abs(x1 - x0) + abs(y1 - y0) >= RIDING_HEIGHTS * track.height_norm


def _rides(track: TrackView, ridden: Sequence[TrackView]) -> bool:
    """Whether this is a person whose middle is over a moving two-wheeler."""
    if track.street_class is not StreetClass.PERSON:
        return False
    x, y = track.foot_norm
    return any(
        other.box_norm[0] <= x <= other.box_norm[2]
        and other.box_norm[1] <= y <= other.box_norm[3] + 0.3 * other.height_norm
        for other in ridden
    )
