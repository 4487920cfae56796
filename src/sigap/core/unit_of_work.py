"""One change, one transaction: lock, check, write, then append the events. Used by every action."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.events import Event
from sigap.core.tenancy import enter_city

_APPEND = (
    "sigap_append_event(%s::bigint, %s::uuid, %s::text, %s::timestamptz, %s::text, %s::bigint,"
    " %s::text, %s::text, %s::bigint, %s::bigint, %s::uuid, %s::text)"
)
# One statement appends this many events at most; PostgreSQL takes 65,535 parameters in one.
_TOGETHER = 200


@dataclass(slots=True)
class Work:
    """The running unit of work. Events are kept back until its end, so that the lock on the
    city's chain is held only for the last statements before the commit."""

    actor: Actor
    city_id: int
    cause_id: uuid.UUID | None = None
    last_seq: int | None = None
    _events: list[tuple[uuid.UUID, Event]] = field(default_factory=list)

    def record(self, event: Event) -> uuid.UUID:
        """Append `event` when the transaction commits; returns the event's id."""
        event_id = uuid.uuid4()
        self._events.append((event_id, event))
        return event_id

    def append_events(self) -> None:
        """Write the kept events to the log, in order.

        In one round trip, because the city's chain is locked from the first to the commit.
        """
        rows = [self._row(event_id, event) for event_id, event in self._events]
        self._events.clear()
        for start in range(0, len(rows), _TOGETHER):
            together = rows[start : start + _TOGETHER]
            calls = ", ".join([_APPEND] * len(together))
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {calls}", [value for row in together for value in row])
                appended = cursor.fetchone()
            self.last_seq = None if appended is None else int(appended[-1])

    def _row(
        self, event_id: uuid.UUID, event: Event
    ) -> list[int | str | uuid.UUID | datetime | None]:
        return [
            self.city_id,
            event_id,
            event.kind,
            clock.now(),
            self.actor.kind.value,
            self.actor.user_id,
            self.actor.label,
            event.table,
            event.row_id,
            event.incident_id,
            self.cause_id,
            event.model_dump_json(),
        ]


_current: ContextVar[Work | None] = ContextVar("sigap_unit_of_work", default=None)


@contextmanager
def unit_of_work(
    actor: Actor, city_id: int | None = None, *, cause_id: uuid.UUID | None = None
) -> Iterator[Work]:
    """Open a transaction for `actor` in `city_id` (default: the actor's city).

    A unit of work inside another joins it: one transaction, events in the order recorded.
    Raises ValueError if no city is named or a nested unit names another city.
    """
    city = actor.city_id if city_id is None else city_id
    outer = _current.get()
    if outer is not None:
        if city is not None and outer.city_id != city:
            raise ValueError("a unit of work cannot span two cities")
        yield outer
        return
    if city is None:
        raise ValueError("a unit of work needs a city")
    with transaction.atomic():
        enter_city(city)
        work = Work(actor=actor, city_id=city, cause_id=cause_id)
        token = _current.set(work)
        try:
            yield work
        finally:
            _current.reset(token)
        work.append_events()
