"""The evaluation of a period: the measures, in the order in which the page shows them."""

from collections.abc import Callable

from sigap.incidents.models import Incident
from sigap.insight.alarms import alarm_measure
from sigap.insight.calls import call_measure
from sigap.insight.cameras import camera_measure
from sigap.insight.follow_up import follow_up_measure
from sigap.insight.intervals import INTERVALS, interval_measures
from sigap.insight.period import Period, plan_for_many
from sigap.insight.shapes import Evaluation, Measure, MeasureKey

MEASURES: dict[MeasureKey, Callable[[Period], Measure]] = {
    MeasureKey.CALLS: call_measure,
    MeasureKey.FOLLOW_UP: follow_up_measure,
    MeasureKey.CAMERA_AVAILABILITY: camera_measure,
    MeasureKey.ALARM_LOAD: alarm_measure,
}


def evaluate(period: Period) -> Evaluation:
    """All measures; inside a transaction of the city."""
    plan_for_many()
    measures = [*interval_measures(period), *(measure(period) for measure in MEASURES.values())]
    return Evaluation(
        start=period.start,
        end=period.end,
        time_zone=period.city.time_zone,
        area_id=period.area.pk if period.area else None,
        area_name=period.area.name if period.area else "",
        measures=_numbered(period, measures),
    )


def _numbered(period: Period, measures: list[Measure]) -> list[Measure]:
    """The measures with the numbers of the incidents behind them, looked up in one query."""
    ids = {one.incident_id for measure in measures for one in measure.behind}
    known = Incident.objects.filter(city=period.city, pk__in=ids).values_list("pk", "number")
    numbers = dict(known)
    for measure in measures:
        for one in measure.behind:
            one.number = numbers.get(one.incident_id)
    return measures


def evaluate_one(period: Period, key: MeasureKey) -> Measure:
    """One measure; inside a transaction of the city."""
    plan_for_many()
    if key in INTERVALS:
        return next(m for m in interval_measures(period) if m.key is key)
    return MEASURES[key](period)
