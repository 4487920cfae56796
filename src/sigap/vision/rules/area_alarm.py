"""The alarm about a zone as a whole, with nobody in particular. Used by crowd, queue and object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sigap.vision.rules.events import AlarmDetails, NormBox, Point, RuleAlarm, RuleSpec
from sigap.vision.street_class import StreetClass
from sigap.vision.tracks import TrackView


def area_alarm(
    spec: RuleSpec,
    tracks: Sequence[TrackView],
    details: AlarmDetails,
    *,
    started_at_s: float,
    at_s: float,
) -> RuleAlarm:
    """`tracks`: those that make it up; the commonest class and the mean score go with the alarm."""
    classes = Counter(track.street_class for track in tracks)
    return RuleAlarm(
        rule_id=spec.id,
        track_id=0,
        street_class=classes.most_common(1)[0][0] if classes else StreetClass.UNKNOWN,
        score=sum(track.score for track in tracks) / len(tracks) if tracks else 1.0,
        box_norm=bounds(spec.points),
        track_norm=(),
        started_at_s=started_at_s,
        observed_at_s=at_s,
        kind=spec.kind,
        details=details,
    )


def bounds(points: Sequence[Point]) -> NormBox:
    """The smallest upright box around the points."""
    columns, rows = zip(*points, strict=True)
    return (min(columns), min(rows), max(columns), max(rows))
