"""Line counts: taken from nodes in bulk, given out as a series per camera."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from sigap.cctv.models import LineCount, Node, Rule, StreetClass
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import Invalid
from sigap.core.unit_of_work import unit_of_work

CLOCK_TOLERANCE = timedelta(minutes=10)
MAX_STEPS = 2000


@dataclass(frozen=True, slots=True)
class MinuteCount:
    """Crossings of one line by one class within the minute that begins at `minute`."""

    camera_id: int
    rule_id: int
    minute: datetime
    street_class: StreetClass
    forward: int
    backward: int


@dataclass(frozen=True, slots=True)
class CountStep:
    """Crossings of one line by one class within `step` from `start`."""

    rule_id: int
    start: datetime
    street_class: str
    forward: int
    backward: int


def take_counts(actor: Actor, node: Node, counts: list[MinuteCount]) -> int:
    """Keep minutes as the node has them now, over what it said before; returns the rows kept.

    Rows of rules that are not the node's are left out. Raises Invalid if the node's clock is ahead.
    """
    limit = clock.now() + CLOCK_TOLERANCE
    if any(count.minute > limit for count in counts):
        raise Invalid("clock_ahead", "The node's clock is ahead of the core's.")
    with unit_of_work(actor, node.city_id):
        watched = dict(
            Rule.objects.filter(
                camera__node=node, pk__in={count.rule_id for count in counts}
            ).values_list("pk", "camera_id")
        )
        rows = {
            (count.rule_id, _minute(count.minute), count.street_class): _row(node, count)
            for count in counts
            if watched.get(count.rule_id) == count.camera_id
        }
        LineCount.objects.bulk_create(
            list(rows.values()),
            update_conflicts=True,
            unique_fields=["rule", "minute", "street_class"],
            update_fields=["forward", "backward"],
            batch_size=500,
        )
        return len(rows)


_SERIES = """
    SELECT rule_id, date_bin(make_interval(secs => %s), minute, %s) AS start, street_class,
           sum(forward)::bigint, sum(backward)::bigint
    FROM cctv_linecount
    WHERE city_id = %s AND camera_id = %s AND minute >= %s AND minute < %s
    GROUP BY 1, 2, 3 ORDER BY 2, 1, 3
"""


def count_series(
    city_id: int, camera_id: int, *, start: datetime, end: datetime, step: timedelta
) -> list[CountStep]:
    """The counts of a camera in [start, end), summed over steps that begin at `start`.

    Raises Invalid for an empty period or for more than 2000 steps.
    """
    checked_steps(start, end, step)
    with connection.cursor() as cursor:
        cursor.execute(_SERIES, [step.total_seconds(), start, city_id, camera_id, start, end])
        return [CountStep(*row) for row in cursor.fetchall()]


def checked_steps(start: datetime, end: datetime, step: timedelta) -> None:
    """Raises Invalid for an empty period or for more than 2000 steps."""
    if end <= start:
        raise Invalid("bad_period", "The period must end after it begins.", field="to")
    if (end - start) / step > MAX_STEPS:
        raise Invalid("too_many_steps", "Choose a shorter period or a longer step.", field="step_s")


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _row(node: Node, count: MinuteCount) -> LineCount:
    return LineCount(
        city_id=node.city_id,
        camera_id=count.camera_id,
        rule_id=count.rule_id,
        minute=_minute(count.minute),
        street_class=count.street_class,
        forward=count.forward,
        backward=count.backward,
    )
