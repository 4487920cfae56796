"""Makes the demo: `python -m sigap.config.demo REQUEST.json`, run by `sigap demo` at every start.

Idempotent: what is there stays, with what people changed in it. The request and the accounts file
are described in `runtime.demo_request`.
"""

import logging
import os
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sigap.config.settings")
django.setup()

from django.conf import settings  # noqa: E402  (settings must be configured)

from sigap.cctv.actions import (  # noqa: E402
    CameraForm,
    NodeForm,
    add_camera,
    enroll_node,
)
from sigap.cctv.models import Camera, CameraPurpose, Node, RuleKind  # noqa: E402
from sigap.cctv.node_auth import new_token, token_digest  # noqa: E402
from sigap.cctv.rules import RuleForm, add_rule  # noqa: E402
from sigap.city.actions import NewCity, apply_presets, create_city  # noqa: E402
from sigap.city.importing import ImportRequest, import_city  # noqa: E402
from sigap.city.models import Area, AreaLevel, City, Place, PlaceKind  # noqa: E402
from sigap.config.demo_accounts import city_accounts, other_accounts  # noqa: E402
from sigap.config.demo_views import view_of  # noqa: E402
from sigap.core.actor import Actor, system_actor  # noqa: E402
from sigap.core.geometry import Box, LatLon, distance_m  # noqa: E402
from sigap.core.tenancy import reading, reading_every_city  # noqa: E402
from sigap.core.unit_of_work import unit_of_work  # noqa: E402
from sigap.dispatch.presets import apply_unit_presets  # noqa: E402
from sigap.runtime.demo_request import (  # noqa: E402
    DemoAccount,
    DemoCamera,
    DemoRequest,
    load_accounts,
    save_accounts,
)

logger = logging.getLogger(__name__)

NODE_NAME = "node-1"
OTHER_CITY = NewCity(code="kota-lain", name="Kota Lain", box=Box(-7.05, 107.50, -6.85, 107.75))
# Cameras of the demo stand at least this far apart, each on a named street.
CAMERAS_APART_M = 150
RETENTION_H = 24


def seed(request: DemoRequest) -> list[DemoAccount]:
    """Make or complete the demo's cities; returns the accounts with their passwords."""
    began_s = time.monotonic()
    accounts_file = Path(request.accounts_file)
    earlier = load_accounts(accounts_file)
    city = _demo_city(request)
    actor = system_actor("demo", city_id=city.pk)
    apply_unit_presets(actor, city)
    _node(actor, city, request.node_token)
    cameras = _cameras(actor, city, request.cameras)
    near = LatLon(cameras[0].lat, cameras[0].lon) if cameras else _center(city)
    accounts = city_accounts(city, near, earlier) + other_accounts(_other_city(), earlier)
    save_accounts(accounts_file, accounts)
    logger.info("demo ready in %.1f s", time.monotonic() - began_s)
    return accounts


def _demo_city(request: DemoRequest) -> City:
    report = import_city(
        system_actor("demo"),
        ImportRequest(
            extract=Path(request.extract),
            code=request.city_code,
            name=f"{request.city_name} (demo)",
            time_zone=request.time_zone,
            areas_file=Path(request.areas) if request.areas else None,
        ),
        folder=settings.TILES,
    )
    for note in report.notes:
        logger.info("%s", note)
    return City.objects.get(pk=report.city_id)


def _other_city() -> City:
    """A second city, so that one can see that neither sees the other."""
    city = City.objects.filter(code=OTHER_CITY.code).first()
    if city is None:
        city = create_city(system_actor("demo"), OTHER_CITY)
    actor = system_actor("demo", city_id=city.pk)
    apply_presets(actor, city)
    apply_unit_presets(actor, city)
    with unit_of_work(actor):
        Area.objects.get_or_create(
            city=city,
            level=AreaLevel.CITY,
            code=city.code,
            defaults={
                "name": city.name,
                "geometry": _square(city),
                "center_lat": city.center_lat,
                "center_lon": city.center_lon,
            },
        )
    return city


def _square(city: City) -> dict[str, object]:
    west, south, east, north = city.west, city.south, city.east, city.north
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _node(actor: Actor, city: City, token: str) -> None:
    with reading_every_city():
        elsewhere = Node.objects.filter(token_sha256=token_digest(token)).exclude(city=city).first()
    if elsewhere is not None:
        # The demo has one node; it goes along to the city that is shown now.
        form = NodeForm(elsewhere.name, elsewhere.base_url, new_token())
        enroll_node(system_actor("demo"), elsewhere.city_id, form)
    enroll_node(actor, city.pk, NodeForm(NODE_NAME, settings.NODE_URL, token))


def _cameras(actor: Actor, city: City, wanted: tuple[DemoCamera, ...]) -> list[Camera]:
    """The cameras of the films. Those that are there stay where they are."""
    with reading(city.pk):
        present = {camera.source_url: camera for camera in Camera.objects.filter(city=city)}
        names = {camera.name for camera in present.values()}
        streets = [street for street in _streets(city, len(wanted)) if street.name not in names]
    cameras = []
    for number, film in enumerate(wanted):
        camera = present.get(film.source_url)
        if camera is None:
            street = streets.pop(0) if streets else None
            camera = _camera(actor, city, film, street=street, number=number)
        cameras.append(camera)
    return cameras


def _camera(
    actor: Actor, city: City, film: DemoCamera, *, street: Place | None, number: int
) -> Camera:
    view = view_of(film.name)
    camera = add_camera(
        actor,
        CameraForm(
            name=street.name if street else film.name,
            source_url=film.source_url,
            place=LatLon(street.lat, street.lon) if street else _center(city),
            bearing_deg=(40 + 120 * number) % 360,
            field_of_view_deg=70,
            range_m=80,
            purpose=CameraPurpose.SECURITY,
            retention_h=RETENTION_H,
        ),
    )
    zone = RuleForm(
        name=view.zone_name,
        kind=RuleKind.ZONE,
        points=view.zone,
        dwell_s=view.dwell_s,
        category="intrusion",
        enabled=view.zone_enabled,
    )
    line = RuleForm(name="Hitung pejalan kaki", kind=RuleKind.LINE, points=view.line)
    for form in (zone, line):
        add_rule(actor, camera.pk, form)
    return camera


def _streets(city: City, count: int) -> list[Place]:
    """Named streets near the centre, well apart; a spare for each in case a name is taken."""
    streets = list(Place.objects.filter(city=city, kind=PlaceKind.STREET))
    streets.sort(key=lambda street: (distance_m(_point(street), _center(city)), street.pk))
    chosen: list[Place] = []
    for street in streets:
        apart = all(distance_m(_point(street), _point(other)) > CAMERAS_APART_M for other in chosen)
        if apart and street.name not in {other.name for other in chosen}:
            chosen.append(street)
        if len(chosen) == 2 * count:
            break
    return chosen


def _point(street: Place) -> LatLon:
    return LatLon(street.lat, street.lon)


def _center(city: City) -> LatLon:
    return LatLon(city.center_lat, city.center_lon)


def main(arguments: list[str]) -> None:
    """Seed as the request file says."""
    if len(arguments) != 1:
        sys.exit("Usage: python -m sigap.config.demo REQUEST.json")
    seed(DemoRequest.load(Path(arguments[0])))


if __name__ == "__main__":
    main(sys.argv[1:])
