"""Of the calls to 112, how many are emergencies? Classes and handling time, from `call.taken`."""

from django.db import connection

from sigap.insight.certainty import share_bounds
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

# Calls that need no place have no area: with an area chosen, only normal calls are counted.
_CALLS = """
    SELECT (c.occurred_at AT TIME ZONE %(zone)s)::date AS day,
           c.payload->>'call_class' AS class, count(*),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY (c.payload->>'handling_s')::double precision)
    FROM core_event c LEFT JOIN core_event s
      ON s.city_id = %(city)s AND s.kind = 'signal.received'
     AND s.row_id = (c.payload->>'signal_id')::bigint
    WHERE c.city_id = %(city)s AND c.kind = 'call.taken'
      AND c.occurred_at >= %(start)s AND c.occurred_at < %(end)s
      AND (%(areas)s::bigint[] IS NULL
           OR (s.payload->>'area_id')::bigint = ANY (%(areas)s::bigint[]))
    GROUP BY GROUPING SETS ((1, 2), (2)) ORDER BY 1, 2
"""
NORMAL = "normal"


def call_measure(period: Period) -> Measure:
    """The share of normal calls; inside a transaction of the city."""
    with connection.cursor() as cursor:
        cursor.execute(_CALLS, period.parameters)
        rows = cursor.fetchall()
    whole = [row for row in rows if row[0] is None]
    total = sum(row[2] for row in whole)
    normal = sum(row[2] for row in whole if row[1] == NORMAL)
    low, high = share_bounds(normal, total) or (None, None)
    points = []
    for day in sorted({row[0] for row in rows if row[0] is not None}):
        values: dict[str, float | None] = {row[1]: row[2] for row in rows if row[0] == day}
        count = sum(row[2] for row in rows if row[0] == day)
        points.append(Point(at=day.isoformat(), count=count, values=values))
    share = normal / total if total else None
    return Measure(
        key=MeasureKey.CALLS,
        unit=Unit.SHARE,
        figures=[Figure(key="normal", value=share, low=low, high=high, unit=Unit.SHARE)],
        counts=Counts(total=total, counted=total),
        series=[Series(by=SeriesBy.DAY, points=points)],
        table=Table(
            columns=["class", "calls", "handling_p50_s"],
            rows=[[row[1], row[2], row[3]] for row in whole],
        ),
        behind=[],
    )
