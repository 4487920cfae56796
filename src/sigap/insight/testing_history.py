"""Histories for the tests of measures: events written into the log as the actions would."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sigap.city.models import City
from sigap.core import clock
from sigap.core.actor import Actor, system_actor
from sigap.core.events import Event
from sigap.core.unit_of_work import unit_of_work
from sigap.dispatch.events import AssignmentArrived, AssignmentDeparted, UnitAssigned
from sigap.incidents.events import IncidentOpened

BEGIN = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[4] / "shared"
SFFD = SHARED / "data" / "sffd-calls-2020-04.csv"


def write(city: City, events: Iterable[Event], at: datetime, *, by: Actor | None = None) -> None:
    """Append `events` to the city's log, all at the moment `at`."""
    actor = by or system_actor("test", city_id=city.pk)
    with clock.frozen_at(at), unit_of_work(actor, city.pk) as work:
        for event in events:
            work.record(event)


@dataclass(frozen=True, slots=True)
class Run:
    """One unit's stamps; None where a step never came."""

    dispatched_at: datetime | None
    departed_at: datetime | None
    arrived_at: datetime | None


def opened(
    incident_id: int,
    received_at: datetime,
    *,
    area_id: int | None = None,
    emergency: bool = True,
) -> IncidentOpened:
    """An incident of that id begins."""
    return IncidentOpened(
        incident_id=incident_id,
        signal_id=None,
        category="fire",
        emergency=emergency,
        priority=1,
        area_id=area_id,
        received_at=received_at.isoformat(),
    )


def run_events(incident_id: int, assignment_id: int, run: Run) -> list[Event]:
    """The events of one unit's run."""
    about = {
        "incident_id": incident_id,
        "assignment_id": assignment_id,
        "unit_id": assignment_id,
        "agency_id": 1,
        "call_sign": f"U{assignment_id}",
    }
    events: list[Event] = []
    if run.dispatched_at is not None:
        due = run.dispatched_at + timedelta(seconds=60)
        sent = {"eta_s": None, "distance_m": None, "basis": "road", "accept_due_at": due}
        events.append(UnitAssigned.model_validate(about | sent | {"at": run.dispatched_at}))
    if run.departed_at is not None:
        events.append(AssignmentDeparted.model_validate(about | {"at": run.departed_at}))
    if run.arrived_at is not None:
        events.append(AssignmentArrived.model_validate(about | {"at": run.arrived_at}))
    return events


@dataclass(frozen=True, slots=True)
class SffdCall:
    """One call of the San Francisco Fire Department; stamps read as UTC."""

    received_at: datetime
    runs: Sequence[Run]


def sffd_calls() -> list[SffdCall]:
    """All calls of the file, in its order."""
    calls: dict[str, tuple[datetime, list[Run]]] = {}
    with SFFD.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            received_at = _stamp(row["Received DtTm"])
            assert received_at is not None
            run = Run(
                _stamp(row["Dispatch DtTm"]),
                _stamp(row["Response DtTm"]),
                _stamp(row["On Scene DtTm"]),
            )
            calls.setdefault(row["Call Number"], (received_at, []))[1].append(run)
    return [SffdCall(received_at, runs) for received_at, runs in calls.values()]


def _stamp(text: str) -> datetime | None:
    if not text:
        return None
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC)
