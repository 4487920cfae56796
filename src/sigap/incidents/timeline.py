"""The story of an incident, told from the event log."""

from datetime import datetime

from django.db.models import Q
from pydantic import BaseModel

from sigap.core.models import EventRecord
from sigap.incidents.models import Incident
from sigap.intake.models import Signal

LONGEST_TIMELINE = 1000


class TimelineEntry(BaseModel):
    """One thing that happened. `detail` is the event's payload."""

    seq: int
    kind: str
    at: datetime
    by: str
    by_kind: str
    detail: dict[str, object]


class Person(BaseModel):
    """Somebody who acted on the incident, by label; callers stay behind `view_source`."""

    label: str
    kind: str
    actions: int


def timeline_of(incident: Incident) -> list[TimelineEntry]:
    """What happened, oldest first, the joined signals' own story included."""
    signals = list(Signal.objects.filter(incident=incident).values_list("pk", flat=True))
    events = (
        EventRecord.objects.filter(city_id=incident.city_id)
        .filter(Q(incident_id=incident.pk) | Q(table="signals", row_id__in=signals))
        .order_by("seq")[:LONGEST_TIMELINE]
    )
    return [
        TimelineEntry(
            seq=event.seq,
            kind=event.kind,
            at=event.occurred_at,
            by=event.actor_label,
            by_kind=event.actor_kind,
            detail=event.payload,
        )
        for event in events
    ]


def people_of(entries: list[TimelineEntry]) -> list[Person]:
    """Who acted, the busiest first."""
    counts: dict[tuple[str, str], int] = {}
    for entry in entries:
        if entry.by_kind in ("user", "citizen"):
            counts[(entry.by, entry.by_kind)] = counts.get((entry.by, entry.by_kind), 0) + 1
    people = [Person(label=k[0], kind=k[1], actions=n) for k, n in counts.items()]
    return sorted(people, key=lambda p: -p.actions)
