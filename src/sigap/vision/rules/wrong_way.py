"""Somebody who crosses a line against the allowed direction: one alarm a track.

Decode level: analysis rate while anything moves. The allowed direction is forward, or what
`settings.direction` says (both: nobody is ever wrong).
Causes of false alarms: people who push a vehicle back a little over the line, two tracks that swap
numbers on the line, and a line so near the picture's edge that a box which is cut off there seems
to move backwards. Missed: what is hidden while it crosses.
"""

from __future__ import annotations

from collections.abc import Sequence

from sigap.vision.rules.events import Direction, RuleAlarm, RuleEnded, RuleEvent, RuleSpec
from sigap.vision.rules.line_watch import LineWatch
from sigap.vision.rules.rule import concerns
from sigap.vision.tracks import TrackView


class WrongWayRule:
    """Serves `RuleKind.WRONG_WAY`. `frame_size` is (width, height) in pixels."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int]) -> None:
        self._spec = spec
        self._watch = LineWatch(spec.points, frame_size)
        self._allowed = spec.settings.direction or Direction.FORWARD
        self._open: dict[int, RuleAlarm] = {}

    @property
    def spec(self) -> RuleSpec:
        return self._spec

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        watched = [track for track in tracks if concerns(self._spec, track)]
        events: list[RuleEvent] = []
        for track, direction in self._watch.observe(watched, at_s):
            if self._is_wrong(direction) and track.track_id not in self._open:
                alarm = self._alarm(track, at_s)
                self._open[track.track_id] = alarm
                events.append(alarm)
        return events + self._ended({track.track_id for track in tracks}, at_s)

    def _is_wrong(self, direction: Direction) -> bool:
        return self._allowed is not Direction.BOTH and direction is not self._allowed

    def _ended(self, present: set[int], at_s: float) -> list[RuleEvent]:
        """It is over when the road user is out of sight."""
        gone = [track_id for track_id in self._open if track_id not in present]
        return [
            RuleEnded(self._spec.id, self._open.pop(track_id).alarm_key, at_s) for track_id in gone
        ]

    def _alarm(self, track: TrackView, at_s: float) -> RuleAlarm:
        return RuleAlarm(
            rule_id=self._spec.id,
            track_id=track.track_id,
            street_class=track.street_class,
            score=track.score,
            box_norm=track.box_norm,
            track_norm=track.trail_norm,
            started_at_s=at_s,
            observed_at_s=at_s,
            kind=self._spec.kind,
        )
