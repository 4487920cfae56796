"""Readings of speed, queue and crowd by minute: journalled as they come, uploaded as absolute
figures. Beside `counts`; owned by the service.

The journal survives a crash of the node, so a minute's figure never goes backwards.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sigap.node.durable import write_durably
from sigap.node.errors import CoreRefused, CoreUnavailable
from sigap.node.uplink.client import CoreClient
from sigap.node.uplink.contract import Measure, MeasureRow, instant

MINUTE_S = 60
SETTLED_S = 120.0
UPLOAD_S = 10.0
MAX_ROWS = 2000
MAX_MINUTES_KEPT = 200_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MeasureKey:
    """`minute`: Unix time in whole minutes."""

    camera_id: int
    rule_id: int
    minute: int
    measure: Measure
    street_class: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One value at `at` (Unix seconds), in the unit that `measure` names."""

    camera_id: int
    rule_id: int
    measure: Measure
    street_class: str
    value: float
    at: float


@dataclass(slots=True)
class _Tally:
    samples: int = 0
    total: float = 0.0
    largest: float = -math.inf

    def add(self, samples: int, total: float, largest: float) -> None:
        self.samples += samples
        self.total += total
        self.largest = max(self.largest, largest)


class MeasureBook:
    """`add` each reading; `pending` is what the core must still hear; `settle` forgets the rest."""

    def __init__(self, journal: Path, *, now: Callable[[], float] = time.time) -> None:
        self._journal, self._now = journal, now
        self._tallies: dict[MeasureKey, _Tally] = {}
        self._unsent: set[MeasureKey] = set()
        journal.parent.mkdir(parents=True, exist_ok=True)
        self._replay()
        self._compact()

    def add(self, reading: Reading) -> None:
        """Take one reading; one that is no number is left out, for a mean would never recover."""
        if not math.isfinite(reading.value):
            _log.error("rule %s read %s: left out", reading.rule_id, reading.value)
            return
        minute = int(reading.at // MINUTE_S)
        key = MeasureKey(
            reading.camera_id, reading.rule_id, minute, reading.measure, reading.street_class
        )
        one = _Tally(1, reading.value, reading.value)
        self._count(key, one)
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(_line(key, one))

    def pending(self) -> list[MeasureRow]:
        """At most `MAX_ROWS`, oldest first."""
        keys = sorted(self._unsent, key=lambda key: key.minute)[:MAX_ROWS]
        return [_row(key, self._tallies[key]) for key in keys]

    def acknowledge(self, rows: list[MeasureRow]) -> None:
        """The core has these figures. What changed since stays pending."""
        for row in rows:
            minute = int(row.minute.timestamp() // MINUTE_S)
            key = MeasureKey(row.camera_id, row.rule_id, minute, row.measure, row.class_)
            tally = self._tallies.get(key)
            if tally is not None and tally.samples == row.samples:
                self._unsent.discard(key)

    def settle(self) -> None:
        """Forget minutes that are long over and known to the core."""
        newest_settled = (self._now() - SETTLED_S) // MINUTE_S
        old = [k for k in self._tallies if k.minute < newest_settled and k not in self._unsent]
        for key in old:
            del self._tallies[key]
        if old:
            self._compact()

    def _count(self, key: MeasureKey, tally: _Tally) -> None:
        self._tallies.setdefault(key, _Tally()).add(tally.samples, tally.total, tally.largest)
        self._unsent.add(key)
        if len(self._tallies) > MAX_MINUTES_KEPT:
            oldest = min(self._tallies, key=lambda kept: kept.minute)
            del self._tallies[oldest]
            self._unsent.discard(oldest)

    def _replay(self) -> None:
        if self._journal.exists():
            for key, tally in _read(self._journal):
                self._count(key, tally)

    def _compact(self) -> None:
        lines = (_line(key, tally) for key, tally in self._tallies.items())
        write_durably(self._journal, "".join(lines).encode())


async def upload_measures(core: CoreClient, book: MeasureBook) -> None:
    """For ever, every ten seconds; what the core did not take stays in the book."""
    while True:
        rows = book.pending()
        if rows:
            try:
                body = {"rows": [row.model_dump(mode="json", by_alias=True) for row in rows]}
                await core.post("measures", body)
                book.acknowledge(rows)
            except CoreUnavailable as error:
                _log.warning("measures wait: %s", error)
            except CoreRefused as error:
                _log.error("measures refused: %s", error)
                book.acknowledge(rows)
        book.settle()
        await asyncio.sleep(UPLOAD_S)


def _line(key: MeasureKey, tally: _Tally) -> str:
    names = [key.camera_id, key.rule_id, key.minute, key.measure, key.street_class]
    return json.dumps([*names, tally.samples, tally.total, tally.largest]) + "\n"


def _read(journal: Path) -> Iterator[tuple[MeasureKey, _Tally]]:
    """Rows of a journal; a last line cut by a crash is left out."""
    for line in journal.read_text("utf-8", "replace").splitlines():
        try:
            camera_id, rule_id, minute, measure, street_class, samples, *values = json.loads(line)
            total, largest = values
            key = MeasureKey(camera_id, rule_id, minute, Measure(measure), street_class)
        except (ValueError, TypeError):
            continue
        yield key, _Tally(samples, total, largest)


def _row(key: MeasureKey, tally: _Tally) -> MeasureRow:
    return MeasureRow.model_validate(
        {
            "camera_id": key.camera_id,
            "rule_id": key.rule_id,
            "minute": instant(key.minute * MINUTE_S),
            "measure": key.measure,
            "class": key.street_class,
            "samples": tally.samples,
            "mean": tally.total / tally.samples,
            "largest": tally.largest,
        }
    )
