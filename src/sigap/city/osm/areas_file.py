"""Areas from a GeoJSON file that the city gives (`--areas`): official codes and names.

Reads the property names that Indonesian and international sources use. Where codes are dotted
(36.71.01.1001), their stem names the district.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shapely.geometry import MultiPolygon, shape

from sigap.city.osm.errors import CityImportError, ImportFault
from sigap.city.osm.polygons import as_multipolygon, center_of, joined
from sigap.city.osm.records import AreaOrigin, AreaRank, AreaRecord, CityAreas

_CODE_KEYS = ("kode", "code", "kode_kelurahan", "kode_desa", "kd_kelurahan", "kdepum", "ref", "id")
_NAME_KEYS = ("nama", "name", "kelurahan", "desa", "wadmkd", "namobj", "nm_kelurahan")
_PARENT_KEYS = ("kecamatan", "wadmkc", "nm_kecamatan", "district", "parent")
_CODE_LIMIT = 32
LIMIT_BYTES = 200 * 2**20


def read_areas_file(path: Path, city_code: str, city_name: str) -> CityAreas:
    """Raises CityImportError(BAD_AREAS) that names the fault and the feature."""
    records = [_record(index, item) for index, item in enumerate(_features(path))]
    _check_unique(records)
    districts = _districts(records)
    whole = joined([record.shape for record, _ in records])
    city = AreaRecord(city_code, city_name, AreaRank.CITY, whole, center_of(whole))
    finest = tuple(record for record, _ in records)
    upper = [_under(district, city) for district in districts]
    lower = finest if districts else tuple(_under(record, city) for record in finest)
    notes = _notes(records, districts)
    return CityAreas(AreaOrigin.FILE, (city, *upper, *lower), notes)


def _features(path: Path) -> list[Mapping[str, Any]]:
    if not path.is_file():
        raise CityImportError(ImportFault.MISSING_FILE, f"There is no areas file {path}.")
    if path.stat().st_size > LIMIT_BYTES:
        raise _bad(f"{path.name} is larger than {LIMIT_BYTES / 2**20:.0f} MiB; simplify it first.")
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise _bad(
            f"{path.name} is not JSON ({error}). Give a GeoJSON FeatureCollection."
        ) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        raise _bad(f"{path.name} holds no features. Give a GeoJSON FeatureCollection of polygons.")
    return features


def _record(index: int, feature: Mapping[str, Any]) -> tuple[AreaRecord, str]:
    """The area and the name of its district, empty where the file has none."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise _bad(f"Feature {index + 1} of the areas file has no properties.")
    values = {str(key).lower(): value for key, value in properties.items()}
    code, name = _first(values, _CODE_KEYS), _first(values, _NAME_KEYS)
    if not code or not name:
        raise _bad(
            f"Feature {index + 1} of the areas file lacks a code ({', '.join(_CODE_KEYS)}) or a "
            f"name ({', '.join(_NAME_KEYS)})."
        )
    if len(code) > _CODE_LIMIT:
        raise _bad(f"Feature {index + 1} of the areas file has a code of over {_CODE_LIMIT} signs.")
    polygon = _polygon(index, feature)
    stem = code.rsplit(".", 1)[0] if code.count(".") >= 2 else None
    record = AreaRecord(code, name, AreaRank.NEIGHBOURHOOD, polygon, center_of(polygon), stem)
    return record, _first(values, _PARENT_KEYS)


def _polygon(index: int, feature: Mapping[str, Any]) -> MultiPolygon:
    try:
        polygon = as_multipolygon(shape(feature["geometry"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _bad(
            f"Feature {index + 1} of the areas file has no usable polygon: {error}"
        ) from None
    if polygon is None:
        raise _bad(f"Feature {index + 1} of the areas file is not a polygon with an area.")
    west, south, east, north = polygon.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise _bad(
            f"Feature {index + 1} of the areas file lies outside the range of degrees; convert the "
            "file to WGS 84 longitude and latitude."
        )
    return polygon


def _check_unique(records: list[tuple[AreaRecord, str]]) -> None:
    seen: set[str] = set()
    for record, _ in records:
        if record.code in seen:
            raise _bad(f"The code {record.code} stands twice in the areas file.")
        seen.add(record.code)


def _districts(records: list[tuple[AreaRecord, str]]) -> list[AreaRecord]:
    """One area for each stem of codes; none where codes have no common stem to speak of."""
    stems = {record.parent_code for record, _ in records}
    if None in stems or len(stems) < 2:
        return []
    districts = []
    for stem in sorted(str(stem) for stem in stems):
        members = [(record, name) for record, name in records if record.parent_code == stem]
        merged = joined([record.shape for record, _ in members])
        name = members[0][1] or stem
        districts.append(AreaRecord(stem, name, AreaRank.DISTRICT, merged, center_of(merged)))
    return districts


def _under(record: AreaRecord, parent: AreaRecord) -> AreaRecord:
    return AreaRecord(
        record.code, record.name, record.rank, record.shape, record.center, parent.code
    )


def _notes(records: list[tuple[AreaRecord, str]], districts: list[AreaRecord]) -> tuple[str, ...]:
    if districts and not any(name for _, name in records):
        note = (
            "The areas file names no districts: they carry the stem of their codes as name. Give "
            "them names in the administration pages."
        )
        return (note,)
    return ()


def _first(values: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = values.get(key)
        if value is not None and str(value).strip():
            return str(value).strip()
    return ""


def _bad(message: str) -> CityImportError:
    return CityImportError(ImportFault.BAD_AREAS, message)
