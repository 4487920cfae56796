"""A tracked road user as others see it. Made by the tracker; read by rules and the node."""

from __future__ import annotations

from dataclasses import dataclass

from sigap.vision.rules.events import NormBox, Point
from sigap.vision.street_class import StreetClass


@dataclass(frozen=True, slots=True)
class TrackView:
    """One track at one picture.

    `box` is in pixels, `box_norm` and `trail_norm` (foot points, oldest first) are 0..1.
    `coasting`: not seen in this picture, the box is predicted; rules must not start anything on it.
    """

    track_id: int
    street_class: StreetClass
    score: float
    box: tuple[float, float, float, float]
    box_norm: NormBox
    trail_norm: tuple[Point, ...]
    first_seen_s: float
    last_seen_s: float
    hits: int
    coasting: bool

    @property
    def foot_norm(self) -> Point:
        """Where the road user touches the ground: the last point of the trail."""
        return self.trail_norm[-1]

    @property
    def height_norm(self) -> float:
        return self.box_norm[3] - self.box_norm[1]
