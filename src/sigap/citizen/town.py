"""What anybody may know of a city: its name, areas, categories, and recent reports, coarsely."""

from datetime import datetime, timedelta

from pydantic import BaseModel

from sigap.city.models import Area, AreaLevel, Category, City
from sigap.city.queries import area_at, bounds
from sigap.core import clock
from sigap.core.geometry import LatLon, box_around
from sigap.intake.models import Report
from sigap.intake.transitions import ReportState

# About 110 m: which street corner, not which house.
COARSE_DECIMALS = 3
RECENT = timedelta(days=30)
NEARBY_LIMIT = 100
NEARBY_RADIUS_M = 3000.0
HIDDEN_STATES = (ReportState.REJECTED.value, ReportState.DUPLICATE.value)


class CityName(BaseModel):
    """A city of the deployment."""

    code: str
    name: str


class OfferedCategory(BaseModel):
    """A category that citizens may choose, and who answers for it."""

    code: str
    name_id: str
    name_en: str
    icon: str
    agency_name: str
    inside_city_government: bool
    resolve_limit_h: int
    legal_basis: str


class AreaName(BaseModel):
    """A part of the city, without its outline."""

    id: int
    name: str
    level: AreaLevel
    lat: float
    lon: float


class CityInfo(BaseModel):
    """What the citizen's page needs to begin. `box`: [west, south, east, north]."""

    code: str
    name: str
    time_zone: str
    emergency_number: str
    lat: float
    lon: float
    box: tuple[float, float, float, float]
    base_map: str
    categories: list[OfferedCategory]
    areas: list[AreaName]


class Where(BaseModel):
    """Whether a point lies in the city, and in which area."""

    inside: bool
    area_id: int | None
    area_name: str


class NearbyReport(BaseModel):
    """A recent report of somebody: rough place, no words, no photo, no code."""

    category: str
    category_name_id: str
    category_name_en: str
    icon: str
    state: ReportState
    lat: float
    lon: float
    area_name: str
    received_on: datetime


def city_names() -> list[CityName]:
    """All cities of the deployment."""
    return [CityName(code=c.code, name=c.name) for c in City.objects.order_by("name")]


def info_of(city: City) -> CityInfo:
    """The city's public face; inside a transaction of the city."""
    categories = Category.objects.filter(city=city, active=True, offered_to_citizens=True)
    areas = Area.objects.filter(city=city, current=True).defer("geometry").order_by("name")
    return CityInfo(
        code=city.code,
        name=city.name,
        time_zone=city.time_zone,
        emergency_number=city.emergency_number,
        lat=city.center_lat,
        lon=city.center_lon,
        box=(city.west, city.south, city.east, city.north),
        base_map=f"/tiles/{city.code}.pmtiles",
        categories=[_offered(category) for category in categories.select_related("agency")],
        areas=[
            AreaName(
                id=area.pk,
                name=area.name,
                level=AreaLevel(area.level),
                lat=area.center_lat,
                lon=area.center_lon,
            )
            for area in areas
        ],
    )


def _offered(category: Category) -> OfferedCategory:
    return OfferedCategory(
        code=category.code,
        name_id=category.name_id,
        name_en=category.name_en,
        icon=category.icon,
        agency_name=category.agency.name,
        inside_city_government=category.agency.inside_city_government,
        resolve_limit_h=category.resolve_limit_h,
        legal_basis=category.legal_basis,
    )


def where(city: City, point: LatLon) -> Where:
    """The area of a point; inside a transaction of the city."""
    inside = bounds(city).contains(point)
    area_id = area_at(city, point) if inside else None
    name = "" if area_id is None else Area.objects.values_list("name", flat=True).get(pk=area_id)
    return Where(inside=inside, area_id=area_id, area_name=name)


def nearby_reports(city: City, around: LatLon | None) -> list[NearbyReport]:
    """Recent reports, newest first; nothing urgent, rejected or of emergency categories."""
    reports = (
        Report.objects.filter(
            city=city,
            signal__received_at__gte=clock.now() - RECENT,
            signal__priority__gt=1,
            signal__category__offered_to_citizens=True,
            signal__lat__isnull=False,
        )
        .exclude(state__in=HIDDEN_STATES)
        .select_related("signal__category", "signal__area")
        .order_by("-id")
    )
    if around is not None:
        box = box_around(around, NEARBY_RADIUS_M)
        reports = reports.filter(
            signal__lat__range=(box.south, box.north), signal__lon__range=(box.west, box.east)
        )
    return [found for report in reports[:NEARBY_LIMIT] if (found := _coarse(report)) is not None]


def _coarse(report: Report) -> NearbyReport | None:
    signal = report.signal
    if signal.category is None or signal.lat is None or signal.lon is None:
        return None
    return NearbyReport(
        category=signal.category.code,
        category_name_id=signal.category.name_id,
        category_name_en=signal.category.name_en,
        icon=signal.category.icon,
        state=ReportState(report.state),
        lat=round(signal.lat, COARSE_DECIMALS),
        lon=round(signal.lon, COARSE_DECIMALS),
        area_name=signal.area.name if signal.area else "",
        # The hour is enough to be useful and too little to single somebody out.
        received_on=signal.received_at.replace(minute=0, second=0, microsecond=0),
    )
