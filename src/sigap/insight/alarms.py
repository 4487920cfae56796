"""How many alarms does an operator get in an hour? Machine-made signals per hour of operator work.

An operator-hour is an hour of the clock in which an operator or supervisor did anything that is in
the log. EEMUA 191 calls one alarm per operator in ten minutes manageable, ten a flood.
"""

from datetime import date

from django.db import connection

from sigap.accounts.permissions import Role
from sigap.insight.certainty import rate_bounds
from sigap.insight.period import Period
from sigap.insight.shapes import (
    Counts,
    Figure,
    Measure,
    MeasureKey,
    Point,
    Series,
    SeriesBy,
    Table,
    Unit,
)

MACHINES = ["camera", "health", "sensor"]
OPERATORS = [Role.OPERATOR.value, Role.SUPERVISOR.value]

_HOURS = """
WITH alarm AS (
    SELECT date_trunc('hour', occurred_at) AS hour, count(*) AS alarms
    FROM core_event
    WHERE city_id = %(city)s AND kind = 'signal.received'
      AND occurred_at >= %(start)s AND occurred_at < %(end)s
      AND payload->>'source' = ANY (%(machines)s)
      AND (%(areas)s::bigint[] IS NULL OR (payload->>'area_id')::bigint = ANY (%(areas)s::bigint[]))
    GROUP BY 1
), worked AS (
    SELECT date_trunc('hour', e.occurred_at) AS hour, count(DISTINCT e.actor_user_id) AS operators
    FROM core_event e JOIN accounts_user u ON u.id = e.actor_user_id
    WHERE e.city_id = %(city)s AND e.occurred_at >= %(start)s AND e.occurred_at < %(end)s
      AND e.actor_kind = 'user' AND u.role = ANY (%(operators)s)
    GROUP BY 1
)
SELECT (hour AT TIME ZONE %(zone)s)::date, extract(hour FROM hour AT TIME ZONE %(zone)s)::int,
       coalesce(alarms, 0), coalesce(operators, 0)
FROM alarm FULL JOIN worked USING (hour) ORDER BY 1, 2
"""
_WORST = """
    SELECT max(n) FROM (
        SELECT count(*) OVER (ORDER BY occurred_at
                              RANGE BETWEEN interval '10 minutes' PRECEDING AND CURRENT ROW) AS n
        FROM core_event
        WHERE city_id = %(city)s AND kind = 'signal.received'
          AND occurred_at >= %(start)s AND occurred_at < %(end)s
          AND payload->>'source' = ANY (%(machines)s)
          AND (%(areas)s::bigint[] IS NULL
               OR (payload->>'area_id')::bigint = ANY (%(areas)s::bigint[]))
    ) windows
"""
_BY_SOURCE = """
    SELECT r.payload->>'source', count(*),
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM core_event d WHERE d.city_id = %(city)s AND d.row_id = r.row_id
                 AND d.kind = 'signal.dismissed'))
    FROM core_event r
    WHERE r.city_id = %(city)s AND r.kind = 'signal.received'
      AND r.occurred_at >= %(start)s AND r.occurred_at < %(end)s
      AND (%(areas)s::bigint[] IS NULL
           OR (r.payload->>'area_id')::bigint = ANY (%(areas)s::bigint[]))
    GROUP BY 1 ORDER BY 2 DESC, 1
"""

Hour = tuple[date, int, int, int]


def alarm_measure(period: Period) -> Measure:
    """Alarms per operator-hour; inside a transaction of the city."""
    parameters = period.parameters | {"machines": MACHINES, "operators": OPERATORS}
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, parameters)
        hours: list[Hour] = cursor.fetchall()
        cursor.execute(_WORST, parameters)
        row = cursor.fetchone()
        worst = None if row is None else row[0]
        cursor.execute(_BY_SOURCE, parameters)
        sources = cursor.fetchall()
    alarms = sum(hour[2] for hour in hours)
    worked_h = sum(hour[3] for hour in hours)
    attended = sum(hour[2] for hour in hours if hour[3])
    low, high = rate_bounds(attended, worked_h) or (None, None)
    return Measure(
        key=MeasureKey.ALARM_LOAD,
        unit=Unit.PER_HOUR,
        figures=[
            Figure(
                key="per_operator_hour",
                value=attended / worked_h if worked_h else None,
                low=low,
                high=high,
                unit=Unit.PER_HOUR,
            ),
            Figure(key="worst_ten_minutes", value=worst, unit=Unit.COUNT),
            Figure(key="operator_hours", value=worked_h, unit=Unit.COUNT),
        ],
        # `missing`: alarms in hours in which no operator did anything.
        counts=Counts(total=alarms, counted=attended, missing=alarms - attended),
        series=[
            Series(by=SeriesBy.DAY, points=_by_day(hours)),
            Series(by=SeriesBy.HOUR_OF_DAY, points=_by_hour(hours)),
        ],
        table=Table(
            columns=["source", "signals", "dismissed"],
            rows=[[source, count, dismissed] for source, count, dismissed in sources],
        ),
        behind=[],
    )


def _by_day(hours: list[Hour]) -> list[Point]:
    days = sorted({hour[0] for hour in hours})
    return [_point(day.isoformat(), [h for h in hours if h[0] == day]) for day in days]


def _by_hour(hours: list[Hour]) -> list[Point]:
    clock_hours = sorted({hour[1] for hour in hours})
    return [_point(f"{h:02d}", [hour for hour in hours if hour[1] == h]) for h in clock_hours]


def _point(at: str, hours: list[Hour]) -> Point:
    worked_h = sum(hour[3] for hour in hours)
    attended = sum(hour[2] for hour in hours if hour[3])
    rate = attended / worked_h if worked_h else None
    values: dict[str, float | None] = {"per_operator_hour": rate, "operator_hours": worked_h}
    return Point(at=at, count=sum(hour[2] for hour in hours), values=values)
