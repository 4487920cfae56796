"""Which vehicles stand. Used by the rules about stopped vehicles and queues.

A vehicle stands while its box still overlaps the box where it came to rest; half of its length
away it has moved. A short disturbance (somebody walks in front) is no movement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sigap.vision.detections import Boxes
from sigap.vision.geometry import overlap
from sigap.vision.rules.events import Point
from sigap.vision.tracks import TrackView

LEAST_OVERLAP = 0.5
DISTURBANCE_S = 1.5


@dataclass(slots=True)
class Rest:
    """Where a track came to rest, box (1, 4) in pixels; `kept_s`: when it was last seen there."""

    box: Boxes
    foot_norm: Point
    since_s: float
    kept_s: float


class Standing:
    """How long each track has stood. Takes every picture; coasting tracks keep their place."""

    def __init__(self) -> None:
        self._rests: dict[int, Rest] = {}

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> None:
        seen = {track.track_id: track for track in tracks}
        self._rests = {key: rest for key, rest in self._rests.items() if key in seen}
        for track in tracks:
            if not track.coasting:
                self._place(track, at_s)

    def rest(self, track_id: int) -> Rest | None:
        """Of a track that is alive; also a moving one rests, only not for long."""
        return self._rests.get(track_id)

    def _place(self, track: TrackView, at_s: float) -> None:
        box = np.array([track.box], np.float32)
        rest = self._rests.get(track.track_id)
        if rest is not None and float(overlap(rest.box, box)[0, 0]) >= LEAST_OVERLAP:
            rest.kept_s = at_s
            return
        since_s = at_s if rest is None else rest.since_s
        settled = rest is not None and rest.kept_s - since_s > DISTURBANCE_S
        if rest is None or not settled or at_s - rest.kept_s > DISTURBANCE_S:
            self._rests[track.track_id] = Rest(box, track.foot_norm, at_s, at_s)
