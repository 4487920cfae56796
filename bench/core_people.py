"""Fills a benchmark's database: the cast of the tests, logged in, and units spread over the city.

`python -m bench.core_people UNITS` prints the logins as JSON. Run by `bench.running_core`.
"""

import json
import os
import random
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sigap.config.settings")
django.setup()

from django.middleware.csrf import _get_new_csrf_string  # noqa: E402  (settings first)
from django.test import Client  # noqa: E402

from sigap.core import clock  # noqa: E402
from sigap.core.tenancy import reading  # noqa: E402
from sigap.dispatch.models import Unit, UnitKind  # noqa: E402
from sigap.dispatch.transitions import UnitStatus  # noqa: E402
from tests.cast import Cast, make_cast  # noqa: E402

SEED = 1


def main() -> None:
    """Make the cast and the units; print who is logged in with which cookies."""
    cast = make_cast()
    _add_units(cast, int(sys.argv[1]))
    logins = {name: _log_in(cast, name) for name in cast.users}
    sys.stdout.write(json.dumps(logins))


def _add_units(cast: Cast, count: int) -> None:
    dice, city = random.Random(SEED), cast.kota
    agency = cast.agency("damkar")
    units = [
        Unit(
            city=city,
            agency=agency,
            call_sign=f"DAMKAR-{number:03d}",
            kind=UnitKind.FIRE_ENGINE,
            capabilities=["fire", "rescue"],
            home_lat=dice.uniform(city.south, city.north),
            home_lon=dice.uniform(city.west, city.east),
            status=UnitStatus.AVAILABLE.value,
            status_at=clock.now(),
        )
        for number in range(1, count + 1)
    ]
    with reading(city.pk):
        Unit.objects.bulk_create(units)


def _log_in(cast: Cast, name: str) -> dict[str, str]:
    client = Client()
    client.force_login(cast.user(name))
    return {"session": client.cookies["sessionid"].value, "csrf": _get_new_csrf_string()}


if __name__ == "__main__":
    main()
