"""What becomes an entry, under which kind and names; how ways become streets."""

from pathlib import Path

import pytest
from shapely.geometry import MultiPolygon, box

from sigap.city.osm.gazetteer import kind_of, read_gazetteer
from sigap.city.osm.records import AreaRank, AreaRecord, PlaceRecord, PlaceType
from sigap.city.osm.testing import TinyWorld


def areas() -> list[AreaRecord]:
    """Two halves of a square of 4 km, west and east."""
    found = []
    for code, west, east in (("barat", -2000, 0), ("timur", 0, 2000)):
        low, high = TinyWorld.place(west, -2000), TinyWorld.place(east, 2000)
        shape = MultiPolygon([box(low.lon, low.lat, high.lon, high.lat)])
        center = TinyWorld.place((west + east) / 2, 0)
        found.append(AreaRecord(code, code.title(), AreaRank.NEIGHBOURHOOD, shape, center))
    return found


def entries(world: TinyWorld, folder: Path) -> list[PlaceRecord]:
    return list(read_gazetteer(world.write(folder / "places.osm.pbf"), areas()))


def test_names_in_other_languages_are_kept(tmp_path: Path) -> None:
    world = TinyWorld()
    world.node(
        "h", 100, 0, amenity="hospital", name="RSUD", name__en="City Hospital",
        name__id="Rumah Sakit Umum", alt_name="RS Kota;RS Lama", name__pronunciation="x",
    )  # fmt: skip
    (hospital,) = entries(world, tmp_path)
    assert hospital.kind is PlaceType.HOSPITAL
    assert hospital.alt_names == ("City Hospital", "Rumah Sakit Umum", "RS Kota", "RS Lama")
    assert (hospital.source_ref, hospital.area_code) == ("n1", "timur")


def test_a_building_stands_at_a_point_within(tmp_path: Path) -> None:
    world = TinyWorld()
    for name, east, north in (("a", 100, 0), ("b", 200, 0), ("c", 200, 80), ("d", 100, 80)):
        world.node(name, east, north)
    world.way("school", "a b c d a", amenity="school", name="SDN 1", building="yes")
    (school,) = entries(world, tmp_path)
    assert (school.kind, school.source_ref) == (PlaceType.SCHOOL, "w1001")
    assert TinyWorld.place(100, 0).lon < school.position.lon < TinyWorld.place(200, 0).lon


def street_world() -> TinyWorld:
    world = TinyWorld()
    for index, (east, north) in enumerate(
        [(100, 0), (400, 0), (700, 0), (100, 30), (700, 30), (1500, 1500), (1600, 1500)]
    ):
        world.node(f"n{index}", east, north)
    world.road("first", "n0 n1", name="Jalan Merdeka")
    world.road("second", "n1 n2", name="Jalan Merdeka")
    world.road("other side", "n4 n3", name="JALAN  Merdeka", oneway="yes")
    return world


def test_ways_of_one_street_are_one_entry(tmp_path: Path) -> None:
    (street,) = entries(street_world(), tmp_path)
    assert (street.name, street.kind) == ("Jalan Merdeka", PlaceType.STREET)
    assert street.source_ref == "w1001:timur"


def test_far_off_streets_of_the_same_name_are_two(tmp_path: Path) -> None:
    world = street_world()
    world.road("elsewhere", "n5 n6", name="Jalan Merdeka")
    assert [entry.source_ref for entry in entries(world, tmp_path)] == [
        "w1001:timur",
        "w1004:timur",
    ]


def test_a_street_through_two_areas_is_in_both(tmp_path: Path) -> None:
    world = TinyWorld()
    for name, east in (("a", -500), ("b", 500), ("c", -10), ("d", 300)):
        world.node(name, east, 0 if name in "ab" else 90)
    world.road("through", "a b", name="Jalan Raya")
    world.road("stub", "c d", name="Gang Buntu")
    found = {(entry.name, entry.area_code) for entry in entries(world, tmp_path)}
    assert found == {("Jalan Raya", "barat"), ("Jalan Raya", "timur"), ("Gang Buntu", "timur")}


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"amenity": "police"}, PlaceType.POLICE),
        ({"amenity": "fire_station", "building": "yes"}, PlaceType.FIRE_STATION),
        ({"place": "square"}, PlaceType.SQUARE),
        ({"highway": "bus_stop"}, PlaceType.TRANSPORT),
        ({"shop": "bakery"}, PlaceType.SHOP),
        ({"building": "yes"}, PlaceType.LANDMARK),
        ({"building": "no"}, None),
        ({"amenity": "bench"}, None),
        ({"amenity": "bench", "historic": "memorial"}, PlaceType.LANDMARK),
        ({"natural": "tree"}, None),
    ],
)
def test_kinds(tags: dict[str, str], kind: PlaceType | None) -> None:
    assert kind_of(tags) is kind
