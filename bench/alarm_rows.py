"""Fills a benchmark's core with past alarms and asks for them, ours beside a plain ILIKE.

`python -m bench.alarm_rows ALARMS` prints milliseconds by question. For `bench.alarm_search`.
"""

import json
import os
import sys
import time
from datetime import timedelta
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sigap.config.settings")
django.setup()

from django.db import connection  # noqa: E402  (settings first)
from django.db.models import Q  # noqa: E402  (settings first)

from sigap.cctv.actions import NodeForm, enroll_node  # noqa: E402
from sigap.cctv.alarms import alarm_row, alarms_with_names  # noqa: E402
from sigap.cctv.models import Camera, Colour, Node, Rule, RuleKind, StreetClass  # noqa: E402
from sigap.cctv.search import DEFAULT_LIMIT, AlarmQuery, search_alarms  # noqa: E402
from sigap.city.models import City  # noqa: E402
from sigap.core import clock  # noqa: E402
from sigap.core.actor import system_actor  # noqa: E402
from sigap.core.tenancy import reading, reading_every_city  # noqa: E402
from tests.cast import KOTA, SUDIRMAN  # noqa: E402

CAMERAS = 400
RULES_EACH = 3
DAYS = 30
ROUNDS = 15
# Forty streets, ten cameras in each: what a city's list of names looks like.
_STREETS = [
    f"Jalan {first} {second}"
    for first in ("Sudirman", "Merdeka", "Diponegoro", "Kartini", "Gatot", "Ahmad", "Imam", "Hayam")
    for second in ("Utara", "Selatan", "Barat", "Timur", "Raya")
]
_CLASSES = [StreetClass.PERSON, StreetClass.CAR, StreetClass.MOTORCYCLE, StreetClass.TRUCK]
_COLOURS = [Colour.RED, Colour.BLUE, Colour.WHITE, Colour.BLACK, Colour.GREY]

_FILL = """
    INSERT INTO cctv_alarm (
        uuid, city_id, camera_id, rule_id, started_at, observed_at, received_at, street_class,
        score, track_id, box, track, details, colour, also_rule_ids, verdict
    )
    SELECT gen_random_uuid(), rule.city_id, rule.camera_id, rule.id, at, at, at,
        (%(classes)s::text[])[1 + n %% cardinality(%(classes)s::text[])],
        0.8, n, '[0, 0, 1, 1]', '[[0.5, 0.5], [0.6, 0.6]]', '{}',
        (%(colours)s::text[])[1 + (n / 7) %% cardinality(%(colours)s::text[])], '{}',
        CASE WHEN n %% 11 = 0 THEN 'true' ELSE '' END
    FROM generate_series(1, %(alarms)s) AS n
    CROSS JOIN LATERAL (SELECT %(until)s - n * (%(days)s * interval '1 day') / %(alarms)s) AS t(at)
    JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM cctv_rule) AS rule
        ON rule.place = (n::bigint * 7919) %% %(rules)s
"""


def questions() -> dict[str, AlarmQuery]:
    """What operators ask, from the common word to the one camera, by name."""
    yesterday = clock.now() - timedelta(days=1)
    return {
        "a street": AlarmQuery(text="kartini timur"),
        "one camera by its name": AlarmQuery(text="imam raya 7"),
        "one camera, one day of last week": AlarmQuery(
            text="imam raya 7",
            start=yesterday - timedelta(days=8),
            end=yesterday - timedelta(days=7),
        ),
        "red car, a street, one day": AlarmQuery(
            text="merdeka barat",
            classes=[StreetClass.CAR],
            colours=[Colour.RED],
            start=yesterday - timedelta(days=1),
            end=yesterday,
        ),
        "a rule's name that no camera has": AlarmQuery(text="gerobak"),
    }


def main() -> None:
    """Fill, then ask each question of both, in turns."""
    city = _fill(int(sys.argv[1]))
    asked = {}
    for name, query in questions().items():
        ours, plain = _times(city, query)
        same = _ours(city, query) == _plain(city, query)
        asked[name] = {"ours": ours, "plain": plain, "same": same}
    sys.stdout.write(json.dumps(asked))


def _times(city: int, query: AlarmQuery) -> tuple[list[float], list[float]]:
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for samples, ask in zip(taken, (_ours, _plain), strict=True):
            before = time.perf_counter()
            ask(city, query)
            samples.append((time.perf_counter() - before) * 1000)
    return taken


def _ours(city: int, query: AlarmQuery) -> list[str]:
    with reading(city):
        return [str(row.uuid) for row in search_alarms(city, query).rows]


def _plain(city: int, query: AlarmQuery) -> list[str]:
    """The search that everybody writes first: every word ILIKE one of the names, newest first."""
    wanted = Q()
    for word in query.text.split():
        wanted &= Q(camera__name__icontains=word) | Q(rule__name__icontains=word)
    if query.classes:
        wanted &= Q(street_class__in=query.classes)
    if query.colours:
        wanted &= Q(colour__in=query.colours)
    if query.start and query.end:
        wanted &= Q(observed_at__gte=query.start, observed_at__lt=query.end)
    with reading(city):
        found = alarms_with_names(city).filter(wanted).order_by("-observed_at", "-pk")
        return [str(alarm_row(alarm).uuid) for alarm in found[:DEFAULT_LIMIT]]


def _fill(alarms: int) -> int:
    with reading_every_city():
        city = City.objects.get(code=KOTA.code).pk
    actor = system_actor("bench", city_id=city)
    enroll_node(actor, city, NodeForm("bench", "http://127.0.0.1:1", uuid4().hex))
    with reading(city):
        _cameras(city)
        with connection.cursor() as cursor:
            cursor.execute(
                _FILL,
                {
                    "classes": [value.value for value in _CLASSES],
                    "colours": [value.value for value in _COLOURS],
                    "alarms": alarms,
                    "rules": CAMERAS * RULES_EACH,
                    "until": clock.now(),
                    "days": DAYS,
                },
            )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE cctv_alarm, cctv_rule, cctv_camera")
    return city


def _cameras(city: int) -> None:
    node = Node.objects.get(city_id=city)
    cameras = Camera.objects.bulk_create(
        Camera(
            city_id=city,
            node=node,
            name=f"{_STREETS[n % len(_STREETS)]} {n // len(_STREETS)}",
            source_url="rtsp://10.0.0.5/stream",
            lat=SUDIRMAN.lat,
            lon=SUDIRMAN.lon,
        )
        for n in range(CAMERAS)
    )
    kinds = [RuleKind.ZONE, RuleKind.LOITERING, RuleKind.SPEED]
    Rule.objects.bulk_create(
        Rule(city_id=city, camera=camera, name=f"Area {kind}", kind=kind, points=[], classes=[])
        for camera in cameras
        for kind in kinds[:RULES_EACH]
    )


if __name__ == "__main__":
    main()
