"""What the nation sees of its cities: counts, and nothing else. No rows, no texts, no persons."""

from django.db import connection
from pydantic import BaseModel

from sigap.accounts.permissions import Permission, require
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.tenancy import reading_every_city


class CityCounts(BaseModel):
    """One city in figures, as of now; "today" is the city's own day."""

    city_code: str
    city_name: str
    open_p1: int
    open_p2: int
    open_p3: int
    open_p4: int
    calls_today: int
    emergency_calls_today: int
    reports_open: int
    reports_overdue: int
    tasks_overdue: int
    cameras: int
    cameras_up: int


# The only statement that reads several cities for a person; every column of it is a count.
_COUNTS = """
SELECT c.code, c.name, coalesce(i.p1, 0), coalesce(i.p2, 0), coalesce(i.p3, 0), coalesce(i.p4, 0),
       coalesce(k.calls, 0), coalesce(k.normal, 0), coalesce(r.open, 0), coalesce(r.overdue, 0),
       coalesce(t.overdue, 0), coalesce(v.cameras, 0), coalesce(v.up, 0)
FROM city_city c
LEFT JOIN (
    SELECT city_id, count(*) FILTER (WHERE priority = 1) AS p1,
           count(*) FILTER (WHERE priority = 2) AS p2, count(*) FILTER (WHERE priority = 3) AS p3,
           count(*) FILTER (WHERE priority = 4) AS p4
    FROM incidents_incident WHERE state <> 'closed' GROUP BY 1
) i ON i.city_id = c.id
LEFT JOIN (
    SELECT call.city_id, count(*) AS calls,
           count(*) FILTER (WHERE call.call_class = 'normal') AS normal
    FROM intake_call call JOIN city_city own ON own.id = call.city_id
    WHERE call.saved_at >= date_trunc('day', %(now)s AT TIME ZONE own.time_zone)
                           AT TIME ZONE own.time_zone
    GROUP BY 1
) k ON k.city_id = c.id
LEFT JOIN (
    SELECT city_id, count(*) AS open,
           count(*) FILTER (WHERE verify_due_at < %(now)s AND state IN ('received', 'verified'))
               AS overdue
    FROM intake_report
    WHERE state IN ('received', 'verified', 'forwarded', 'in_progress', 'reopened') GROUP BY 1
) r ON r.city_id = c.id
LEFT JOIN (
    SELECT city_id, count(*) AS overdue FROM followup_task
    WHERE overdue_at IS NOT NULL
      AND state IN ('forwarded', 'accepted', 'in_progress', 'reopened', 'returned') GROUP BY 1
) t ON t.city_id = c.id
LEFT JOIN (
    SELECT city_id, count(*) AS cameras, count(*) FILTER (WHERE state = 'up') AS up
    FROM cctv_camera WHERE enabled GROUP BY 1
) v ON v.city_id = c.id
ORDER BY c.name
"""


def nation_counts(actor: Actor) -> list[CityCounts]:
    """The counts of every city. Raises NotPermitted for everybody but national supervisors."""
    require(actor, Permission.VIEW_NATION)
    with reading_every_city(), connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"now": clock.now()})
        fields = list(CityCounts.model_fields)
        return [CityCounts(**dict(zip(fields, row, strict=True))) for row in cursor.fetchall()]
