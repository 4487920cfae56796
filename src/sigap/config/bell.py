"""Wakes the worker's threads when an event is committed: one LISTEN connection, any number wait."""

import logging
import threading
from dataclasses import dataclass, field

import psycopg
from django.db import connections
from psycopg.conninfo import make_conninfo

logger = logging.getLogger(__name__)

CHANNEL = "sigap_events"  # NOTIFY of sigap_append_event: "city:seq"
LOOK_UP_S = 0.5
RECONNECT_PAUSE_S = 1.0


@dataclass(slots=True)
class Bell:
    """Counts rings, so that one between looking and waiting is not missed."""

    rings: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def ring(self) -> None:
        """Wake all who wait."""
        with self._changed:
            self.rings += 1
            self._changed.notify_all()

    def wait(self, heard: int, timeout_s: float) -> None:
        """Return when it rang after the `heard`-th ring, or after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self.rings != heard, timeout=timeout_s)


def listen(bell: Bell, stop: threading.Event) -> None:
    """Ring at every committed event until `stop`; reconnects when PostgreSQL went away."""
    while not stop.is_set():
        try:
            _listen_once(bell, stop)
        except (psycopg.Error, OSError) as error:
            logger.warning("worker lost PostgreSQL, trying again: %s", error)
            stop.wait(RECONNECT_PAUSE_S)


def _listen_once(bell: Bell, stop: threading.Event) -> None:
    with psycopg.Connection[tuple[object, ...]].connect(_address(), autocommit=True) as link:
        link.execute(f"LISTEN {CHANNEL}")
        bell.ring()  # for what was committed while nobody listened
        while not stop.is_set():
            for _ in link.notifies(timeout=LOOK_UP_S, stop_after=1):
                bell.ring()


def _address() -> str:
    settings = connections["default"].settings_dict
    return make_conninfo(
        dbname=str(settings["NAME"]),
        user=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
    )
