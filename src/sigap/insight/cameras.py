"""How much of the time did cameras give a picture? From `camera.went_silent` and `.returned`.

A camera counts from its first picture on; while it is switched off it is not in service.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from sigap.core import clock
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

Span = tuple[datetime, datetime]

_EVENTS = """
    SELECT e.row_id, e.kind, e.occurred_at, (e.payload->>'since')::timestamptz
    FROM core_event e JOIN cctv_camera c ON c.city_id = %(city)s AND c.id = e.row_id
    WHERE e.city_id = %(city)s AND e.occurred_at < %(end)s
      AND (e.kind IN ('camera.went_silent', 'camera.returned')
           OR (e.kind = 'camera.changed' AND e.payload->'fields' ? 'enabled'))
      AND (%(areas)s::bigint[] IS NULL OR c.area_id = ANY (%(areas)s::bigint[]))
    ORDER BY e.seq
"""
_LATER_SWITCHES = """
    SELECT row_id, count(*) FROM core_event
    WHERE city_id = %(city)s AND occurred_at >= %(end)s
      AND kind = 'camera.changed' AND payload->'fields' ? 'enabled'
    GROUP BY row_id
"""
_CAMERAS = """
    SELECT id, name, enabled FROM cctv_camera
    WHERE city_id = %(city)s
      AND (%(areas)s::bigint[] IS NULL OR area_id = ANY (%(areas)s::bigint[]))
    ORDER BY name, id
"""


@dataclass(frozen=True, slots=True)
class _Heard:
    """One event of a camera. `since`: when the silence began, for `camera.went_silent`."""

    kind: str
    at: datetime
    since: datetime | None


@dataclass(frozen=True, slots=True)
class CameraTime:
    """A camera's spans within the period: when it should have given pictures, and when not."""

    name: str
    service: list[Span]
    silent: list[Span]

    def service_s(self, inside: Span) -> float:
        """Seconds in service within `inside`."""
        return sum(_seconds(_overlap(span, inside)) for span in self.service)

    def silent_s(self, inside: Span) -> float:
        """Seconds in service but silent within `inside`."""
        return sum(
            _seconds(_overlap(_overlap(silent, service), inside))
            for silent in self.silent
            for service in self.service
        )


def camera_measure(period: Period) -> Measure:
    """Up time ÷ time in service over all cameras; inside a transaction of the city."""
    times = camera_times(period)
    whole = (period.start, min(period.end, clock.now()))
    service_s = sum(time.service_s(whole) for time in times)
    silent_s = sum(time.silent_s(whole) for time in times)
    share = 1 - silent_s / service_s if service_s else None
    in_service = sum(time.service_s(whole) > 0 for time in times)
    outages = sum(len(_within(time, whole)) for time in times)
    return Measure(
        key=MeasureKey.CAMERA_AVAILABILITY,
        unit=Unit.SHARE,
        figures=[
            Figure(key="available", value=share, unit=Unit.SHARE),
            Figure(key="outages", value=outages, unit=Unit.COUNT),
        ],
        counts=Counts(total=len(times), counted=in_service, missing=len(times) - in_service),
        series=[Series(by=SeriesBy.DAY, points=_points(times, whole, period))],
        table=_table(times, whole),
        behind=[],
    )


def camera_times(period: Period) -> list[CameraTime]:
    """The spans of every camera up to the period's end (or now)."""
    with connection.cursor() as cursor:
        cursor.execute(_CAMERAS, period.parameters)
        cameras = cursor.fetchall()
        cursor.execute(_EVENTS, period.parameters)
        heard: dict[int, list[_Heard]] = defaultdict(list)
        for camera_id, kind, at, since in cursor.fetchall():
            heard[camera_id].append(_Heard(kind, at, since))
        cursor.execute(_LATER_SWITCHES, period.parameters)
        later: dict[int, int] = dict(cursor.fetchall())
    until = min(period.end, clock.now())
    return [
        CameraTime(
            name=name,
            # Switches only say that `enabled` changed: whether it was on is counted back from now.
            service=_service(heard[camera_id], until, enabled ^ bool(later.get(camera_id, 0) % 2)),
            silent=_silences(heard[camera_id], until),
        )
        for camera_id, name, enabled in cameras
    ]


def _service(heard: list[_Heard], until: datetime, enabled_at_end: bool) -> list[Span]:
    """When the camera was switched on, from its first picture (or silence) to `until`."""
    if not heard:
        return []
    switches = [event.at for event in heard if event.kind == "camera.changed"]
    spans: list[Span] = []
    end, on = until, enabled_at_end
    for at in reversed(switches):
        if on:
            spans.append((at, end))
        end, on = at, not on
    pictures = [event.since or event.at for event in heard if event.kind != "camera.changed"]
    if not pictures:
        return []
    begin = min(pictures)
    if on:
        spans.append((begin, end))
    return [(max(start, begin), stop) for start, stop in spans if stop > begin]


def _silences(heard: list[_Heard], until: datetime) -> list[Span]:
    """From each silence to the picture, or the switch, that ended it."""
    spans: list[Span] = []
    since: datetime | None = None
    for event in heard:
        if event.kind == "camera.went_silent":
            since = since or event.since or event.at
        elif since is not None:
            spans.append((since, event.at))
            since = None
    if since is not None:
        spans.append((since, until))
    return spans


def _overlap(a: Span, b: Span) -> Span:
    return max(a[0], b[0]), min(a[1], b[1])


def _seconds(span: Span) -> float:
    return max(0.0, (span[1] - span[0]).total_seconds())


def _within(time: CameraTime, whole: Span) -> list[Span]:
    return [span for span in time.silent if _seconds(_overlap(span, whole)) > 0]


def _points(times: list[CameraTime], whole: Span, period: Period) -> list[Point]:
    zone = ZoneInfo(period.city.time_zone)
    points = []
    start = period.start
    while start < whole[1]:
        # The next midnight of the city: days are 23 or 25 hours long where clocks change.
        tomorrow = (start + timedelta(days=1)).astimezone(zone).replace(hour=0, minute=0)
        day = (start, min(tomorrow, whole[1]))
        service_s = sum(time.service_s(day) for time in times)
        silent_s = sum(time.silent_s(day) for time in times)
        value = 1 - silent_s / service_s if service_s else None
        cameras = sum(time.service_s(day) > 0 for time in times)
        points.append(
            Point(at=start.date().isoformat(), count=cameras, values={"available": value})
        )
        start = tomorrow
    return points


def _table(times: list[CameraTime], whole: Span) -> Table:
    rows: list[list[str | int | float | None]] = []
    for time in times:
        service_s, silent_s = time.service_s(whole), time.silent_s(whole)
        outages = _within(time, whole)
        longest_s = max((_seconds(_overlap(span, whole)) for span in outages), default=0.0)
        share = 1 - silent_s / service_s if service_s else None
        rows.append(
            [time.name, round(service_s), round(silent_s), len(outages), round(longest_s), share]
        )
    rows.sort(key=lambda row: (row[-1] is None, row[-1] if row[-1] is not None else 0))
    columns = ["camera", "service_s", "silent_s", "outages", "longest_s", "available"]
    return Table(columns=columns, rows=rows)
