"""Decides which areas a city gets, best source first, and says which it took and why.

Order: the city's own file; complete boundaries; boundaries cut by the extract; the quarters' name
points (each takes what is nearest to it); the whole extract as one area.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import shapely
from shapely.geometry import MultiPoint, MultiPolygon

from sigap.city.osm.areas_file import read_areas_file
from sigap.city.osm.boundaries import Boundaries, Boundary, Settlement, read_boundaries
from sigap.city.osm.cut_boundaries import reconstruct
from sigap.city.osm.errors import CityImportError, ImportFault
from sigap.city.osm.polygons import as_multipolygon, box_of, box_polygon, center_of, joined
from sigap.city.osm.records import AreaOrigin, AreaRank, AreaRecord, CityAreas
from sigap.core.geometry import Box

# Kelurahan stand on level 7 in Indonesia; other countries use 8 to 10. Deeper is finer.
DEFAULT_LEVELS = (6, 7, 8, 9, 10)
_ENOUGH_COVER = 0.6
_FEWEST_AREAS = 2

Shaped = tuple[Boundary, MultiPolygon]


@dataclass(frozen=True, slots=True)
class AreaWishes:
    """What the city asks for. `levels` are the OSM admin_levels to consider."""

    city_code: str
    city_name: str
    areas_file: Path | None = None
    levels: tuple[int, ...] = DEFAULT_LEVELS


def read_areas(path: Path, bounds: Box, wishes: AreaWishes) -> CityAreas:
    """The areas of a city whose extract covers `bounds`."""
    if wishes.areas_file is not None:
        areas = read_areas_file(wishes.areas_file, wishes.city_code, wishes.city_name)
        _check_overlap(areas, bounds, wishes.areas_file)
        return areas
    found = read_boundaries(path)
    return (
        _from_complete(found, bounds, wishes)
        or _from_cut(found, bounds, wishes)
        or _from_settlements(found, bounds, wishes)
        or _whole(bounds, wishes)
    )


def _check_overlap(areas: CityAreas, bounds: Box, file: Path) -> None:
    if not areas.areas[0].shape.intersects(box_polygon(bounds)):
        raise CityImportError(
            ImportFault.AREAS_ELSEWHERE,
            f"The areas of {file.name} lie outside the extract. Give the areas and the extract of "
            "the same city.",
        )


def _from_complete(found: Boundaries, bounds: Box, wishes: AreaWishes) -> CityAreas | None:
    by_level = {
        level: [(item, item.shape) for item in found.of_level(level) if item.shape is not None]
        for level in wishes.levels
    }
    usable = {level: items for level, items in by_level.items() if len(items) >= _FEWEST_AREAS}
    if not usable:
        return None
    cover = {level: _area(items) for level, items in usable.items()}
    finest = max(lv for lv in usable if cover[lv] >= _ENOUGH_COVER * max(cover.values()))
    if cover[finest] < _ENOUGH_COVER / 3 * box_polygon(bounds).area:
        return None
    coarser = [level for level in usable if level < finest]
    upper = usable[max(coarser)] if coarser else []
    note = f"Areas from the administrative boundaries of admin_level {finest}."
    return _city_areas(AreaOrigin.BOUNDARIES, usable[finest], upper, wishes, (note,))


def _from_cut(found: Boundaries, bounds: Box, wishes: AreaWishes) -> CityAreas | None:
    for level in sorted(wishes.levels, reverse=True):
        if len(found.of_level(level)) < _FEWEST_AREAS:
            continue
        items = reconstruct(found, level, bounds)
        enough = _ENOUGH_COVER * box_polygon(bounds).area
        if len(items) >= _FEWEST_AREAS and _area(items) >= enough:
            note = (
                f"The extract cuts the boundaries of admin_level {level}: the areas hold what lies "
                "inside the extract. A larger extract or --areas gives them whole."
            )
            return _city_areas(AreaOrigin.CUT_BOUNDARIES, items, [], wishes, (note,))
    return None


def _from_settlements(found: Boundaries, bounds: Box, wishes: AreaWishes) -> CityAreas | None:
    frame = box_polygon(bounds)
    inside = [s for s in found.settlements if bounds.contains(s.position)]
    if len(inside) < _FEWEST_AREAS:
        return None
    cells = shapely.voronoi_polygons(
        MultiPoint([(s.position.lon, s.position.lat) for s in inside]), extend_to=frame
    )
    clipped = [as_multipolygon(cell.intersection(frame)) for cell in cells.geoms]
    shapes = [shape for shape in clipped if shape is not None]
    records = [record for s in inside if (record := _cell_of(s, shapes)) is not None]
    note = (
        "The extract holds no usable administrative boundaries: each quarter takes what is nearest "
        "to its name on the map. These are no official borders; give them with --areas."
    )
    return _with_city(AreaOrigin.PLACE_NODES, records, wishes, (note,))


def _cell_of(settlement: Settlement, cells: Sequence[MultiPolygon]) -> AreaRecord | None:
    point = shapely.Point(settlement.position.lon, settlement.position.lat)
    for cell in cells:
        if cell.covers(point):
            code = f"n{settlement.node_id}"
            rank = AreaRank.NEIGHBOURHOOD
            return AreaRecord(code, settlement.name, rank, cell, settlement.position)
    return None


def _whole(bounds: Box, wishes: AreaWishes) -> CityAreas:
    shape = MultiPolygon([box_polygon(bounds)])
    city = AreaRecord(wishes.city_code, wishes.city_name, AreaRank.CITY, shape, center_of(shape))
    note = (
        "The extract holds neither administrative boundaries nor named quarters: the whole of it "
        "is one area. Give the areas with --areas areas.geojson."
    )
    return CityAreas(AreaOrigin.WHOLE, (city,), (note,))


def _city_areas(
    origin: AreaOrigin,
    items: Sequence[Shaped],
    upper: Sequence[Shaped],
    wishes: AreaWishes,
    notes: tuple[str, ...],
) -> CityAreas:
    districts = [_record(item, shape, AreaRank.DISTRICT) for item, shape in upper]
    records = [_record(item, shape, AreaRank.NEIGHBOURHOOD) for item, shape in items]
    placed = [_placed(record, districts) for record in _distinct(records)]
    return _with_city(origin, placed, wishes, notes, _distinct(districts))


def _with_city(
    origin: AreaOrigin,
    finest: Sequence[AreaRecord],
    wishes: AreaWishes,
    notes: tuple[str, ...],
    districts: Sequence[AreaRecord] = (),
) -> CityAreas:
    whole = joined([record.shape for record in finest])
    city = AreaRecord(wishes.city_code, wishes.city_name, AreaRank.CITY, whole, center_of(whole))
    used = {record.parent_code for record in finest}
    upper = [replace(d, parent_code=city.code) for d in districts if d.code in used]
    lower = [r if r.parent_code else replace(r, parent_code=city.code) for r in finest]
    return CityAreas(origin, (city, *upper, *lower), notes)


def _record(item: Boundary, shape: MultiPolygon, rank: AreaRank) -> AreaRecord:
    return AreaRecord(item.code, item.name, rank, shape, center_of(shape))


def _placed(record: AreaRecord, districts: Sequence[AreaRecord]) -> AreaRecord:
    """With the district that holds its centre."""
    point = shapely.Point(record.center.lon, record.center.lat)
    parent = next((d.code for d in districts if d.shape.covers(point)), None)
    return replace(record, parent_code=parent)


def _distinct(records: Sequence[AreaRecord]) -> list[AreaRecord]:
    """Codes made unique: `ref` is only by convention."""
    seen: set[str] = set()
    distinct = []
    for record in records:
        code = record.code
        while code in seen:
            code += "+"
        seen.add(code)
        distinct.append(replace(record, code=code))
    return distinct


def _area(items: Sequence[Shaped]) -> float:
    return float(shapely.union_all([shape for _, shape in items]).area)


def bounds_of(areas: CityAreas) -> Box:
    """The box of the whole city."""
    return box_of(areas.areas[0].shape)
