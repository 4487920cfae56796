"""Follow-up, cameras, alarms and calls: small histories whose figures can be worked out by hand."""

from datetime import datetime, timedelta

import pytest

from sigap.cctv.events import CameraChanged, CameraReturned, CameraWentSilent
from sigap.cctv.models import Camera, Node
from sigap.core import clock
from sigap.core.actor import citizen_actor
from sigap.core.events import Event
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work
from sigap.followup.actions import GivenProof, resolve_task
from sigap.followup.feedback import reopen_report
from sigap.followup.overdue import mark_overdue
from sigap.followup.testing_stories import forwarded
from sigap.insight.alarms import alarm_measure
from sigap.insight.calls import call_measure
from sigap.insight.cameras import camera_measure
from sigap.insight.certainty import percentile_bounds, rate_bounds, share_bounds
from sigap.insight.follow_up import follow_up_measure
from sigap.insight.period import Period, period_of
from sigap.insight.shapes import Measure
from sigap.insight.testing_history import BEGIN, write
from sigap.intake.events import CallTaken, SignalAcknowledged, SignalReceived
from tests.cast import SUDIRMAN, Cast


def _figures(measure: Measure) -> dict[str, float | None]:
    return {figure.key: figure.value for figure in measure.figures}


def _period(cast: Cast, moment: datetime = BEGIN, days: int = 1) -> Period:
    first = moment.date()
    last = first + timedelta(days=days - 1)
    return period_of(cast.kota, first=first, last=last, area_id=None)


def _silent(camera_id: int, since: datetime) -> CameraWentSilent:
    return CameraWentSilent(
        camera_id=camera_id, name="K", state="silent", reason="", since=since.isoformat()
    )


def _returned(camera_id: int) -> CameraReturned:
    return CameraReturned(camera_id=camera_id, name="K", outage_s=0)


def _camera(cast: Cast, name: str, *, enabled: bool = True) -> int:
    with unit_of_work(cast.actor("sari")):
        node, _ = Node.objects.get_or_create(
            city=cast.kota,
            name="node",
            defaults={"token_sha256": "0" * 64, "media_key": b"", "base_url": "http://localhost"},
        )
        return Camera.objects.create(
            city=cast.kota,
            node=node,
            name=name,
            source_url="rtsp://localhost/x",
            lat=SUDIRMAN.lat,
            lon=SUDIRMAN.lon,
            enabled=enabled,
        ).pk


def test_follow_up_counts_late_reopened_and_still_within_the_limit(cast: Cast) -> None:
    dewi = cast.actor("dewi")
    prompt, late, waiting, unfixed = (forwarded(cast) for _ in range(4))
    resolve_task(dewi, prompt[1].pk, prompt[1].version, GivenProof(reason="Selesai"))
    resolve_task(dewi, unfixed[1].pk, unfixed[1].version, GivenProof(reason="Selesai"))
    reopen_report(citizen_actor(cast.kota.pk), unfixed[0].pk, reason="Belum")
    with clock.frozen_at(late[1].due_at + timedelta(seconds=1)):
        resolve_task(dewi, late[1].pk, late[1].version, GivenProof(reason="Selesai"))
    with reading(cast.kota.pk):
        measure = follow_up_measure(_period(cast, clock.now() - timedelta(days=1), days=3))
    assert _figures(measure) == {"on_time": 0.5, "reopened": 1}
    assert (measure.counts.total, measure.counts.counted, measure.counts.missing) == (4, 2, 2)
    assert [entry.incident_id for entry in measure.behind] == [late[1].incident_id]
    everything = ["*", 4, 1, 1, 2, 1, 0.5]
    assert measure.table.rows[0] == everything
    assert measure.table.rows[1] == ["Dinas Pekerjaan Umum", *everything[1:]]
    with clock.frozen_at(waiting[1].due_at + timedelta(minutes=1)):
        assert mark_overdue(cast.kota.pk) >= 1
    with reading(cast.kota.pk):
        measure = follow_up_measure(_period(cast, clock.now() - timedelta(days=1), days=3))
    assert measure.counts.missing < 2


def test_cameras_are_measured_over_their_time_in_service(cast: Cast) -> None:
    good, poor, never, off = (
        _camera(cast, "Baik"),
        _camera(cast, "Buruk"),
        _camera(cast, "Belum"),
        _camera(cast, "Cabut", enabled=False),
    )
    period = _period(cast)
    start = period.start
    hour = timedelta(hours=1)
    for camera_id in (good, poor, off):
        write(cast.kota, [_returned(camera_id)], start - hour)
    # Six hours of 24 without a picture; noticed late, but counted from the last frame.
    write(cast.kota, [_silent(poor, start + 2 * hour)], start + 3 * hour)
    write(cast.kota, [_returned(poor)], start + 8 * hour)
    # Switched off at noon, silent for two hours before: twelve hours in service.
    write(cast.kota, [_silent(off, start + 10 * hour)], start + 10 * hour)
    switched = CameraChanged(camera_id=off, fields=["enabled"])
    write(cast.kota, [switched], start + 12 * hour)
    with reading(cast.kota.pk):
        measure = camera_measure(period)
    rows = {str(row[0]): row[1:] for row in measure.table.rows}
    assert rows["Baik"] == [86400, 0, 0, 0, 1.0]
    assert rows["Buruk"] == [86400, 6 * 3600, 1, 6 * 3600, 0.75]
    assert rows["Cabut"] == [12 * 3600, 2 * 3600, 1, 2 * 3600, pytest.approx(10 / 12)]
    assert rows["Belum"] == [0, 0, 0, 0, None]
    assert measure.counts.missing == 1
    assert never
    assert _figures(measure)["available"] == pytest.approx(1 - 8 / 60)
    (point,) = measure.series[0].points
    assert point.values["available"] == pytest.approx(1 - 8 / 60)


def test_a_camera_still_silent_is_silent_until_now(cast: Cast) -> None:
    camera_id = _camera(cast, "Mati")
    start = _period(cast).start
    write(cast.kota, [_returned(camera_id)], start)
    write(cast.kota, [_silent(camera_id, start + timedelta(hours=1))], start + timedelta(hours=1))
    with clock.frozen_at(start + timedelta(hours=4)), reading(cast.kota.pk):
        measure = camera_measure(_period(cast))
    assert _figures(measure)["available"] == pytest.approx(0.25)


def _signal(signal_id: int, source: str) -> SignalReceived:
    return SignalReceived(
        signal_id=signal_id,
        source=source,
        priority=2,
        category=None,
        area_id=None,
        observed_at=BEGIN.isoformat(),
    )


def test_alarms_per_hour_of_operator_work(cast: Cast) -> None:
    bima, bayu, ana = cast.actor("bima"), cast.actor("bayu"), cast.actor("ana")
    minute = timedelta(minutes=1)

    def work(signal_id: int) -> list[Event]:
        return [SignalAcknowledged(signal_id=signal_id, waited_s=1)]

    for i in range(8):
        write(cast.kota, [_signal(i, "camera")], BEGIN + i * minute)
    write(cast.kota, [_signal(20, "call"), _signal(21, "report")], BEGIN + minute)
    write(cast.kota, work(1), BEGIN + 2 * minute, by=bima)
    write(cast.kota, work(2), BEGIN + 3 * minute, by=bima)
    write(cast.kota, work(3), BEGIN + 4 * minute, by=bayu)
    # A call taker's work is no operator's; the next hour nobody watches.
    write(cast.kota, work(4), BEGIN + 70 * minute, by=ana)
    write(cast.kota, [_signal(30, "health")], BEGIN + 75 * minute)
    with reading(cast.kota.pk):
        measure = alarm_measure(_period(cast))
    assert _figures(measure) == {
        "per_operator_hour": 4.0,
        "worst_ten_minutes": 8,
        "operator_hours": 2,
    }
    assert (measure.counts.total, measure.counts.missing) == (9, 1)
    assert [point.at for point in measure.series[1].points] == ["12", "13"]


def test_calls_by_class(cast: Cast) -> None:
    classes = ["normal", "ghost", "ghost", "prank"]
    events: list[Event] = [
        CallTaken(call_id=i, call_class=name, signal_id=None, handling_s=10.0 * i)
        for i, name in enumerate(classes, start=1)
    ]
    write(cast.kota, events, BEGIN)
    with reading(cast.kota.pk):
        measure = call_measure(_period(cast))
    assert _figures(measure) == {"normal": 0.25}
    assert ["ghost", 2, 25.0] in measure.table.rows


def test_bounds_hold_what_they_promise() -> None:
    ordered = [float(i) for i in range(1000)]
    low, high = percentile_bounds(ordered, 0.5) or (0.0, 0.0)
    assert (low, high) == (469.0, 531.0)
    assert percentile_bounds(ordered[:10], 0.95) is None
    # Wilson's bounds of 8 of 10 (Brown, Cai, DasGupta 2001).
    assert share_bounds(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert share_bounds(0, 0) is None
    assert rate_bounds(0, 0) is None
    low, high = rate_bounds(100, 10) or (0.0, 0.0)
    assert low < 10 < high
