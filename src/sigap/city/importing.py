"""One extract into the database: city, areas, gazetteer, stations; road graph and map as files.

Idempotent: what was imported before is updated in place under its own id, an area that is gone is
kept as not current, and an import of the same files again does nothing. One transaction.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from shapely.geometry import mapping

from sigap.city.actions import NewCity, apply_presets, create_city
from sigap.city.events import CityImported
from sigap.city.models import Area, City, Place
from sigap.city.osm.areas import DEFAULT_LEVELS, AreaWishes
from sigap.city.osm.extract import MANIFEST_FILE, CityExtract, Progress, read_extract
from sigap.city.osm.records import AreaRank, AreaRecord, PlaceRecord, PlaceType
from sigap.city.osm.source import DEFAULT_LIMIT_BYTES
from sigap.city.search_text import name_words, stored_text
from sigap.city.stations import place_stations
from sigap.core.actor import Actor
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work

# Raised when what is made of an extract changes, so that the same file is imported again.
IMPORT_VERSION = 1
_BATCH = 2000
_DECIMALS = 6
_IMPORT_LOCK = 7_403_112


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import as which city. `levels` are the OSM admin_levels that areas come from."""

    extract: Path
    code: str
    name: str
    time_zone: str = "Asia/Jakarta"
    areas_file: Path | None = None
    levels: tuple[int, ...] = DEFAULT_LEVELS
    limit_bytes: int = DEFAULT_LIMIT_BYTES


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; `unchanged` where the same files had been imported before."""

    city_id: int
    created: bool
    unchanged: bool
    areas: int
    places: int
    stations: int
    road_edges: int
    area_origin: str
    notes: tuple[str, ...]


def import_city(
    actor: Actor, request: ImportRequest, *, folder: Path, progress: Progress | None = None
) -> ImportReport:
    """Import `request` with its files in `folder` (settings.TILES). Raises CityImportError; the
    database and the files are then as before."""
    files = folder / request.code
    print_of_files = _fingerprint(request)
    known = _already_imported(request, files, print_of_files)
    if known is not None:
        return known
    wishes = AreaWishes(request.code, request.name, request.areas_file, request.levels)
    with read_extract(
        request.extract, files, wishes, progress=progress, limit_bytes=request.limit_bytes
    ) as extract:
        return _store(actor, request, extract, print_of_files)


def _store(
    actor: Actor, request: ImportRequest, extract: CityExtract, print_of_files: str
) -> ImportReport:
    with transaction.atomic():
        _wait_for_others()
        city, created = _city(actor, request, extract)
        with unit_of_work(actor.in_city(city.pk), city.pk) as work:
            areas = _store_areas(city, extract.areas.areas)
            places = _store_places(city, extract, areas)
            stations = place_stations(actor.in_city(city.pk), city)
            work.record(
                CityImported(
                    areas=len(areas),
                    places=places,
                    road_edges=extract.road_counts.edges,
                    source_sha256=extract.source.sha256,
                )
            )
            report = ImportReport(
                city_id=city.pk,
                created=created,
                unchanged=False,
                areas=len(areas),
                places=places,
                stations=stations,
                road_edges=extract.road_counts.edges,
                area_origin=extract.areas.origin.value,
                notes=extract.areas.notes,
            )
            _add_to_manifest(extract, print_of_files, report)
            # Last, and inside: where the files cannot be moved, the rows go back too.
            extract.publish()
    return report


def _wait_for_others() -> None:
    """Two imports at once would each take the other's places for outdated."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])


def _city(actor: Actor, request: ImportRequest, extract: CityExtract) -> tuple[City, bool]:
    box = extract.bounds
    city = City.objects.select_for_update().filter(code=request.code).first()
    if city is None:
        city = create_city(actor, NewCity(request.code, request.name, box, request.time_zone))
        apply_presets(actor.in_city(city.pk), city)
        return city, True
    city.name = request.name
    city.time_zone = request.time_zone
    city.south, city.west, city.north, city.east = box.south, box.west, box.north, box.east
    city.center_lat, city.center_lon = (box.south + box.north) / 2, (box.west + box.east) / 2
    city.config_version += 1
    city.save()
    return city, False


def _store_areas(city: City, records: Sequence[AreaRecord]) -> dict[str, Area]:
    """Areas of the finest rank by code. Parents come before their children."""
    present = {(area.level, area.code): area for area in Area.objects.filter(city=city)}
    stored: dict[tuple[AreaRank, str], Area] = {}
    gone = set(present)
    for record in records:
        key = (record.rank.value, record.code)
        gone.discard(key)
        area = present.get(key) or Area(city=city, level=record.rank.value, code=record.code)
        area.name = record.name[:120]
        area.geometry = _geojson(record)
        area.center_lat, area.center_lon = record.center.lat, record.center.lon
        area.parent = _parent(record, stored)
        area.current = True
        area.save()
        stored[record.rank, record.code] = area
    Area.objects.filter(pk__in=[present[key].pk for key in gone]).update(current=False)
    finest = records[-1].rank
    return {code: area for (rank, code), area in stored.items() if rank is finest}


def _parent(record: AreaRecord, stored: dict[tuple[AreaRank, str], Area]) -> Area | None:
    for rank in (AreaRank.DISTRICT, AreaRank.CITY):
        if rank is not record.rank and record.parent_code is not None:
            parent = stored.get((rank, record.parent_code))
            if parent is not None:
                return parent
    return None


def _geojson(record: AreaRecord) -> dict[str, Any]:
    """Coordinates to 11 cm: more digits than that are noise."""
    shape: dict[str, Any] = mapping(record.shape)
    return {"type": shape["type"], "coordinates": _rounded(shape["coordinates"])}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS)
    return [_rounded(item) for item in value]


def _store_places(city: City, extract: CityExtract, areas: dict[str, Area]) -> int:
    places = [_place(city, record, areas) for record in extract.places]
    places += _area_places(city, extract, areas)
    Place.objects.bulk_create(
        places,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["city", "source_ref"],
        update_fields=["name", "kind", "lat", "lon", "area", "search_text"],
    )
    refs = {place.source_ref for place in places}
    rows = Place.objects.filter(city=city).values_list("pk", "source_ref")
    outdated = [pk for pk, ref in rows if ref not in refs]
    Place.objects.filter(pk__in=outdated).delete()
    return len(places)


def _place(city: City, record: PlaceRecord, areas: dict[str, Area]) -> Place:
    area = areas.get(record.area_code or "")
    area_name = area.name if area is not None and len(areas) > 1 else ""
    return Place(
        city=city,
        source_ref=record.source_ref,
        name=record.name,
        kind=record.kind.value,
        lat=record.position.lat,
        lon=record.position.lon,
        area=area,
        search_text=stored_text([record.name, *record.alt_names], area_name),
    )


def _area_places(city: City, extract: CityExtract, areas: dict[str, Area]) -> list[Place]:
    """Areas can be looked for too, unless the map names them itself."""
    named = {name_words(p.name) for p in extract.places if p.kind is PlaceType.AREA}
    return [
        Place(
            city=city,
            source_ref=f"area:{record.rank.value[0]}:{record.code}"[:40],
            name=record.name[:200],
            kind=PlaceType.AREA.value,
            lat=record.center.lat,
            lon=record.center.lon,
            area=areas.get(record.code),
            search_text=stored_text([record.name], ""),
        )
        for record in extract.areas.areas
        if record.rank is not AreaRank.CITY and name_words(record.name) not in named
    ]


def _fingerprint(request: ImportRequest) -> str:
    """Of all that the result depends on; an unreadable file is left to `read_extract` to refuse."""
    digest = hashlib.sha256(
        repr((IMPORT_VERSION, request.name, request.time_zone, request.levels)).encode()
    )
    for path in (request.extract, request.areas_file):
        if path is not None and path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _add_to_manifest(extract: CityExtract, print_of_files: str, report: ImportReport) -> None:
    path = extract.staging / MANIFEST_FILE
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["fingerprint"] = print_of_files
    manifest["report"] = asdict(report)
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _already_imported(
    request: ImportRequest, files: Path, print_of_files: str
) -> ImportReport | None:
    """The earlier report, if the same files stand in this database and on this disk."""
    try:
        manifest = json.loads((files / MANIFEST_FILE).read_text(encoding="utf-8"))
        earlier = manifest["report"]
        if manifest["fingerprint"] != print_of_files:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    city = City.objects.filter(code=request.code).first()
    if city is None:
        return None
    with reading(city.pk):
        complete = Place.objects.filter(city=city).exists() or earlier["places"] == 0
        if not complete or not Area.objects.filter(city=city, current=True).exists():
            return None
    told = {**earlier, "city_id": city.pk, "created": False, "unchanged": True, "stations": 0}
    return ImportReport(**{**told, "notes": tuple(earlier["notes"])})
