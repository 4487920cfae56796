"""One LISTEN connection a process, many browsers: wakes on the log, reads once, gives to all."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import psycopg
from asgiref.sync import sync_to_async
from django.db import connection, connections
from psycopg.conninfo import make_conninfo

from sigap.console.changes import Change, changes_after, changes_of_rows, head_of
from sigap.console.tables import TABLES

logger = logging.getLogger(__name__)

EVENTS_CHANNEL = "sigap_events"  # "city:seq", sent by sigap_append_event
ROWS_CHANNEL = "sigap_rows"  # "city:table:id,id", for what changes too often for the log
QUEUE_LIMIT = 500
RECONNECT_PAUSE_S = 0.5

T = TypeVar("T")


@dataclass(eq=False)
class Reader:
    """One browser's queue. `overflowed` tells it to reconnect and read its backlog."""

    city_id: int
    queue: asyncio.Queue[list[Change]] = field(
        default_factory=lambda: asyncio.Queue(maxsize=QUEUE_LIMIT)
    )
    overflowed: bool = False


class Fanout:
    """Reads each city's log once for all its readers in this process and event loop."""

    def __init__(self) -> None:
        self._readers: dict[int, set[Reader]] = defaultdict(set)
        self._seq: dict[int, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    async def join(self, city_id: int) -> Reader:
        """A new reader of the city; it gets every change committed from now on."""
        if self._task is None or self._task.done():
            self._listening.clear()
            self._task = asyncio.create_task(self._run(), name="console-fanout")
        await asyncio.wait_for(self._listening.wait(), timeout=10)
        if city_id not in self._seq:
            self._seq[city_id] = await in_thread(lambda: head_of(city_id))
        reader = Reader(city_id)
        self._readers[city_id].add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """Forget a reader; the last one ends the LISTEN connection."""
        self._readers[reader.city_id].discard(reader)
        if not self._readers[reader.city_id]:
            del self._readers[reader.city_id]
            self._seq.pop(reader.city_id, None)
        if not self._readers and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                logger.warning("event stream lost PostgreSQL: %s", error)
                await asyncio.sleep(RECONNECT_PAUSE_S)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(_address(), autocommit=True) as link:
            await link.execute(f"LISTEN {EVENTS_CHANNEL}")
            await link.execute(f"LISTEN {ROWS_CHANNEL}")
            self._listening.set()
            # What was committed while nobody listened is read now.
            await self._forward(set(self._seq))
            while True:
                cities, rows = await _notified(link)
                await self._forward(cities)
                for (city_id, table), ids in rows.items():
                    await self._forward_rows(city_id, table, sorted(ids))

    async def _forward(self, cities: set[int]) -> None:
        for city_id in cities & self._seq.keys():
            after = self._seq[city_id]
            last, changes = await in_thread(partial(changes_after, city_id, after))
            if city_id in self._seq:
                self._seq[city_id] = max(last, self._seq[city_id])
            self._give(city_id, changes)

    async def _forward_rows(self, city_id: int, table: str, ids: list[int]) -> None:
        if city_id in self._readers and table in TABLES:
            changes = await in_thread(lambda: changes_of_rows(city_id, table, ids))
            self._give(city_id, changes)

    def _give(self, city_id: int, changes: list[Change]) -> None:
        if not changes:
            return
        for reader in self._readers.get(city_id, ()):
            try:
                reader.queue.put_nowait(changes)
            except asyncio.QueueFull:
                reader.overflowed = True


_Rows = dict[tuple[int, str], set[int]]


async def _notified(link: psycopg.AsyncConnection) -> tuple[set[int], _Rows]:
    """Wait for a notification; take along all that came with it."""
    cities: set[int] = set()
    rows: _Rows = defaultdict(set)
    async for notice in link.notifies(stop_after=1):
        _sort(notice, cities, rows)
    with contextlib.suppress(asyncio.TimeoutError):
        async for notice in link.notifies(timeout=0):
            _sort(notice, cities, rows)
    return cities, rows


def _sort(notice: psycopg.Notify, cities: set[int], rows: _Rows) -> None:
    parts = notice.payload.split(":")
    if notice.channel == EVENTS_CHANNEL:
        cities.add(int(parts[0]))
    elif len(parts) == 3:
        rows[(int(parts[0]), parts[1])].update(int(i) for i in parts[2].split(",") if i)


def _address() -> str:
    settings = connections["default"].settings_dict
    named = {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"],
    }
    return make_conninfo("", **{key: value for key, value in named.items() if value})


async def in_thread(work: Callable[[], T]) -> T:
    """Run database work outside the event loop; the connection goes back to the pool after."""

    def run() -> T:
        try:
            return work()
        finally:
            connection.close()

    return await sync_to_async(run, thread_sensitive=False)()


_fanouts: dict[int, Fanout] = {}


def fanout() -> Fanout:
    """The fan-out of the running event loop."""
    loop = asyncio.get_running_loop()
    known = _fanouts.get(id(loop))
    if known is None:
        # An id may come back for a new loop; the old one's fan-out ended with it.
        _fanouts.clear()
        known = _fanouts[id(loop)] = Fanout()
    return known
