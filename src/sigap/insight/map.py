"""Incidents in a box, as points for the map: what the actor may see, the urgent ones first."""

from datetime import datetime

from pydantic import BaseModel

from sigap.core.actor import Actor
from sigap.core.geometry import Box
from sigap.incidents.queries import visible_incidents
from sigap.incidents.transitions import IncidentState

MOST_POINTS = 2000


class IncidentPoint(BaseModel):
    """An incident on the map. No words, no persons."""

    id: int
    number: int
    lat: float
    lon: float
    priority: int
    state: IncidentState
    category: str
    received_at: datetime


class IncidentPoints(BaseModel):
    """The points of a box. `complete` is False where more lie in it than are given."""

    points: list[IncidentPoint]
    complete: bool


def incidents_in_box(actor: Actor, box: Box, *, closed_too: bool) -> IncidentPoints:
    """The actor's incidents in `box`: the open ones, or all."""
    incidents = visible_incidents(actor).filter(
        lat__range=(box.south, box.north), lon__range=(box.west, box.east)
    )
    if not closed_too:
        incidents = incidents.exclude(state=IncidentState.CLOSED.value)
    # Plain values: making 2000 objects with their relations takes longer than the query.
    rows = list(
        incidents.order_by("priority", "-received_at").values_list(
            "pk", "number", "lat", "lon", "priority", "state", "category__code", "received_at"
        )[: MOST_POINTS + 1]
    )
    fields = tuple(IncidentPoint.model_fields)
    points = [
        IncidentPoint.model_validate(dict(zip(fields, row, strict=True)))
        for row in rows[:MOST_POINTS]
    ]
    return IncidentPoints(points=points, complete=len(rows) <= MOST_POINTS)
