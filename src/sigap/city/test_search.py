"""Places as callers name them, on a real trigram index."""

import pytest

from sigap.city.models import Area, Place, PlaceKind
from sigap.city.search import search_places
from sigap.city.search_text import stored_text
from sigap.core.geometry import LatLon
from sigap.core.tenancy import reading
from tests.cast import Cast

PLACES: tuple[tuple[str, PlaceKind, tuple[str, ...]], ...] = (
    ("Jalan Jenderal Sudirman", PlaceKind.STREET, ()),
    ("Jalan Sudirman Barat", PlaceKind.STREET, ()),
    ("Gang Mawar", PlaceKind.STREET, ()),
    ("Gang Mawar 3", PlaceKind.STREET, ()),
    ("Jalan Mawar", PlaceKind.STREET, ()),
    ("Masjid Agung Al-Ittihad", PlaceKind.WORSHIP, ("Masjid Al Ittihad",)),
    ("RSUD Kota", PlaceKind.HOSPITAL, ("City General Hospital",)),
    ("Aleksanterinkatu", PlaceKind.STREET, ("Alexandersgatan", "Aleksi")),
    ("Erottajan paloasema", PlaceKind.FIRE_STATION, ("Skillnadens brandstation",)),
    ("Café Ekberg", PlaceKind.OTHER, ()),
    ("100% Kopi", PlaceKind.OTHER, ()),
)


@pytest.fixture
def gazetteer(cast: Cast) -> Cast:
    with reading(cast.kota.pk):
        west, east = Area.objects.filter(city=cast.kota).order_by("code")
        for index, (name, kind, alt_names) in enumerate(PLACES):
            area = west if index % 2 == 0 else east
            _add(cast, name, kind, area, alt_names=alt_names, ref=f"n{index}")
        _add(cast, "Jalan Kenanga", PlaceKind.STREET, west, ref="w1", lon=106.56)
        _add(cast, "Jalan Kenanga", PlaceKind.STREET, east, ref="w2", lon=106.74)
    return cast


def _add(
    cast: Cast,
    name: str,
    kind: PlaceKind,
    area: Area,
    *,
    ref: str,
    alt_names: tuple[str, ...] = (),
    lon: float = 106.6,
) -> None:
    Place.objects.create(
        city=cast.kota,
        name=name,
        kind=kind,
        lat=-6.2,
        lon=lon,
        area=area,
        source_ref=ref,
        search_text=stored_text([name, *alt_names], area.name),
    )


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("sudirman", "Jalan Sudirman Barat"),
        ("jl jend sudirman", "Jalan Jenderal Sudirman"),
        ("Jl. Jenderal Sudirman No. 12 RT 03/RW 05", "Jalan Jenderal Sudirman"),
        ("jendral sud", "Jalan Jenderal Sudirman"),
        ("sudriman", "Jalan Sudirman Barat"),
        ("gg mawar", "Gang Mawar"),
        ("gang mawar 3", "Gang Mawar 3"),
        ("mawar", "Jalan Mawar"),
        ("masjid al ittihad", "Masjid Agung Al-Ittihad"),
        ("mesjid agung", "Masjid Agung Al-Ittihad"),
        ("rsud", "RSUD Kota"),
        ("general hospital", "RSUD Kota"),
        ("aleksan", "Aleksanterinkatu"),
        ("aleksi", "Aleksanterinkatu"),
        ("alexandersgatan 5", "Aleksanterinkatu"),
        ("cafe ekb", "Café Ekberg"),
        ("kenanga timur", "Jalan Kenanga"),
        ("100% kopi", "100% Kopi"),
        ("er", "Erottajan paloasema"),
    ],
)
def test_as_typed(gazetteer: Cast, typed: str, first: str) -> None:
    found = search_places(gazetteer.kota.pk, typed)
    assert found, typed
    assert found[0].name == first


@pytest.mark.parametrize("typed", ["", " ", "jalan", "%", "_", "'; DROP TABLE", "zzzzqqqq", "\x00"])
def test_nothing_found_is_no_error(gazetteer: Cast, typed: str) -> None:
    assert search_places(gazetteer.kota.pk, typed) == []


def test_the_nearer_of_two_streets_comes_first(gazetteer: Cast) -> None:
    for lon, area in ((106.56, "Barat"), (106.74, "Timur")):
        found = search_places(gazetteer.kota.pk, "kenanga", near=LatLon(-6.2, lon))
        assert [place.area_name for place in found[:1]] == [area]


def test_area_named_with_the_street(gazetteer: Cast) -> None:
    found = search_places(gazetteer.kota.pk, "jl kenanga timur")
    assert found[0].area_name == "Timur"


def test_other_cities_are_not_searched(gazetteer: Cast) -> None:
    assert search_places(gazetteer.lain.pk, "sudirman") == []


def test_limit(gazetteer: Cast) -> None:
    assert len(search_places(gazetteer.kota.pk, "a", limit=3)) <= 3
    assert search_places(gazetteer.kota.pk, "sudirman", limit=0) == []
