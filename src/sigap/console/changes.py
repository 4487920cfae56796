"""From the event log to what a console shows: each change carries the row as it is now.

Sending the row's present state makes a change idempotent: a console that applies all changes after
its snapshot, in order, twice or late, ends with what a fresh snapshot shows.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import BaseModel

from sigap.console.tables import TABLES, row_id
from sigap.core.actor import Actor
from sigap.core.models import ChainHead, EventRecord
from sigap.core.tenancy import reading

# More missed events than this are answered with "reset": a fresh snapshot is cheaper.
LONGEST_BACKLOG = 2000


@dataclass(frozen=True)
class Change:
    """One changed row. `seq` is None for changes outside the log (positions); `row` None: gone."""

    seq: int | None
    kind: str
    table: str
    key: int
    row: BaseModel | None

    def message_for(self, actor: Actor) -> str | None:
        """The stream's message; None if `actor` has no right to the table at all.

        A row that the actor may not see is told as gone, which it is for them.
        """
        table = TABLES[self.table]
        if self.row is not None and table.shows(actor, self.row):
            return self._with_row
        return self._without_row

    @cached_property
    def _with_row(self) -> str:
        row = self.row.model_dump_json() if self.row is not None else "null"
        return self._message(row)

    @cached_property
    def _without_row(self) -> str:
        return self._message("null")

    def _message(self, row: str) -> str:
        head = json.dumps({"id": self.seq, "kind": self.kind, "table": self.table, "key": self.key})
        number = f"id: {self.seq}\n" if self.seq is not None else ""
        return f'{number}data: {head[:-1]}, "row": {row}}}\n\n'


def head_of(city_id: int) -> int:
    """The number of the city's last event."""
    with reading(city_id):
        return ChainHead.objects.values_list("seq", flat=True).get(city_id=city_id)


def changes_after(city_id: int, after: int) -> tuple[int, list[Change]]:
    """The changes after event `after`, oldest first, and the number of the last event read.

    Reads at most LONGEST_BACKLOG + 1 events; a longer backlog is the caller's to notice.
    """
    with reading(city_id):
        events = list(
            EventRecord.objects.filter(city_id=city_id, seq__gt=after)
            .order_by("seq")
            .values_list("seq", "kind", "table", "row_id")[: LONGEST_BACKLOG + 1]
        )
        shown = [(s, k, t, r) for s, k, t, r in events if t in TABLES and r is not None]
        rows = _rows_now(city_id, ((t, r) for _, _, t, r in shown))
    changes = [Change(s, k, t, r, rows.get((t, r))) for s, k, t, r in shown]
    return (events[-1][0] if events else after), changes


def changes_of_rows(city_id: int, table: str, ids: Sequence[int]) -> list[Change]:
    """Changes outside the log, such as units that moved."""
    with reading(city_id):
        rows = _rows_now(city_id, ((table, key) for key in ids))
    return [Change(None, f"{table}.moved", table, key, rows.get((table, key))) for key in ids]


def _rows_now(city_id: int, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], BaseModel]:
    ids: dict[str, set[int]] = defaultdict(set)
    for table, key in wanted:
        ids[table].add(key)
    return {
        (name, row_id(row)): row
        for name, keys in ids.items()
        for row in TABLES[name].rows(city_id, sorted(keys))
    }
