"""Line crossings by minute: journalled as they happen, uploaded as absolute figures.

The journal survives a crash of the node, so a minute's figure never goes backwards.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sigap.node.durable import write_durably
from sigap.node.uplink.contract import CountRow, instant

MINUTE_S = 60
SETTLED_S = 120.0
MAX_ROWS = 2000
MAX_MINUTES_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class CountKey:
    camera_id: int
    rule_id: int
    minute: int
    street_class: str


class CountBook:
    """`add` for each crossing; `pending` is what the core must still hear; `settle` forgets it."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._counts: dict[CountKey, list[int]] = {}
        self._unsent: set[CountKey] = set()
        journal.parent.mkdir(parents=True, exist_ok=True)
        self._replay()
        self._compact()

    def add(
        self, camera_id: int, rule_id: int, street_class: str, *, at: float, forward: bool
    ) -> None:
        """Count one crossing at `at` (Unix seconds)."""
        key = CountKey(camera_id, rule_id, int(at // MINUTE_S), street_class)
        self._count(key, forward=1 if forward else 0, backward=0 if forward else 1)
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(_line(key, 1 if forward else 0, 0 if forward else 1))

    def pending(self) -> list[CountRow]:
        """At most `MAX_ROWS`, oldest first."""
        keys = sorted(self._unsent, key=lambda key: key.minute)[:MAX_ROWS]
        return [_row(key, self._counts[key]) for key in keys]

    def acknowledge(self, rows: list[CountRow]) -> None:
        """The core has these figures. What changed since stays pending."""
        for row in rows:
            minute = int(row.minute.timestamp() // MINUTE_S)
            key = CountKey(row.camera_id, row.rule_id, minute, row.class_)
            if self._counts.get(key) == [row.forward, row.backward]:
                self._unsent.discard(key)

    def settle(self) -> None:
        """Forget minutes that are long over and known to the core."""
        newest_settled = (time.time() - SETTLED_S) // MINUTE_S
        old = [k for k in self._counts if k.minute < newest_settled and k not in self._unsent]
        for key in old:
            del self._counts[key]
        if old:
            self._compact()

    def _count(self, key: CountKey, *, forward: int, backward: int) -> None:
        tally = self._counts.setdefault(key, [0, 0])
        tally[0] += forward
        tally[1] += backward
        self._unsent.add(key)
        if len(self._counts) > MAX_MINUTES_KEPT:
            oldest = min(self._counts, key=lambda kept: kept.minute)
            del self._counts[oldest]
            self._unsent.discard(oldest)

    def _replay(self) -> None:
        if not self._journal.exists():
            return
        for key, forward, backward in _read(self._journal):
            self._count(key, forward=forward, backward=backward)

    def _compact(self) -> None:
        lines = (_line(key, *tally) for key, tally in self._counts.items())
        write_durably(self._journal, "".join(lines).encode())


def _line(key: CountKey, forward: int, backward: int) -> str:
    row = [key.camera_id, key.rule_id, key.minute, key.street_class, forward, backward]
    return json.dumps(row) + "\n"


def _read(journal: Path) -> Iterator[tuple[CountKey, int, int]]:
    """Rows of a journal; a last line cut by a crash is left out."""
    for line in journal.read_text("utf-8", "replace").splitlines():
        try:
            camera_id, rule_id, minute, street_class, forward, backward = json.loads(line)
        except ValueError:
            continue
        yield CountKey(camera_id, rule_id, minute, street_class), forward, backward


def _row(key: CountKey, tally: list[int]) -> CountRow:
    return CountRow.model_validate(
        {
            "camera_id": key.camera_id,
            "rule_id": key.rule_id,
            "minute": instant(key.minute * MINUTE_S),
            "class": key.street_class,
            "forward": tally[0],
            "backward": tally[1],
        }
    )
