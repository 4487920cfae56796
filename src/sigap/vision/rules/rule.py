"""What every rule does, and which class serves which kind. Called by `pipeline.Analyser`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from sigap.vision.rules.events import Crossing, RuleAlarm, RuleSpec
from sigap.vision.street_class import StreetClass
from sigap.vision.tracks import TrackView

RuleEvent: TypeAlias = "RuleAlarm | Crossing"


class Rule(Protocol):
    """One rule of one camera with its memory of tracks."""

    @property
    def spec(self) -> RuleSpec: ...

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        """Take all confirmed tracks of one picture; returns what began or was completed."""
        ...


def concerns(spec: RuleSpec, track: TrackView) -> bool:
    """Whether the rule looks at this kind of road user and is sure enough of it."""
    street_class: StreetClass = track.street_class
    return street_class in spec.classes and track.score >= spec.min_score
