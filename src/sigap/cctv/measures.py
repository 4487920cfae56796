"""What measuring rules read (speed, queue, crowd): taken from nodes in bulk, given as a series."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from sigap.cctv.counts import CLOCK_TOLERANCE, checked_steps
from sigap.cctv.models import MeasureKind, Node, Rule, RuleMeasure, StreetClass
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import Invalid
from sigap.core.unit_of_work import unit_of_work


@dataclass(frozen=True, slots=True)
class MinuteMeasure:
    """What one rule read within the minute that begins at `minute`."""

    camera_id: int
    rule_id: int
    minute: datetime
    measure: MeasureKind
    street_class: StreetClass
    samples: int
    mean: float
    largest: float


@dataclass(frozen=True, slots=True)
class MeasureStep:
    """Readings of one rule within `step` from `start`; `mean` is over all samples."""

    rule_id: int
    measure: str
    start: datetime
    street_class: str
    samples: int
    mean: float
    largest: float


def take_measures(actor: Actor, node: Node, rows: list[MinuteMeasure]) -> int:
    """Keep minutes as the node has them now, over what it said before; returns the rows kept.

    Rows of rules that are not the node's are left out. Raises Invalid if the node's clock is ahead.
    """
    limit = clock.now() + CLOCK_TOLERANCE
    if any(row.minute > limit for row in rows):
        raise Invalid("clock_ahead", "The node's clock is ahead of the core's.")
    with unit_of_work(actor, node.city_id):
        rules = Rule.objects.filter(camera__node=node, pk__in={row.rule_id for row in rows})
        watched = dict(rules.values_list("pk", "camera_id"))
        kept = {
            (row.rule_id, row.minute, row.measure, row.street_class): RuleMeasure(
                city_id=node.city_id,
                camera_id=row.camera_id,
                rule_id=row.rule_id,
                minute=row.minute.replace(second=0, microsecond=0),
                measure=row.measure,
                street_class=row.street_class,
                samples=row.samples,
                mean=row.mean,
                largest=row.largest,
            )
            for row in rows
            if watched.get(row.rule_id) == row.camera_id
        }
        RuleMeasure.objects.bulk_create(
            list(kept.values()),
            update_conflicts=True,
            unique_fields=["rule", "minute", "measure", "street_class"],
            update_fields=["samples", "mean", "largest"],
            batch_size=500,
        )
        return len(kept)


_SERIES = """
    SELECT rule_id, measure, date_bin(make_interval(secs => %s), minute, %s) AS start, street_class,
           sum(samples)::bigint, sum(mean * samples) / greatest(sum(samples), 1), max(largest)
    FROM cctv_rulemeasure
    WHERE city_id = %s AND camera_id = %s AND minute >= %s AND minute < %s
    GROUP BY 1, 2, 3, 4 ORDER BY 3, 1, 2, 4
"""


def measure_series(
    city_id: int, camera_id: int, *, start: datetime, end: datetime, step: timedelta
) -> list[MeasureStep]:
    """The readings of a camera in [start, end), over steps that begin at `start`.

    Raises Invalid for an empty period or for too many steps.
    """
    checked_steps(start, end, step)
    with connection.cursor() as cursor:
        cursor.execute(_SERIES, [step.total_seconds(), start, city_id, camera_id, start, end])
        return [MeasureStep(*row) for row in cursor.fetchall()]
