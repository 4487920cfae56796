"""What an extract yields for the database: areas and gazetteer entries. Plain records.

Made by `areas*` and `gazetteer*`; written to the database by `sigap.city.importing`.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from shapely.geometry import MultiPolygon

from sigap.core.geometry import LatLon


class AreaRank(StrEnum):
    """Place of an area in the city; the values are those of `sigap.city.models.AreaLevel`."""

    CITY = "city"
    DISTRICT = "district"
    NEIGHBOURHOOD = "neighbourhood"


class AreaOrigin(StrEnum):
    """Where the polygons of a city come from, best first."""

    FILE = "file"
    BOUNDARIES = "boundaries"
    CUT_BOUNDARIES = "cut_boundaries"
    PLACE_NODES = "place_nodes"
    WHOLE = "whole"


class PlaceType(StrEnum):
    """Kind of a gazetteer entry; the values are those of `sigap.city.models.PlaceKind`."""

    STREET = "street"
    LANDMARK = "landmark"
    HOSPITAL = "hospital"
    POLICE = "police"
    FIRE_STATION = "fire_station"
    SCHOOL = "school"
    WORSHIP = "worship"
    TRANSPORT = "transport"
    SHOP = "shop"
    SQUARE = "square"
    AREA = "area"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """One area. `code` is unique within its rank; `parent_code` is a code of the rank above."""

    code: str
    name: str
    rank: AreaRank
    shape: MultiPolygon
    center: LatLon
    parent_code: str | None = None


@dataclass(frozen=True, slots=True)
class CityAreas:
    """All areas of a city, coarse before fine, and how they were come by."""

    origin: AreaOrigin
    areas: tuple[AreaRecord, ...]
    notes: tuple[str, ...] = ()

    def finest(self) -> list[AreaRecord]:
        """Areas of the finest rank present."""
        rank = self.areas[-1].rank
        return [area for area in self.areas if area.rank is rank]


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """One gazetteer entry. `source_ref` is "n", "w" or "r" and the OSM id; a street takes the
    lowest id of its ways and the code of its area. `area_code` is a code of the finest rank, None
    outside all areas."""

    source_ref: str
    name: str
    kind: PlaceType
    position: LatLon
    area_code: str | None
    alt_names: tuple[str, ...] = field(default=())
