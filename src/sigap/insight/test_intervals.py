"""Intervals from the log against numpy, on made and on real calls (San Francisco, April 2020)."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from sigap.core.events import Event
from sigap.core.tenancy import reading
from sigap.dispatch.events import AssignmentDeparted, AssignmentUndone
from sigap.insight.intervals import LONGEST_S, interval_measures
from sigap.insight.period import period_of, plan_for_many
from sigap.insight.shapes import Measure, MeasureKey, Why
from sigap.insight.testing_history import (
    BEGIN,
    SFFD,
    Run,
    SffdCall,
    opened,
    run_events,
    sffd_calls,
    write,
)
from tests.cast import Cast

PERCENTILES = [50, 90, 95]


def _measures(
    cast: Cast, first: date, last: date, area_id: int | None = None
) -> dict[MeasureKey, Measure]:
    with reading(cast.kota.pk):
        plan_for_many()
        period = period_of(cast.kota, first=first, last=last, area_id=area_id)
        return {measure.key: measure for measure in interval_measures(period)}


def _day(cast: Cast, area_id: int | None = None) -> dict[MeasureKey, Measure]:
    return _measures(cast, BEGIN.date(), BEGIN.date(), area_id)


def _after(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def _values(measure: Measure) -> list[float | None]:
    return [figure.value for figure in measure.figures]


def test_percentiles_are_numpys_over_raw_intervals(cast: Cast) -> None:
    rng = np.random.default_rng(4)
    travel = rng.lognormal(5.5, 0.6, 200)
    events: list[Event] = []
    for i, seconds in enumerate(travel, start=1):
        events.append(opened(i, _after(i)))
        run = Run(_after(i + 30), _after(i + 90), _after(i + 90) + timedelta(seconds=seconds))
        events += run_events(i, i, run)
    write(cast.kota, events, _after(3600))
    found = _day(cast)
    exact = [round(seconds, 6) for seconds in travel]
    assert _values(found[MeasureKey.TRAVEL]) == pytest.approx(
        list(np.percentile(exact, PERCENTILES)), abs=1e-5
    )
    assert _values(found[MeasureKey.TURNOUT]) == pytest.approx([60, 60, 60])
    assert _values(found[MeasureKey.CALL_HANDLING]) == pytest.approx([30, 30, 30])
    assert _values(found[MeasureKey.RESPONSE]) == pytest.approx(
        list(np.percentile(np.array(exact) + 90, PERCENTILES)), abs=1e-5
    )
    median = found[MeasureKey.TRAVEL].figures[0]
    assert median.low is not None
    assert median.high is not None
    assert median.value is not None
    assert median.low < median.value < median.high


def test_response_is_the_first_unit_on_scene(cast: Cast) -> None:
    slow = run_events(1, 1, Run(_after(10), _after(20), _after(500)))
    quick = run_events(1, 2, Run(_after(60), _after(70), _after(300)))
    write(cast.kota, [opened(1, BEGIN), *slow, *quick], _after(900))
    found = _day(cast)
    assert _values(found[MeasureKey.RESPONSE])[0] == 300
    assert _values(found[MeasureKey.CALL_HANDLING])[0] == 10
    assert found[MeasureKey.TURNOUT].counts.counted == 2


def test_impossible_and_missing_stamps_are_counted_apart(cast: Cast) -> None:
    events: list[Event] = []
    for i, arrived in enumerate([_after(400), _after(5), None], start=1):
        events.append(opened(i, _after(10)))
        events += run_events(i, i, Run(_after(20), _after(30), arrived))
    write(cast.kota, events, _after(900))
    response = _day(cast)[MeasureKey.RESPONSE]
    counts = response.counts
    assert (counts.total, counts.counted, counts.impossible, counts.missing) == (3, 1, 1, 1)
    assert _values(response)[0] == 390
    assert [(b.incident_id, b.why) for b in response.behind] == [
        (1, Why.SLOWEST),
        (2, Why.IMPOSSIBLE),
    ]


def test_a_step_that_was_undone_does_not_count(cast: Cast) -> None:
    about = {"incident_id": 1, "assignment_id": 1, "unit_id": 1, "agency_id": 1, "call_sign": "U"}
    events: list[Event] = [opened(1, BEGIN), *run_events(1, 1, Run(_after(10), _after(15), None))]
    events.append(AssignmentUndone.model_validate(about | {"at": _after(18), "undone": "depart"}))
    events.append(AssignmentDeparted.model_validate(about | {"at": _after(70)}))
    write(cast.kota, events, _after(900))
    assert _values(_day(cast)[MeasureKey.TURNOUT])[0] == 60


def test_period_area_and_city_narrow_the_figures(cast: Cast) -> None:
    with reading(cast.kota.pk):
        west, east = cast.kota.areas.order_by("code")
    events: list[Event] = []
    for i, (area_id, seconds) in enumerate([(west.pk, 100), (east.pk, 200)], start=1):
        events.append(opened(i, BEGIN, area_id=area_id))
        events += run_events(i, i, Run(_after(1), _after(2), _after(seconds)))
    # 16:59 UTC is the last minute of the day in Jakarta, 17:00 the first of the next.
    later = BEGIN.replace(hour=17, minute=0)
    events.append(opened(3, later))
    events += run_events(3, 3, Run(later, later, later))
    write(cast.kota, events, BEGIN + timedelta(days=1))
    write(cast.lain, [opened(9, BEGIN)], BEGIN)
    assert _day(cast)[MeasureKey.RESPONSE].counts.total == 2
    assert _values(_day(cast, east.pk)[MeasureKey.RESPONSE])[0] == 200
    rows = {row[0]: row[5] for row in _day(cast)[MeasureKey.RESPONSE].table.rows}
    assert rows == {"*": 150, "Barat": 100, "Timur": 200}
    next_day = BEGIN.date() + timedelta(days=1)
    assert _measures(cast, next_day, next_day)[MeasureKey.RESPONSE].counts.total == 1


def test_an_empty_period_has_no_figures(cast: Cast) -> None:
    response = _day(cast)[MeasureKey.RESPONSE]
    assert _values(response) == [None, None, None]
    assert response.counts.total == 0
    assert response.table.rows == []


@pytest.mark.slow
@pytest.mark.skipif(not SFFD.exists(), reason=f"{SFFD} is absent")
def test_real_calls_agree_with_numpy(live_cast: Cast) -> None:
    """10,410 unit rows of 5,292 real calls; the oracle reads the file, not the log."""
    cast, calls = live_cast, sffd_calls()
    end = max(call.received_at for call in calls) + timedelta(days=1)
    run_id = 0
    for chunk in range(0, len(calls), 100):
        events: list[Event] = []
        for number, call in enumerate(calls[chunk : chunk + 100], start=chunk + 1):
            events.append(opened(number, call.received_at))
            for run in call.runs:
                run_id += 1
                events += run_events(number, run_id, run)
        write(cast.kota, events, end)
    found = _measures(cast, date(2020, 4, 6), date(2020, 4, 21))
    for key, raw in _oracle(calls).items():
        possible = [seconds for seconds in raw if 0 <= seconds <= LONGEST_S]
        measure = found[key]
        assert measure.counts.counted == len(possible), key
        assert measure.counts.impossible == len(raw) - len(possible), key
        assert _values(measure) == pytest.approx(list(np.percentile(possible, PERCENTILES))), key
    assert found[MeasureKey.RESPONSE].counts.total == 5292


def _oracle(calls: list[SffdCall]) -> dict[MeasureKey, list[float]]:
    response, handling, turnout, travel = [], [], [], []
    for call in calls:
        arrivals = [run.arrived_at for run in call.runs if run.arrived_at]
        dispatches = [run.dispatched_at for run in call.runs if run.dispatched_at]
        if arrivals:
            response.append((min(arrivals) - call.received_at).total_seconds())
        if dispatches:
            handling.append((min(dispatches) - call.received_at).total_seconds())
        for run in call.runs:
            if run.dispatched_at and run.departed_at:
                turnout.append((run.departed_at - run.dispatched_at).total_seconds())
            if run.departed_at and run.arrived_at:
                travel.append((run.arrived_at - run.departed_at).total_seconds())
    return {
        MeasureKey.RESPONSE: response,
        MeasureKey.CALL_HANDLING: handling,
        MeasureKey.TURNOUT: turnout,
        MeasureKey.TRAVEL: travel,
    }
