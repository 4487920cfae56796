"""One extract → everything a city needs. The entry of this package.

`read_extract` works in a staging folder; `CityExtract.publish` moves the files into place once the
database has taken the rest, so that a failed import leaves what was there before.
"""

import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from sigap.city.osm.areas import AreaWishes, bounds_of, read_areas
from sigap.city.osm.basemap import ATTRIBUTION, build_basemap
from sigap.city.osm.gazetteer import read_gazetteer
from sigap.city.osm.records import CityAreas, PlaceRecord
from sigap.city.osm.roads.build import RoadCounts, build_roads
from sigap.city.osm.roads.graph import RoadGraph
from sigap.city.osm.source import (
    DEFAULT_LIMIT_BYTES,
    ExtractSource,
    check_source,
    writing,
)
from sigap.core.geometry import Box

ROADS_FILE = "roads.npz"
BASEMAP_FILE = "basemap.pmtiles"
MANIFEST_FILE = "manifest.json"
_ABANDONED_AFTER_S = 6 * 3600
LICENCE_NOTE = (
    "Map data from OpenStreetMap, available under the Open Database License (ODbL) 1.0: "
    "https://www.openstreetmap.org/copyright. Attribution must be shown wherever the map is."
)


class ImportStep(StrEnum):
    """What an import is doing; in this order."""

    CHECK = "check"
    ROADS = "roads"
    AREAS = "areas"
    GAZETTEER = "gazetteer"
    BASE_MAP = "base_map"
    READY = "ready"


Progress = Callable[[ImportStep], None]


@dataclass(frozen=True, slots=True)
class CityExtract:
    """What was read, and the files that wait to be published."""

    source: ExtractSource
    bounds: Box
    areas: CityAreas
    places: tuple[PlaceRecord, ...]
    road_counts: RoadCounts
    staging: Path
    folder: Path

    def publish(self) -> None:
        """Each file is replaced in one step, the manifest last."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in (ROADS_FILE, BASEMAP_FILE, MANIFEST_FILE):
            (self.staging / name).replace(self.folder / name)


@contextmanager
def read_extract(
    path: Path,
    folder: Path,
    wishes: AreaWishes,
    *,
    progress: Progress | None = None,
    limit_bytes: int = DEFAULT_LIMIT_BYTES,
) -> Iterator[CityExtract]:
    """Read `path` for the city whose files live in `folder` (SIGAP_HOME/city/CODE).

    Raises CityImportError; nothing is written into `folder` before `publish`.
    """
    tell = progress or _silent
    tell(ImportStep.CHECK)
    source = check_source(path, limit_bytes)
    with writing(folder), _staging(folder) as staging:
        tell(ImportStep.ROADS)
        graph, road_counts = build_roads(path)
        graph.save(staging / ROADS_FILE)
        tell(ImportStep.AREAS)
        areas = read_areas(path, source.declared_bbox or _bounds_of_roads(graph), wishes)
        tell(ImportStep.GAZETTEER)
        places = tuple(read_gazetteer(path, areas.finest()))
        tell(ImportStep.BASE_MAP)
        layers = build_basemap(path, staging / BASEMAP_FILE, wishes.city_name)
        bounds = bounds_of(areas)
        extract = CityExtract(source, bounds, areas, places, road_counts, staging, folder)
        _write_manifest(extract, layers)
        tell(ImportStep.READY)
        yield extract


def _silent(step: ImportStep) -> None:
    """For callers who do not watch."""


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder beside the target, on the same disk, gone at the end whatever happens."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep_abandoned(folder)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _sweep_abandoned(folder: Path) -> None:
    """What a killed import left behind; six hours are longer than any import takes."""
    for left in folder.parent.glob(f".{folder.name}-*"):
        if time.time() - left.stat().st_mtime > _ABANDONED_AFTER_S:
            shutil.rmtree(left, ignore_errors=True)


def _bounds_of_roads(graph: RoadGraph) -> Box:
    """For extracts that do not declare their box."""
    west, south = graph.line_lon_lat.min(axis=0)
    east, north = graph.line_lon_lat.max(axis=0)
    return Box(south=float(south), west=float(west), north=float(north), east=float(east))


def _write_manifest(extract: CityExtract, layers: dict[str, int]) -> None:
    kinds = Counter(place.kind.value for place in extract.places)
    ranks = Counter(area.rank.value for area in extract.areas.areas)
    manifest = {
        "source": extract.source.path.name,
        "source_sha256": extract.source.sha256,
        "source_bytes": extract.source.size_bytes,
        "imported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "bounds": asdict(extract.bounds),
        "areas": {"origin": extract.areas.origin.value, **dict(ranks)},
        "notes": list(extract.areas.notes),
        "places": dict(sorted(kinds.items())),
        "roads": asdict(extract.road_counts),
        "layers": layers,
        "attribution": ATTRIBUTION,
        "licence": LICENCE_NOTE,
    }
    path = extract.staging / MANIFEST_FILE
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
