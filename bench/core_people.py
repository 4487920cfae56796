"""Fills a benchmark's database: the cast of the tests, logged in, and units spread over the city.

`python -m bench.core_people UNITS CAMERA_URL ROAD_FILE` prints logins. For `bench.running_core`.
"""

import json
import os
import random
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sigap.config.settings")
django.setup()

from django.conf import settings  # noqa: E402  (settings first)
from django.middleware.csrf import _get_new_csrf_string  # noqa: E402  (settings first)
from django.test import Client  # noqa: E402

from sigap.cctv.actions import (  # noqa: E402
    CameraForm,
    NodeForm,
    add_camera,
    enroll_node,
)
from sigap.cctv.models import CameraPurpose, RuleKind  # noqa: E402
from sigap.cctv.rules import RuleForm, add_rule  # noqa: E402
from sigap.city.osm.roads.graph import RoadGraph  # noqa: E402
from sigap.city.queries import bounds  # noqa: E402
from sigap.core import clock  # noqa: E402
from sigap.core.actor import system_actor  # noqa: E402
from sigap.core.geometry import Box, LatLon  # noqa: E402
from sigap.core.tenancy import reading  # noqa: E402
from sigap.dispatch.models import Unit, UnitKind  # noqa: E402
from sigap.dispatch.transitions import UnitStatus  # noqa: E402
from tests import cast as cast_module  # noqa: E402
from tests.cast import KOTA, SUDIRMAN, Cast, make_cast  # noqa: E402

SEED = 1
ZONE = [(0.05, 0.2), (0.95, 0.2), (0.95, 0.95), (0.05, 0.95)]


def main() -> None:
    """Make the cast and the contents; print who is logged in with which cookies."""
    units, camera_url, road_file = sys.argv[1:]
    places = _places_on(Path(road_file)) if road_file else None
    if places:
        cast_module.KOTA = replace(KOTA, box=_box(places))
    cast = make_cast()
    if road_file:
        folder = Path(settings.TILES) / cast.kota.code
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(road_file, folder / "roads.npz")
    _add_units(cast, int(units), places)
    if camera_url:
        _add_camera(cast, camera_url)
    logins = {name: _log_in(cast, name) for name in cast.users}
    sys.stdout.write(json.dumps(logins))


def _places_on(road_file: Path) -> list[LatLon]:
    return [LatLon(float(lat), float(lon)) for lon, lat in RoadGraph.load(road_file).node_lon_lat]


def _box(places: list[LatLon]) -> Box:
    lats, lons = [p.lat for p in places], [p.lon for p in places]
    return Box(min(lats), min(lons), max(lats), max(lons))


def _add_units(cast: Cast, count: int, places: list[LatLon] | None) -> None:
    dice, city = random.Random(SEED), cast.kota
    agency = cast.agency("damkar")
    box = bounds(city)
    homes = [
        dice.choice(places)
        if places
        else LatLon(dice.uniform(box.south, box.north), dice.uniform(box.west, box.east))
        for _ in range(count)
    ]
    units = [
        Unit(
            city=city,
            agency=agency,
            call_sign=f"DAMKAR-{number:03d}",
            kind=UnitKind.FIRE_ENGINE,
            capabilities=["fire", "rescue"],
            home_lat=home.lat,
            home_lon=home.lon,
            status=UnitStatus.AVAILABLE.value,
            status_at=clock.now(),
        )
        for number, home in enumerate(homes, start=1)
    ]
    with reading(city.pk):
        Unit.objects.bulk_create(units)


def _add_camera(cast: Cast, url: str) -> None:
    """A node and one camera whose zone is nearly the whole picture."""
    city = cast.kota
    actor = system_actor("bench", city_id=city.pk)
    enroll_node(
        actor, city.pk, NodeForm("bench", settings.NODE_URL, os.environ["SIGAP_NODE_TOKEN"])
    )
    camera = add_camera(
        actor,
        CameraForm(
            name="bench", source_url=url, place=SUDIRMAN, purpose=CameraPurpose.SECURITY,
            retention_h=1,
        ),
    )  # fmt: skip
    zone = RuleForm(name="zone", kind=RuleKind.ZONE, points=ZONE, dwell_s=0.0, category="intrusion")
    add_rule(actor, camera.pk, zone)


def _log_in(cast: Cast, name: str) -> dict[str, str]:
    client = Client()
    client.force_login(cast.user(name))
    return {"session": client.cookies["sessionid"].value, "csrf": _get_new_csrf_string()}


if __name__ == "__main__":
    main()
