"""A page per area: what is open there, overdue, counted and watched. Counts only, no persons."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from pydantic import BaseModel
from shapely.geometry import mapping, shape

from sigap.city.models import Area, AreaLevel, City
from sigap.city.queries import city_by_id
from sigap.core import clock
from sigap.core.refusals import NotFound
from sigap.insight.period import parts_of

# About 11 m: invisible at the scale of a city, a tenth of the bytes.
SIMPLIFY_DEG = 0.0001
COORDINATE_DECIMALS = 5
REPORT_DAYS = 30


class LineToday(BaseModel):
    """Crossings of one line since midnight of the city."""

    rule_id: int
    name: str
    camera_id: int
    camera_name: str
    forward: int
    backward: int


class OpenIncident(BaseModel):
    """An incident that is not closed."""

    id: int
    number: int
    priority: int
    state: str
    title: str
    received_at: datetime


class AreaPage(BaseModel):
    """One area as it is now."""

    id: int
    code: str
    name: str
    level: AreaLevel
    parent_id: int | None
    lat: float
    lon: float
    open_by_priority: dict[int, int]
    open_incidents: list[OpenIncident]
    tasks_live: int
    tasks_overdue: int
    cameras: dict[str, int]
    lines_today: list[LineToday]
    reports_30_days: int
    reports_by_state: dict[str, int]


class AreaProperties(BaseModel):
    """An area on the map."""

    id: int
    code: str
    name: str
    level: AreaLevel
    open_incidents: int
    tasks_overdue: int


class AreaFeature(BaseModel):
    """GeoJSON feature."""

    type: str = "Feature"
    id: int
    properties: AreaProperties
    geometry: dict[str, Any]


class AreaMap(BaseModel):
    """GeoJSON feature collection of the areas of one level."""

    type: str = "FeatureCollection"
    features: list[AreaFeature]


@dataclass(frozen=True, slots=True)
class _Outline:
    area: Area
    geometry_json: str


_OPEN_BY_AREA = """
    SELECT area_id, count(*) FROM incidents_incident
    WHERE city_id = %s AND state <> 'closed' AND area_id IS NOT NULL GROUP BY 1
"""
_OVERDUE_BY_AREA = """
    SELECT i.area_id, count(*) FROM followup_task t
    JOIN incidents_incident i ON i.city_id = %s AND i.id = t.incident_id
    WHERE t.city_id = %s AND t.overdue_at IS NOT NULL AND i.area_id IS NOT NULL
      AND t.state IN ('forwarded', 'accepted', 'in_progress', 'reopened', 'returned')
    GROUP BY 1
"""


def area_map(city_id: int, level: AreaLevel | None) -> AreaMap:
    """The areas of `level` (default: the finest) with their open counts."""
    city = city_by_id(city_id)
    outlines = _outlines(city.pk, city.config_version)
    wanted = level or _finest(outlines)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_BY_AREA, [city_id])
        open_counts: dict[int, int] = dict(cursor.fetchall())
        cursor.execute(_OVERDUE_BY_AREA, [city_id, city_id])
        overdue: dict[int, int] = dict(cursor.fetchall())
    below = _below(outlines)
    return AreaMap(
        features=[
            AreaFeature(
                id=outline.area.pk,
                properties=AreaProperties(
                    id=outline.area.pk,
                    code=outline.area.code,
                    name=outline.area.name,
                    level=AreaLevel(outline.area.level),
                    open_incidents=_sum(open_counts, below[outline.area.pk]),
                    tasks_overdue=_sum(overdue, below[outline.area.pk]),
                ),
                geometry=json.loads(outline.geometry_json),
            )
            for outline in outlines
            if outline.area.level == wanted
        ]
    )


@lru_cache(maxsize=16)
def _outlines(city_id: int, version: int) -> tuple[_Outline, ...]:
    """The simplified outlines; `version` is part of the key, so that an import is seen."""
    areas = Area.objects.filter(city_id=city_id, current=True).order_by("name", "id")
    return tuple(_Outline(area, _simplified(area)) for area in areas)


def _simplified(area: Area) -> str:
    outline = shape(area.geometry).simplify(SIMPLIFY_DEG, preserve_topology=True)
    geometry = json.loads(
        json.dumps(mapping(outline)), parse_float=lambda t: round(float(t), COORDINATE_DECIMALS)
    )
    return json.dumps(geometry)


def _finest(outlines: tuple[_Outline, ...]) -> AreaLevel:
    order = (AreaLevel.NEIGHBOURHOOD, AreaLevel.DISTRICT, AreaLevel.CITY)
    present = {outline.area.level for outline in outlines}
    return next((level for level in order if level in present), AreaLevel.CITY)


def _below(outlines: tuple[_Outline, ...]) -> dict[int, set[int]]:
    """Every area's own id and those of all areas in it."""
    parents = {outline.area.pk: outline.area.parent_id for outline in outlines}
    below: dict[int, set[int]] = {area_id: set() for area_id in parents}
    for area_id in parents:
        upper: int | None = area_id
        while upper is not None and upper in below and area_id not in below[upper]:
            below[upper].add(area_id)
            upper = parents[upper]
    return below


def _sum(counts: dict[int, int], ids: set[int]) -> int:
    return sum(counts.get(area_id, 0) for area_id in ids)


_INCIDENTS = """
    SELECT id, number, priority, state, title, received_at FROM incidents_incident
    WHERE city_id = %(city)s AND state <> 'closed' AND area_id = ANY (%(areas)s)
    ORDER BY priority, received_at
"""
_TASKS = """
    SELECT count(*), count(*) FILTER (WHERE t.overdue_at IS NOT NULL) FROM followup_task t
    JOIN incidents_incident i ON i.city_id = %(city)s AND i.id = t.incident_id
    WHERE t.city_id = %(city)s AND i.area_id = ANY (%(areas)s)
      AND t.state IN ('forwarded', 'accepted', 'in_progress', 'reopened', 'returned')
"""
_CAMERAS = """
    SELECT state, count(*) FROM cctv_camera
    WHERE city_id = %(city)s AND area_id = ANY (%(areas)s) GROUP BY 1
"""
_LINES = """
    SELECT r.id, r.name, c.id, c.name, coalesce(sum(n.forward), 0), coalesce(sum(n.backward), 0)
    FROM cctv_rule r JOIN cctv_camera c ON c.city_id = %(city)s AND c.id = r.camera_id
    LEFT JOIN cctv_linecount n
      ON n.city_id = %(city)s AND n.rule_id = r.id AND n.minute >= %(today)s
    WHERE r.city_id = %(city)s AND r.kind = 'line' AND r.removed_at IS NULL
      AND c.area_id = ANY (%(areas)s)
    GROUP BY 1, 2, 3, 4 ORDER BY c.name, r.name
"""
_REPORTS = """
    SELECT r.state, count(*) FROM intake_report r
    JOIN intake_signal s ON s.city_id = %(city)s AND s.id = r.signal_id
    WHERE r.city_id = %(city)s AND s.area_id = ANY (%(areas)s) AND s.received_at >= %(month)s
    GROUP BY 1 ORDER BY 1
"""
SHOWN_INCIDENTS = 50


def area_page(city_id: int, area_id: int) -> AreaPage:
    """One area with all that lies in it. Raises NotFound."""
    area = Area.objects.filter(city_id=city_id, pk=area_id).first()
    if area is None:
        raise NotFound("area")
    parameters = _parameters(area, city_by_id(city_id))
    with connection.cursor() as cursor:
        cursor.execute(_INCIDENTS, parameters)
        incidents = cursor.fetchall()
        cursor.execute(_TASKS, parameters)
        live, overdue = cursor.fetchone() or (0, 0)
        cursor.execute(_CAMERAS, parameters)
        cameras: dict[str, int] = dict(cursor.fetchall())
        cursor.execute(_LINES, parameters)
        lines = [
            LineToday(**dict(zip(_LINE_FIELDS, row, strict=True))) for row in cursor.fetchall()
        ]
        cursor.execute(_REPORTS, parameters)
        reports: dict[str, int] = dict(cursor.fetchall())
    shown = incidents[:SHOWN_INCIDENTS]
    return AreaPage(
        id=area.pk,
        code=area.code,
        name=area.name,
        level=AreaLevel(area.level),
        parent_id=area.parent_id,
        lat=area.center_lat,
        lon=area.center_lon,
        open_by_priority={p: sum(row[2] == p for row in incidents) for p in (1, 2, 3, 4)},
        open_incidents=[
            OpenIncident(**dict(zip(OpenIncident.model_fields, row, strict=True))) for row in shown
        ],
        tasks_live=live,
        tasks_overdue=overdue,
        cameras=cameras,
        lines_today=lines,
        reports_30_days=sum(reports.values()),
        reports_by_state=reports,
    )


_LINE_FIELDS = ("rule_id", "name", "camera_id", "camera_name", "forward", "backward")


def _parameters(area: Area, city: City) -> dict[str, Any]:
    now = clock.now().astimezone(ZoneInfo(city.time_zone))
    return {
        "city": city.pk,
        "areas": list(parts_of(area)),
        "today": now.replace(hour=0, minute=0, second=0, microsecond=0),
        "month": now - timedelta(days=REPORT_DAYS),
    }
