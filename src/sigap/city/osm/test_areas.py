"""Where areas come from: whole boundaries, cut ones, names alone, nothing, the city's own file."""

import json
from pathlib import Path
from typing import Any

import pytest

from sigap.city.osm.areas import AreaWishes, bounds_of, read_areas
from sigap.city.osm.areas_file import read_areas_file
from sigap.city.osm.errors import CityImportError, ImportFault
from sigap.city.osm.records import AreaOrigin, AreaRank, CityAreas
from sigap.city.osm.testing import TinyWorld
from sigap.core.geometry import Box

TANGERANG = Path(__file__).resolve().parents[5] / "shared/data/city/tangerang_kelurahan.geojson"
WISHES = AreaWishes("kecil", "Kota Kecil")


def box(west: float, south: float, east: float, north: float) -> Box:
    low, high = TinyWorld.place(west, south), TinyWorld.place(east, north)
    return Box(south=low.lat, west=low.lon, north=high.lat, east=high.lon)


def halves() -> TinyWorld:
    """Two quarters of 1 km², side by side, under one district."""
    world = TinyWorld()
    for name, east, north in (
        ("sw", 0, 0), ("s", 1000, 0), ("se", 2000, 0), ("ne", 2000, 1000), ("n", 1000, 1000),
        ("nw", 0, 1000),
    ):  # fmt: skip
        world.node(name, east, north)
    world.way("outer west", "n nw sw s")
    world.way("middle", "s n")
    world.way("outer east", "s se ne n")
    return world


def relation(world: TinyWorld, name: str, ways: list[str], level: int, **tags: str) -> None:
    members = [("w", way, "outer") for way in ways]
    world.relation(
        name, members, type="boundary", boundary="administrative", admin_level=str(level),
        name=name, **tags,
    )  # fmt: skip


def read(world: TinyWorld, folder: Path, bounds: Box) -> CityAreas:
    return read_areas(world.write(folder / "areas.osm.pbf"), bounds, WISHES)


def test_whole_boundaries_with_their_district(tmp_path: Path) -> None:
    world = halves()
    relation(world, "Barat", ["outer west", "middle"], 7, ref="01")
    relation(world, "Timur", ["outer east", "middle"], 7, ref="02")
    relation(world, "Kecamatan", ["outer west", "outer east"], 6, ref="K1")
    relation(world, "Kecamatan Lain", ["outer east", "middle"], 6, ref="K2")
    areas = read(world, tmp_path, box(0, 0, 2000, 1000))
    assert areas.origin is AreaOrigin.BOUNDARIES
    finest = {area.code: area for area in areas.finest()}
    assert {code: area.name for code, area in finest.items()} == {"01": "Barat", "02": "Timur"}
    assert finest["01"].parent_code == "K1"
    assert areas.areas[0].rank is AreaRank.CITY
    assert bounds_of(areas).east == pytest.approx(box(0, 0, 2000, 1000).east, abs=1e-5)


def test_cut_boundaries_are_closed_by_the_edge(tmp_path: Path) -> None:
    """The extract holds the middle border alone; both quarters go on beyond it."""
    world = halves()
    relation(world, "Barat", ["outer west", "middle"], 7, ref="01")
    relation(world, "Timur", ["outer east", "middle"], 7, ref="02")
    world.node("t", 1500, 500, place="suburb", name="Timur")
    areas = read(world, tmp_path, box(500, 100, 1600, 900))
    assert areas.origin in {AreaOrigin.BOUNDARIES, AreaOrigin.CUT_BOUNDARIES}
    cut = halves()
    cut.relation("far", [("n", "sw", "label")], type="note")
    relation(cut, "Barat", ["middle"], 7, ref="01")
    relation(cut, "Timur", ["middle"], 7, ref="02")
    cut.node("t", 1500, 500, place="suburb", name="Timur")
    found = read(cut, tmp_path, box(500, 100, 1600, 900))
    assert found.origin is AreaOrigin.CUT_BOUNDARIES
    widths = {area.code: area.shape.bounds[2] - area.shape.bounds[0] for area in found.finest()}
    assert widths["02"] / widths["01"] == pytest.approx(600 / 500, rel=0.01)
    assert "cuts the boundaries" in found.notes[0]


def test_names_alone_share_the_ground(tmp_path: Path) -> None:
    world = TinyWorld()
    world.node("a", 200, 500, place="neighbourhood", name="Sukasari")
    world.node("b", 1800, 500, place="village", name="Cikokol")
    areas = read(world, tmp_path, box(0, 0, 2000, 1000))
    assert areas.origin is AreaOrigin.PLACE_NODES
    shares = [area.shape.area for area in areas.finest()]
    assert shares[0] == pytest.approx(shares[1], rel=0.01)
    assert "no usable administrative boundaries" in areas.notes[0]


def test_nothing_is_one_area(tmp_path: Path) -> None:
    world = TinyWorld()
    world.node("a", 200, 500)
    areas = read(world, tmp_path, box(0, 0, 2000, 1000))
    assert areas.origin is AreaOrigin.WHOLE
    assert [area.name for area in areas.areas] == ["Kota Kecil"]
    assert "--areas" in areas.notes[0]


def feature(code: object, name: str, west: float = 0.0, **more: object) -> dict[str, Any]:
    ring = [[west, 0.0], [west + 1, 0.0], [west + 1, 1.0], [west, 1.0], [west, 0.0]]
    return {
        "type": "Feature",
        "properties": {"kode": code, "nama": name, **more},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def from_file(folder: Path, *features: object) -> CityAreas:
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return read_areas_file(path, "kecil", "Kota Kecil")


def test_plain_codes_have_no_district(tmp_path: Path) -> None:
    areas = from_file(tmp_path, feature(1, "Satu"), feature(2, "Dua", 1.0))
    assert [area.rank for area in areas.areas] == [
        AreaRank.CITY,
        AreaRank.NEIGHBOURHOOD,
        AreaRank.NEIGHBOURHOOD,
    ]
    assert {area.parent_code for area in areas.finest()} == {"kecil"}


def test_districts_take_the_name_that_the_file_gives(tmp_path: Path) -> None:
    areas = from_file(
        tmp_path,
        feature("36.71.01.1001", "Satu", 0.0, kecamatan="Tangerang"),
        feature("36.71.02.1001", "Dua", 1.0, kecamatan="Jatiuwung"),
    )
    districts = [area for area in areas.areas if area.rank is AreaRank.DISTRICT]
    assert [area.name for area in districts] == ["Tangerang", "Jatiuwung"]


def test_a_bow_tie_is_mended(tmp_path: Path) -> None:
    bad = feature("1", "Satu")
    bad["geometry"]["coordinates"] = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
    areas = from_file(tmp_path, bad, feature("2", "Dua", 1.0))
    assert all(area.shape.is_valid for area in areas.areas)


@pytest.mark.parametrize(
    ("features", "words"),
    [
        ([], "no features"),
        ([feature("1", "A"), feature("1", "B", 1.0)], "stands twice"),
        ([feature("", "A")], "lacks a code"),
        ([feature("1", "")], "lacks a code"),
        ([feature("9" * 40, "A")], "code of over"),
        (["text"], "no properties"),
        ([{"properties": {"kode": "1", "nama": "A"}, "geometry": None}], "no usable polygon"),
        (
            [{"properties": {"kode": "1", "nama": "A"},
              "geometry": {"type": "Point", "coordinates": [1, 1]}}],
            "not a polygon",
        ),
        ([feature("1", "A", 700_000.0)], "WGS 84"),
    ],
)  # fmt: skip
def test_bad_features_are_named(tmp_path: Path, features: list[object], words: str) -> None:
    with pytest.raises(CityImportError, match=words) as caught:
        from_file(tmp_path, *features)
    assert caught.value.fault is ImportFault.BAD_AREAS


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b"[" * 200_000, b"[1]", b'"x"'])
def test_no_geojson(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "areas.geojson"
    path.write_bytes(body)
    with pytest.raises(CityImportError) as caught:
        read_areas_file(path, "kecil", "Kota Kecil")
    assert caught.value.fault is ImportFault.BAD_AREAS


def test_areas_of_another_place_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.geojson"
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature(1, "A"), feature(2, "B", 1)]})
    )
    with pytest.raises(CityImportError, match="same city"):
        read_areas(
            tmp_path / "unread.osm.pbf",
            box(0, 0, 2000, 1000),
            AreaWishes("kecil", "Kota Kecil", path),
        )


@pytest.mark.skipif(not TANGERANG.exists(), reason="../shared/data/city is absent")
def test_kota_tangerang() -> None:
    areas = read_areas_file(TANGERANG, "kota-tangerang", "Kota Tangerang")
    ranks = [area.rank for area in areas.areas]
    assert ranks.count(AreaRank.NEIGHBOURHOOD) == 104
    assert ranks.count(AreaRank.DISTRICT) == 13
    by_code = {area.code: area for area in areas.finest()}
    assert by_code["36.71.01.1001"].name == "Sukarasa"
    assert by_code["36.71.01.1001"].parent_code == "36.71.01"
    assert areas.areas[0].shape.area * 111.2**2 == pytest.approx(178, rel=0.1)  # km²
