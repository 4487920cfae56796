"""How long things take, from the stamps in the event log: percentiles over the raw intervals.

received → dispatched → en route → on scene, and received → acknowledged in the queue. Percentiles
are taken over all raw values at once, never averaged from smaller ones.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from sigap.insight.certainty import percentile_bounds
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

SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
INTERVALS = (
    MeasureKey.RESPONSE,
    MeasureKey.CALL_HANDLING,
    MeasureKey.TURNOUT,
    MeasureKey.TRAVEL,
    MeasureKey.ACKNOWLEDGEMENT,
)
# A unit is not under way for half a day: such a stamp was forgotten or mistyped.
LONGEST_S = 12 * 3600
BEHIND_LIMIT = 10

# One row an interval: measure, incident, area, when it began, seconds (null: never ended).
# A step that was undone later in the log does not count. Citizens' reports are left out of the
# queue's waiting time: their clock runs in days and is the follow-up's.
_RAW = """
WITH opened AS (
    SELECT incident_id, (payload->>'received_at')::timestamptz AS received_at,
           (payload->>'area_id')::bigint AS area_id, (payload->>'emergency')::boolean AS emergency
    FROM core_event
    WHERE city_id = %(city)s AND kind = 'incident.opened' AND occurred_at >= %(start)s
), chosen AS (
    SELECT * FROM opened
    WHERE received_at >= %(start)s AND received_at < %(end)s
      AND (%(areas)s::bigint[] IS NULL OR area_id = ANY (%(areas)s::bigint[]))
), step AS (
    SELECT e.seq, e.kind, e.incident_id, e.row_id AS assignment_id,
           (e.payload->>'at')::timestamptz AS at
    FROM core_event e JOIN chosen c ON c.incident_id = e.incident_id
    WHERE e.city_id = %(city)s AND e.occurred_at >= %(start)s
      AND e.kind IN ('assignment.created', 'assignment.departed', 'assignment.arrived')
), undone AS (
    SELECT row_id AS assignment_id, seq,
           CASE payload->>'undone' WHEN 'depart' THEN 'assignment.departed'
                                   WHEN 'arrive' THEN 'assignment.arrived' END AS kind
    FROM core_event
    WHERE city_id = %(city)s AND occurred_at >= %(start)s AND kind = 'assignment.undone'
), taken AS (
    SELECT s.* FROM step s
    WHERE NOT EXISTS (SELECT FROM undone u WHERE u.assignment_id = s.assignment_id
                      AND u.kind = s.kind AND u.seq > s.seq)
), unit_chain AS (
    SELECT incident_id, assignment_id,
           min(at) FILTER (WHERE kind = 'assignment.created') AS dispatched_at,
           min(at) FILTER (WHERE kind = 'assignment.departed') AS departed_at,
           min(at) FILTER (WHERE kind = 'assignment.arrived') AS arrived_at
    FROM taken GROUP BY 1, 2
), first_of AS (
    SELECT incident_id, min(dispatched_at) AS dispatched_at, min(arrived_at) AS arrived_at
    FROM unit_chain GROUP BY 1
), touched AS (
    SELECT row_id, min(occurred_at) AS at, max(incident_id) AS incident_id
    FROM core_event
    WHERE city_id = %(city)s AND occurred_at >= %(start)s
      AND kind IN ('signal.acknowledged', 'signal.decided', 'signal.dismissed')
    GROUP BY 1
), queue AS (
    SELECT t.incident_id, (r.payload->>'area_id')::bigint AS area_id, r.occurred_at AS began_at,
           extract(epoch FROM t.at - r.occurred_at)::double precision AS waited_s
    FROM core_event r LEFT JOIN touched t ON t.row_id = r.row_id
    WHERE r.city_id = %(city)s AND r.kind = 'signal.received' AND r.payload->>'source' <> 'report'
      AND r.occurred_at >= %(start)s AND r.occurred_at < %(end)s
      AND (%(areas)s::bigint[] IS NULL
           OR (r.payload->>'area_id')::bigint = ANY (%(areas)s::bigint[]))
), raw AS (
    SELECT 'response' AS measure, c.incident_id, c.area_id, c.received_at AS began_at,
           extract(epoch FROM f.arrived_at - c.received_at)::double precision AS seconds
    FROM chosen c LEFT JOIN first_of f USING (incident_id) WHERE c.emergency
    UNION ALL
    SELECT 'call_handling', c.incident_id, c.area_id, c.received_at,
           extract(epoch FROM f.dispatched_at - c.received_at)::double precision
    FROM chosen c LEFT JOIN first_of f USING (incident_id) WHERE c.emergency
    UNION ALL
    SELECT 'turnout', c.incident_id, c.area_id, u.dispatched_at,
           extract(epoch FROM u.departed_at - u.dispatched_at)::double precision
    FROM unit_chain u JOIN chosen c USING (incident_id)
    UNION ALL
    SELECT 'travel', c.incident_id, c.area_id, coalesce(u.departed_at, u.dispatched_at),
           extract(epoch FROM u.arrived_at - u.departed_at)::double precision
    FROM unit_chain u JOIN chosen c USING (incident_id)
    UNION ALL
    SELECT 'acknowledgement', incident_id, area_id, began_at, waited_s FROM queue
), judged AS (
    SELECT r.*, seconds < 0 OR seconds > %(longest)s AS impossible FROM raw r
)
"""

# All groupings in one pass: whole, by day, by hour of day, by area.
_GROUPED = (
    _RAW
    + """
SELECT measure, (began_at AT TIME ZONE %(zone)s)::date AS day,
       extract(hour FROM began_at AT TIME ZONE %(zone)s)::int AS hour, area_id,
       grouping((began_at AT TIME ZONE %(zone)s)::date,
                extract(hour FROM began_at AT TIME ZONE %(zone)s)::int, area_id) AS level,
       count(*), count(*) FILTER (WHERE NOT impossible),
       count(*) FILTER (WHERE impossible), count(*) FILTER (WHERE seconds IS NULL),
       percentile_cont(%(shares)s::double precision[]) WITHIN GROUP (ORDER BY seconds)
           FILTER (WHERE NOT impossible)
FROM judged
GROUP BY GROUPING SETS (
    (measure), (measure, (began_at AT TIME ZONE %(zone)s)::date),
    (measure, extract(hour FROM began_at AT TIME ZONE %(zone)s)::int), (measure, area_id))
ORDER BY 1, 2, 3, 4
"""
)
_WHOLE, _BY_DAY, _BY_HOUR, _BY_AREA = 0b111, 0b011, 0b101, 0b110

_SORTED = (
    _RAW
    + """
SELECT measure, array_agg(seconds ORDER BY seconds) FROM judged
WHERE NOT impossible GROUP BY measure
"""
)

_BEHIND = (
    _RAW
    + """
SELECT measure, incident_id, seconds, impossible FROM (
    SELECT measure, incident_id, seconds, impossible,
           row_number() OVER (PARTITION BY measure, impossible ORDER BY seconds DESC) AS place
    FROM judged WHERE seconds IS NOT NULL AND incident_id IS NOT NULL
) ranked WHERE place <= %(behind)s ORDER BY measure, impossible, place
"""
)

_AREAS = "SELECT id, name FROM city_area WHERE city_id = %(city)s"


@dataclass(frozen=True, slots=True)
class _Group:
    """Percentiles of one group; `level` says which grouping set it is of."""

    measure: str
    day: date | None
    hour: int | None
    area_id: int | None
    level: int
    total: int
    counted: int
    impossible: int
    missing: int
    percentiles: list[float] | None

    def values(self) -> dict[str, float | None]:
        """Percentiles by key; None where nothing was counted."""
        if self.percentiles is None:
            return dict.fromkeys(SHARES)
        return dict(zip(SHARES, self.percentiles, strict=True))


def interval_measures(period: Period) -> list[Measure]:
    """The five interval measures of the period; inside a transaction of the city."""
    parameters = period.parameters | {
        "longest": LONGEST_S,
        "behind": BEHIND_LIMIT,
        "shares": list(SHARES.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_GROUPED, parameters)
        groups = [_Group(*row) for row in cursor.fetchall()]
        cursor.execute(_SORTED, parameters)
        ordered: dict[str, list[float]] = dict(cursor.fetchall())
        cursor.execute(_BEHIND, parameters)
        behind = [(row[0], _behind(*row[1:])) for row in cursor.fetchall()]
        cursor.execute(_AREAS, parameters)
        names: dict[int, str] = dict(cursor.fetchall())
    return [
        _measure(
            key,
            [group for group in groups if group.measure == key],
            ordered.get(key, []),
            names=names,
            behind=[entry for measure, entry in behind if measure == key],
        )
        for key in INTERVALS
    ]


def _behind(incident_id: int, seconds: float, impossible: bool) -> Behind:
    why = Why.IMPOSSIBLE if impossible else Why.SLOWEST
    return Behind(incident_id=incident_id, value=seconds, why=why)


def _measure(
    key: MeasureKey,
    groups: list[_Group],
    ordered: list[float],
    *,
    names: dict[int, str],
    behind: list[Behind],
) -> Measure:
    whole = next((group for group in groups if group.level == _WHOLE), None)
    return Measure(
        key=key,
        unit=Unit.SECONDS,
        figures=_figures(whole, ordered),
        counts=_counts(whole),
        series=[
            Series(by=SeriesBy.DAY, points=_points(groups, _BY_DAY)),
            Series(by=SeriesBy.HOUR_OF_DAY, points=_points(groups, _BY_HOUR)),
        ],
        table=_table(groups, names),
        behind=behind,
    )


def _figures(whole: _Group | None, ordered: list[float]) -> list[Figure]:
    values = whole.values() if whole else dict.fromkeys(SHARES)
    figures = []
    for key, share in SHARES.items():
        low, high = percentile_bounds(ordered, share) or (None, None)
        figures.append(Figure(key=key, value=values[key], low=low, high=high, unit=Unit.SECONDS))
    return figures


def _counts(whole: _Group | None) -> Counts:
    if whole is None:
        return Counts(total=0, counted=0)
    return Counts(
        total=whole.total,
        counted=whole.counted,
        impossible=whole.impossible,
        missing=whole.missing,
    )


def _points(groups: list[_Group], level: int) -> list[Point]:
    return [
        Point(
            at=group.day.isoformat() if group.day else f"{group.hour:02d}",
            count=group.counted,
            values=group.values(),
        )
        for group in groups
        if group.level == level
    ]


def _table(groups: list[_Group], names: dict[int, str]) -> Table:
    rows: list[list[str | int | float | None]] = []
    for group in groups:
        if group.level in (_BY_AREA, _WHOLE):
            name = names.get(group.area_id or 0, "") if group.level == _BY_AREA else "*"
            facts = [group.total, group.counted, group.impossible, group.missing]
            rows.append([name, *facts, *group.values().values()])
    rows.sort(key=lambda row: (row[0] != "*", str(row[0])))
    columns = ["area", "total", "counted", "impossible", "missing", *SHARES]
    return Table(columns=columns, rows=rows)
