"""The units that a city starts with."""

from sigap.city.models import Agency, Place, PlaceKind, Station
from sigap.core.actor import system_actor
from sigap.core.tenancy import reading
from sigap.dispatch.models import Unit
from sigap.dispatch.presets import apply_unit_presets
from tests.cast import Cast, data


def add_stations(cast: Cast) -> None:
    with reading(cast.kota.pk):
        fire = Agency.objects.get(city=cast.kota, code="damkar")
        for number in (1, 2):
            Station.objects.create(
                city=cast.kota, agency=fire, name=f"Pos {number}", lat=-6.2, lon=106.6 + number / 50
            )
        Place.objects.create(
            city=cast.kota, name="RSUD", kind=PlaceKind.HOSPITAL, lat=-6.21, lon=106.61,
            source_ref="n1", search_text="rsud",
        )  # fmt: skip


def test_each_station_is_manned(cast: Cast) -> None:
    add_stations(cast)
    actor = system_actor("test", city_id=cast.kota.pk)
    made = apply_unit_presets(actor, cast.kota)
    with reading(cast.kota.pk):
        units = {u.call_sign: u for u in Unit.objects.select_related("station")}
    assert made == len(units)
    assert [s for s in units if s.startswith("DAMKAR")] == [f"DAMKAR-0{n}" for n in (1, 2, 3, 4)]
    assert units["DAMKAR-01"].station is not None
    assert "fire" in units["DAMKAR-01"].capabilities
    assert (units["AMB-01"].home_lat, units["AMB-01"].station) == (-6.21, None)
    assert units["SATPOL-01"].home_lat == cast.kota.center_lat
    for category in cast.kota.categories.filter(emergency=True):
        needed = set(category.required_capabilities)
        assert any(needed <= set(u.capabilities) for u in units.values()), category.code


def test_a_second_time_changes_nothing(cast: Cast) -> None:
    actor = system_actor("test", city_id=cast.kota.pk)
    assert apply_unit_presets(actor, cast.kota) > 0
    assert apply_unit_presets(actor, cast.kota) == 0
    assert len(data(cast.api("bima").get("units"))) > 0


def test_two_cities_have_the_same_call_signs(cast: Cast) -> None:
    for city in (cast.kota, cast.lain):
        apply_unit_presets(system_actor("test", city_id=city.pk), city)
    assert "SATPOL-01" in {u["call_sign"] for u in data(cast.api("farah").get("units"))}
