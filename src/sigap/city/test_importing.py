"""An extract into a real database: first import, repetition, change, failure; and the command."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from sigap.city.importing import ImportReport, ImportRequest, import_city
from sigap.city.models import Agency, Area, AreaLevel, City, Place, PlaceKind, Station
from sigap.city.osm.errors import CityImportError
from sigap.city.osm.extract import BASEMAP_FILE, MANIFEST_FILE, ROADS_FILE
from sigap.city.osm.testing import TinyWorld
from sigap.core.actor import system_actor
from sigap.core.tenancy import reading

pytestmark = pytest.mark.django_db
ACTOR = system_actor("import")


def world() -> TinyWorld:
    """Two quarters, a street through both, a fire station, a hospital."""
    tiny = TinyWorld()
    for name, east in (("a", 0), ("b", 500), ("c", 1000)):
        tiny.node(name, east, 0)
        tiny.node(f"{name}2", east, 400)
    tiny.road("main", "a b c", name="Jalan Merdeka")
    tiny.road("up", "b b2", name="Gang Mawar")
    tiny.road("high", "a2 b2 c2", name="Jalan Melati")
    tiny.road("west", "a a2")
    tiny.road("east", "c c2")
    tiny.node("q1", 200, 200, place="suburb", name="Sukasari")
    tiny.node("q2", 800, 200, place="suburb", name="Cikokol")
    tiny.node("fire", 100, 10, amenity="fire_station", name="Pos Damkar Sukasari")
    tiny.node("rs", 900, 10, amenity="hospital", name="RSUD Cikokol", name__en="City Hospital")
    return tiny


def run(tiny: TinyWorld, tmp_path: Path, **changes: object) -> ImportReport:
    extract = tiny.write(tmp_path / "kecil.osm.pbf")
    options: dict[str, object] = {"extract": extract, "code": "kecil", "name": "Kota Kecil"}
    request = ImportRequest(**{**options, **changes})  # type: ignore[arg-type]
    return import_city(ACTOR, request, folder=tmp_path / "city")


def test_first_import_makes_the_city(tmp_path: Path) -> None:
    report = run(world(), tmp_path)
    city = City.objects.get(code="kecil")
    assert report.created
    with reading(city.pk):
        assert set(Area.objects.values_list("name", "level")) == {
            ("Kota Kecil", "city"),
            ("Sukasari", "neighbourhood"),
            ("Cikokol", "neighbourhood"),
        }
        finest = Area.objects.filter(level=AreaLevel.NEIGHBOURHOOD)
        assert {area.parent.name for area in finest if area.parent} == {"Kota Kecil"}
        assert Agency.objects.filter(city=city).exists()
        assert set(Station.objects.values_list("agency__code", "name")) == {
            ("damkar", "Pos Damkar Sukasari"),
            ("psc119", "RSUD Cikokol"),
        }
        hospital = Place.objects.select_related("area").get(kind=PlaceKind.HOSPITAL)
        assert hospital.area is not None
        assert hospital.area.name == "Cikokol"
    assert {path.name for path in (tmp_path / "city" / "kecil").iterdir()} == {
        ROADS_FILE,
        BASEMAP_FILE,
        MANIFEST_FILE,
    }
    assert [path.name for path in (tmp_path / "city").iterdir()] == ["kecil"]


def test_the_same_again_does_nothing(tmp_path: Path) -> None:
    first = run(world(), tmp_path)
    stamp = (tmp_path / "city" / "kecil" / ROADS_FILE).stat().st_mtime_ns
    second = run(world(), tmp_path)
    assert second.unchanged
    assert (second.places, second.areas) == (first.places, first.areas)
    assert (tmp_path / "city" / "kecil" / ROADS_FILE).stat().st_mtime_ns == stamp


def test_files_without_rows_are_imported_again(tmp_path: Path) -> None:
    run(world(), tmp_path)
    city = City.objects.get(code="kecil")
    with reading(city.pk):
        Place.objects.all().delete()
    assert not run(world(), tmp_path).unchanged


def test_a_newer_extract_updates_in_place(tmp_path: Path) -> None:
    run(world(), tmp_path)
    city = City.objects.get(code="kecil")
    with reading(city.pk):
        before = dict(Place.objects.values_list("source_ref", "pk"))
        area = Area.objects.get(name="Sukasari")
    newer = world()
    newer.node("rs", 850, 10, amenity="hospital", name="RSUD Cikokol Baru")
    newer.node("q2", 800, 200)
    newer.node("q3", 700, 200, place="suburb", name="Babakan")
    report = run(newer, tmp_path)
    assert not report.created
    with reading(city.pk):
        hospital = Place.objects.get(kind=PlaceKind.HOSPITAL)
        assert hospital.name == "RSUD Cikokol Baru"
        assert hospital.pk == before[hospital.source_ref]
        assert Area.objects.get(name="Sukasari").pk == area.pk
        assert not Area.objects.get(name="Cikokol").current
        assert Area.objects.get(name="Babakan").current
        assert not Place.objects.filter(name="Cikokol").exists()
        assert Station.objects.count() == 2
    again = City.objects.get(code="kecil")
    assert again.config_version == city.config_version + 1


def test_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    run(world(), tmp_path)
    folder = tmp_path / "city" / "kecil"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    good = world().write(tmp_path / "kecil.osm.pbf").read_bytes()
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(good[: len(good) - 40])
    with pytest.raises(CityImportError, match="damaged"):
        run(world(), tmp_path, extract=cut)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in (tmp_path / "city").iterdir()] == ["kecil"]
    assert Place.objects.filter(city__code="kecil").exists()


def test_rows_go_back_where_files_cannot_be_moved(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    (folder / "kecil").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="kecil"):
        run(world(), tmp_path)
    assert not City.objects.filter(code="kecil").exists()


def test_two_cities_keep_their_own(tmp_path: Path) -> None:
    run(world(), tmp_path)
    run(world(), tmp_path, code="lain", name="Kota Lain")
    first, second = City.objects.get(code="kecil"), City.objects.get(code="lain")
    with reading(first.pk):
        assert set(Area.objects.values_list("city_id", flat=True)) == {first.pk}
    assert Place.objects.filter(city=first).count() == Place.objects.filter(city=second).count()


def test_areas_from_a_file(tmp_path: Path) -> None:
    squares = {"36.71.01.1001": (0.0, 500.0), "36.71.02.1001": (500.0, 1000.0)}
    features = []
    for code, (west, east) in squares.items():
        corners = [(west, -50.0), (east, -50.0), (east, 450.0), (west, 450.0), (west, -50.0)]
        ring = [[place.lon, place.lat] for place in (TinyWorld.place(*c) for c in corners)]
        features.append(
            {
                "type": "Feature",
                "properties": {"kode": code, "nama": f"Kelurahan {code[-6:-5]}", "kecamatan": code},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    areas = tmp_path / "areas.geojson"
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    run(world(), tmp_path, areas_file=areas)
    city = City.objects.get(code="kecil")
    with reading(city.pk):
        finest = Area.objects.get(code="36.71.02.1001")
        assert finest.parent is not None
        assert finest.parent.code == "36.71.02"
        assert finest.parent.level == AreaLevel.DISTRICT
        assert Place.objects.filter(area=finest, name="Jalan Merdeka").exists()


def test_the_command_tells_what_is_wrong(tmp_path: Path) -> None:
    text = tmp_path / "notes.osm.pbf"
    text.write_text("this is no map")
    with pytest.raises(CommandError, match="not an OpenStreetMap PBF"):
        call_command("city_import", str(text), "--code=kecil", "--name=Kota Kecil")
