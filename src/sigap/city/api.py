"""Routes of the city: what is configured, and the gazetteer as typed."""

from typing import Any

from ninja import Query, Router
from pydantic import BaseModel, Field

from sigap.accounts.routing import Access, ActorRequest, operation
from sigap.city.models import Agency, Area, AreaLevel, Category, PlaceKind
from sigap.city.queries import area_at, city_by_id, require_in_city
from sigap.city.search import search_places
from sigap.core.geometry import LatLon
from sigap.core.locating import PlaceIn

router = Router(tags=["city"])


class AgencyOut(BaseModel):
    """An agency inside or outside the city government."""

    id: int
    code: str
    name: str
    kind: str
    inside_city_government: bool
    phone: str


class CategoryOut(BaseModel):
    """A category with its responsible agency, priority and clocks."""

    code: str
    name_id: str
    name_en: str
    icon: str
    agency_id: int
    priority: int
    emergency: bool
    required_capabilities: list[str]
    acknowledge_limit_s: int
    resolve_limit_h: int


class AreaOut(BaseModel):
    """An area without its geometry."""

    id: int
    code: str
    name: str
    level: AreaLevel
    parent_id: int | None
    lat: float
    lon: float


class CityOut(BaseModel):
    """The city as the console needs it. `bbox` is west, south, east, north."""

    id: int
    code: str
    name: str
    time_zone: str
    emergency_number: str
    center: tuple[float, float]
    bbox: tuple[float, float, float, float]
    config_version: int
    agencies: list[AgencyOut]
    categories: list[CategoryOut]
    areas: list[AreaOut]


class AreaCollection(BaseModel):
    """GeoJSON of the areas."""

    type: str = "FeatureCollection"
    features: list[dict[str, Any]]


class AreaLevelQuery(BaseModel):
    """Which level; None: the finest that the city has."""

    level: AreaLevel | None = Field(default=None)


class PlaceQuery(BaseModel):
    """What the caller says; `lat` and `lon` prefer the closer of equals."""

    q: str = Field(min_length=1, max_length=120)
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    limit: int = Field(default=10, ge=1, le=30)


class PlaceOut(BaseModel):
    """A place of the gazetteer."""

    id: int
    name: str
    kind: PlaceKind
    lat: float
    lon: float
    area_name: str


class AreaAt(BaseModel):
    """The finest area that holds a point; None between areas."""

    area_id: int | None
    area_name: str


@operation(router, "GET", "/places", permission=Access.SIGNED_IN, response=list[PlaceOut])
def find_places(request: ActorRequest, wanted: Query[PlaceQuery]) -> list[PlaceOut]:
    """Streets, landmarks and areas as typed, best first."""
    near = LatLon(wanted.lat, wanted.lon) if wanted.lat and wanted.lon else None
    found = search_places(request.actor.city, wanted.q, limit=wanted.limit, near=near)
    return [
        PlaceOut(
            id=place.id,
            name=place.name,
            kind=place.kind,
            lat=place.position.lat,
            lon=place.position.lon,
            area_name=place.area_name,
        )
        for place in found
    ]


@operation(router, "GET", "/city/area-at", permission=Access.SIGNED_IN, response=AreaAt)
def locate_area(request: ActorRequest, wanted: Query[PlaceIn]) -> AreaAt:
    """The area at a point, for a pin on the map. Refuses points outside the city."""
    city = city_by_id(request.actor.city)
    area_id = area_at(city, require_in_city(city, wanted.point()))
    area = Area.objects.filter(city=city, pk=area_id or 0).first()
    return AreaAt(area_id=area_id, area_name=area.name if area else "")


@operation(router, "GET", "/city", permission=Access.SIGNED_IN, response=CityOut)
def get_city(request: ActorRequest) -> CityOut:
    """The actor's city: agencies, categories, areas."""
    city = city_by_id(request.actor.city)
    return CityOut(
        id=city.pk,
        code=city.code,
        name=city.name,
        time_zone=city.time_zone,
        emergency_number=city.emergency_number,
        center=(city.center_lat, city.center_lon),
        bbox=(city.west, city.south, city.east, city.north),
        config_version=city.config_version,
        agencies=[_agency(a) for a in Agency.objects.filter(city=city, active=True)],
        categories=[_category(c) for c in Category.objects.filter(city=city, active=True)],
        areas=[_area(a) for a in Area.objects.filter(city=city, current=True).order_by("name")],
    )


@operation(router, "GET", "/city/areas", permission=Access.SIGNED_IN, response=AreaCollection)
def get_areas(request: ActorRequest, wanted: Query[AreaLevelQuery]) -> AreaCollection:
    """The city's areas as GeoJSON, for the map."""
    areas = Area.objects.filter(city_id=request.actor.city, current=True)
    level = wanted.level or _finest(set(areas.values_list("level", flat=True)))
    features = [
        {
            "type": "Feature",
            "id": area.pk,
            "properties": {"id": area.pk, "code": area.code, "name": area.name},
            "geometry": area.geometry,
        }
        for area in areas.filter(level=level)
    ]
    return AreaCollection(features=features)


def _finest(levels: set[str]) -> AreaLevel:
    order = (AreaLevel.NEIGHBOURHOOD, AreaLevel.DISTRICT, AreaLevel.CITY)
    return next((level for level in order if level in levels), AreaLevel.CITY)


def _agency(agency: Agency) -> AgencyOut:
    return AgencyOut(
        id=agency.pk,
        code=agency.code,
        name=agency.name,
        kind=agency.kind,
        inside_city_government=agency.inside_city_government,
        phone=agency.phone,
    )


def _category(category: Category) -> CategoryOut:
    return CategoryOut(
        code=category.code,
        name_id=category.name_id,
        name_en=category.name_en,
        icon=category.icon,
        agency_id=category.agency_id,
        priority=category.priority,
        emergency=category.emergency,
        required_capabilities=category.required_capabilities,
        acknowledge_limit_s=category.acknowledge_limit_s,
        resolve_limit_h=category.resolve_limit_h,
    )


def _area(area: Area) -> AreaOut:
    return AreaOut(
        id=area.pk,
        code=area.code,
        name=area.name,
        level=AreaLevel(area.level),
        parent_id=area.parent_id,
        lat=area.center_lat,
        lon=area.center_lon,
    )
