"""Follows the event logs of all cities for one subscriber: in order, at least once (`worker`)."""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from django.db import connection
from django.db.utils import InterfaceError, OperationalError

from sigap.config.subscriptions import Subscriber
from sigap.core.actor import system_actor
from sigap.core.events import Event, register
from sigap.core.models import EventRecord, SubscriberPosition
from sigap.core.tenancy import reading_every_city
from sigap.core.unit_of_work import unit_of_work

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
# After about four minutes of failures the event is set aside, on record, and the rest goes on.
MAX_ATTEMPTS = 9
# Events of no interest are skipped in strides: moving the position at each costs a write.
STRIDE = 200


class EventSetAside(Event):
    """A subscriber failed on an event again and again and went on without it."""

    kind: ClassVar[str] = "subscriber.event_set_aside"

    subscriber: str
    event_seq: int
    event_kind: str
    error: str


register(EventSetAside)


class HandlerFailed(Exception):
    """A handler raised; the transaction is undone."""

    def __init__(self, event: EventRecord, cause: Exception) -> None:
        super().__init__(f"{event.kind} {event.city_id}:{event.seq}: {cause!r}")
        self.event = event
        self.cause = cause


@dataclass(slots=True)
class Trouble:
    """Failures in a row at one event of a city, and when to try again (monotonic seconds)."""

    attempts: int = 0
    retry_at_s: float = 0

    def failed(self) -> None:
        """Count a failure and double the pause."""
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**self.attempts)
        self.attempts += 1
        self.retry_at_s = time.monotonic() + pause_s


@dataclass(slots=True)
class Follower:
    """One subscriber on its way through all cities' logs. Not shared between threads."""

    subscriber: Subscriber
    troubles: dict[int, Trouble] = field(default_factory=dict)

    def catch_up(self) -> int:
        """Handle what there is in every city; returns the number of events handled.

        A failing event stops its own city only. Raises database errors.
        """
        return sum(self._catch_up_city(city_id) for city_id in self._cities_behind())

    def _cities_behind(self) -> Iterable[int]:
        with reading_every_city(), connection.cursor() as cursor:
            cursor.execute(_BEHIND, [self.subscriber.name])
            behind = [int(row[0]) for row in cursor.fetchall()]
        return [city_id for city_id in behind if not self._must_wait(city_id)]

    def _must_wait(self, city_id: int) -> bool:
        trouble = self.troubles.get(city_id)
        return trouble is not None and time.monotonic() < trouble.retry_at_s

    def _catch_up_city(self, city_id: int) -> int:
        handled = 0
        while True:
            try:
                if not self._handle_next(city_id):
                    return handled
            except HandlerFailed as failure:
                self._note_failure(city_id, failure)
                return handled
            self.troubles.pop(city_id, None)
            handled += 1

    def _handle_next(self, city_id: int) -> bool:
        """Handle the next event of interest and move the position, in one transaction."""
        name = self.subscriber.name
        with unit_of_work(system_actor(name), city_id) as work:
            position = _locked_position(city_id, name)
            head = _head(city_id)
            event = (
                EventRecord.objects.filter(
                    city_id=city_id,
                    seq__gt=position.seq,
                    seq__lte=head,
                    kind__in=list(self.subscriber.handlers),
                )
                .order_by("seq")
                .first()
            )
            if event is None:
                if head - position.seq >= STRIDE:
                    _move(position, head)
                return False
            work.cause_id = event.uuid
            self._call(event)
            _move(position, event.seq)
            return True

    def _call(self, event: EventRecord) -> None:
        try:
            self.subscriber.handlers[event.kind](event)
        except (OperationalError, InterfaceError):
            raise  # the database, not the handler: the loop outside begins anew
        except Exception as error:
            raise HandlerFailed(event, error) from error

    def _note_failure(self, city_id: int, failure: HandlerFailed) -> None:
        trouble = self.troubles.setdefault(city_id, Trouble())
        trouble.failed()
        logger.error(
            "%s: attempt %d failed: %s",
            self.subscriber.name,
            trouble.attempts,
            failure,
            exc_info=failure.cause,
        )
        if trouble.attempts >= MAX_ATTEMPTS:
            self._set_aside(city_id, failure)
            del self.troubles[city_id]

    def _set_aside(self, city_id: int, failure: HandlerFailed) -> None:
        name = self.subscriber.name
        with unit_of_work(system_actor(name), city_id, cause_id=failure.event.uuid) as work:
            _move(_locked_position(city_id, name), failure.event.seq)
            work.record(
                EventSetAside(
                    subscriber=name,
                    event_seq=failure.event.seq,
                    event_kind=failure.event.kind,
                    error=type(failure.cause).__name__,
                )
            )


_BEHIND = """
    SELECT head.city_id FROM core_chainhead head
    LEFT JOIN core_subscriberposition at ON at.city_id = head.city_id AND at.subscriber = %s
    WHERE head.seq > coalesce(at.seq, 0) ORDER BY head.city_id
"""


def _locked_position(city_id: int, subscriber: str) -> SubscriberPosition:
    positions = SubscriberPosition.objects.select_for_update()
    position, _ = positions.get_or_create(city_id=city_id, subscriber=subscriber)
    return position


def _head(city_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM core_chainhead WHERE city_id = %s", [city_id])
        row = cursor.fetchone()
    return 0 if row is None else int(row[0])


def _move(position: SubscriberPosition, seq: int) -> None:
    position.seq = seq
    position.save(update_fields=["seq"])
