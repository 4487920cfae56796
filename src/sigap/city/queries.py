"""Reading the city: which area a point lies in, what is configured."""

from dataclasses import dataclass
from functools import lru_cache

import shapely
from shapely import STRtree
from shapely.geometry import shape

from sigap.city.models import Area, AreaLevel, Category, City
from sigap.core.geometry import Box, LatLon
from sigap.core.refusals import Invalid, NotFound


@dataclass(frozen=True, slots=True)
class AreaIndex:
    """The finest areas of one city, ready for point look-ups."""

    ids: tuple[int, ...]
    tree: STRtree

    def area_at(self, point: LatLon) -> int | None:
        """The area that holds `point`; None if none does."""
        hits = self.tree.query(shapely.Point(point.lon, point.lat), predicate="intersects")
        return self.ids[int(hits.min())] if len(hits) else None


@lru_cache(maxsize=64)
def _area_index(city_id: int, version: int) -> AreaIndex:
    finest = [AreaLevel.NEIGHBOURHOOD, AreaLevel.DISTRICT, AreaLevel.CITY]
    areas = Area.objects.filter(city_id=city_id, current=True).order_by("id")
    rows = list(areas.values_list("id", "geometry", "level"))
    # The finest areas come first, so that the lowest index of the hits is the finest area.
    rows.sort(key=lambda row: finest.index(AreaLevel(row[2])))
    return AreaIndex(
        ids=tuple(row[0] for row in rows), tree=STRtree([shape(row[1]) for row in rows])
    )


def area_at(city: City, point: LatLon) -> int | None:
    """The id of the finest area of `city` that holds `point`."""
    return _area_index(city.pk, city.config_version).area_at(point)


def bounds(city: City) -> Box:
    """The box of coordinates that the city accepts."""
    return Box(city.south, city.west, city.north, city.east)


def require_in_city(city: City, point: LatLon) -> LatLon:
    """`point`, if it lies in the city's bounds. Raises Invalid("outside_city")."""
    if not point.is_valid() or not bounds(city).contains(point):
        raise Invalid(
            "outside_city",
            f"This place lies outside {city.name}. Choose a place inside the city.",
            city=city.name,
        )
    return point


def city_by_id(city_id: int) -> City:
    """The city. Raises NotFound."""
    city = City.objects.filter(pk=city_id).first()
    if city is None:
        raise NotFound("city")
    return city


def city_by_code(code: str) -> City:
    """The city with `code`. Raises NotFound."""
    city = City.objects.filter(code=code).first()
    if city is None:
        raise NotFound("city")
    return city


def category_by_code(city_id: int, code: str) -> Category:
    """An active category. Raises Invalid("unknown_category")."""
    category = (
        Category.objects.filter(city_id=city_id, code=code, active=True)
        .select_related("agency")
        .first()
    )
    if category is None:
        raise Invalid("unknown_category", f"There is no category {code!r}.", field="category")
    return category
