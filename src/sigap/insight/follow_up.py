"""Do agencies keep their clocks? From the events of the tasks that were forwarded in the period."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from sigap.insight.certainty import share_bounds
from sigap.insight.period import Period
from sigap.insight.shapes import (
    Behind,
    Counts,
    Figure,
    Measure,
    MeasureKey,
    Point,
    Series,
    SeriesBy,
    Table,
    Unit,
    Why,
)

BEHIND_LIMIT = 50

# Late: a limit passed, whoever held the task then. Finished: its last step was the resolution or
# the reporter's confirmation. A task neither late nor finished is still within its limit.
_TASKS = """
WITH forwarded AS (
    SELECT row_id AS task_id, incident_id, occurred_at, (payload->>'area_id')::bigint AS area_id
    FROM core_event
    WHERE city_id = %(city)s AND kind = 'task.forwarded'
      AND occurred_at >= %(start)s AND occurred_at < %(end)s
      AND (%(areas)s::bigint[] IS NULL OR (payload->>'area_id')::bigint = ANY (%(areas)s::bigint[]))
), judged AS (
    SELECT f.task_id, f.incident_id, f.occurred_at, f.area_id,
           bool_or(e.kind = 'task.overdue'
                   OR (e.kind = 'task.resolved' AND e.payload->>'on_time' = 'false')) AS late,
           (array_agg(e.kind ORDER BY e.seq DESC) FILTER (WHERE e.kind <> 'task.overdue'))[1]
               IN ('task.resolved', 'task.confirmed') AS finished,
           count(*) FILTER (WHERE e.kind = 'task.reopened') AS reopened,
           (array_agg((e.payload->>'agency_id')::bigint ORDER BY e.seq DESC))[1] AS agency_id
    FROM forwarded f JOIN core_event e
      ON e.city_id = %(city)s AND e.incident_id = f.incident_id
     AND e."table" = 'tasks' AND e.row_id = f.task_id
    GROUP BY 1, 2, 3, 4
)
SELECT task_id, incident_id, (occurred_at AT TIME ZONE %(zone)s)::date, late, finished, reopened,
       a.name
FROM judged j JOIN city_agency a ON a.city_id = %(city)s AND a.id = j.agency_id
ORDER BY occurred_at, task_id
"""


@dataclass(frozen=True, slots=True)
class _Task:
    task_id: int
    incident_id: int
    day: date
    late: bool
    finished: bool
    reopened: int
    agency: str

    @property
    def decided(self) -> bool:
        """Whether the clock has given its answer."""
        return self.late or self.finished

    @property
    def on_time(self) -> bool:
        """Finished and never late."""
        return self.finished and not self.late


def follow_up_measure(period: Period) -> Measure:
    """The share of tasks finished within their limit; inside a transaction of the city."""
    with connection.cursor() as cursor:
        cursor.execute(_TASKS, period.parameters)
        tasks = [_Task(*row) for row in cursor.fetchall()]
    decided = [task for task in tasks if task.decided]
    on_time = sum(task.on_time for task in decided)
    low, high = share_bounds(on_time, len(decided)) or (None, None)
    share = on_time / len(decided) if decided else None
    late = [task for task in reversed(tasks) if task.late]
    return Measure(
        key=MeasureKey.FOLLOW_UP,
        unit=Unit.SHARE,
        figures=[
            Figure(key="on_time", value=share, low=low, high=high, unit=Unit.SHARE),
            Figure(key="reopened", value=sum(t.reopened for t in tasks), unit=Unit.COUNT),
        ],
        counts=Counts(total=len(tasks), counted=len(decided), missing=len(tasks) - len(decided)),
        series=[Series(by=SeriesBy.DAY, points=_points(tasks))],
        table=_table(tasks),
        behind=[
            Behind(incident_id=task.incident_id, value=None, why=Why.OVERDUE)
            for task in late[:BEHIND_LIMIT]
        ],
    )


def _points(tasks: list[_Task]) -> list[Point]:
    points = []
    for day in sorted({task.day for task in tasks}):
        of_day = [task for task in tasks if task.day == day]
        values: dict[str, float | None] = {
            "forwarded": len(of_day),
            "on_time": sum(task.on_time for task in of_day),
            "late": sum(task.late for task in of_day),
        }
        points.append(Point(at=day.isoformat(), count=len(of_day), values=values))
    return points


def _table(tasks: list[_Task]) -> Table:
    rows: list[list[str | int | float | None]] = []
    for agency in ["*", *sorted({task.agency for task in tasks})]:
        own = [task for task in tasks if agency in ("*", task.agency)]
        decided = sum(task.decided for task in own)
        on_time = sum(task.on_time for task in own)
        rows.append(
            [
                agency,
                len(own),
                on_time,
                sum(task.late for task in own),
                len(own) - decided,
                sum(task.reopened for task in own),
                on_time / decided if decided else None,
            ]
        )
    columns = ["agency", "forwarded", "on_time", "late", "within_limit", "reopened", "share"]
    return Table(columns=columns, rows=rows)
