"""How fast the map answers with 100,000 incidents: those in a box, over HTTP and in the database.

    python -m bench.map [--json] [--incidents N] [--queries N]

Boxes of about 1.1 km at random places, as an operator at street level asks for them, and
the whole city. The baseline of the box is the same box with an empty table.
"""

import argparse
import random
import time
from collections.abc import Callable

import httpx
import psycopg

from bench.report import Row, print_rows, timing_rows
from bench.running_core import RunningCore, running_core

BENCH = "map"
INCIDENTS = 100_000
QUERIES = 200
OPEN_SHARE = 0.05
BOX_DEG = 0.01  # 1.1 km
CLIENT = "bima"
SEED = 1
SOUTH, WEST, NORTH, EAST = -6.30, 106.55, -6.10, 106.75

_FILL = """
    INSERT INTO incidents_incident (uuid, city_id, number, state, priority, category_id, title,
        lat, lon, place_text, received_at, opened_at, disposition, closing_note, version,
        agency_ids, unit_ids)
    SELECT gen_random_uuid(), c.id, 1000000 + n,
        CASE WHEN random() < %(open)s THEN 'open' ELSE 'closed' END, 1 + (n %% 4),
        (SELECT id FROM city_category WHERE city_id = c.id ORDER BY id OFFSET n %% 10 LIMIT 1),
        'Laporan ' || n, %(south)s + random() * (%(north)s - %(south)s),
        %(west)s + random() * (%(east)s - %(west)s), '', now() - n * interval '1 minute',
        now() - n * interval '1 minute', '', '', 1, ARRAY[a.id], ARRAY[]::bigint[]
    FROM city_city c, generate_series(1, %(count)s) n,
        LATERAL (SELECT id FROM city_agency WHERE city_id = c.id ORDER BY id LIMIT 1) a
    WHERE c.code = 'kota'
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--incidents", type=int, default=INCIDENTS)
    parser.add_argument("--queries", type=int, default=QUERIES)
    chosen = parser.parse_args()
    print_rows(measure(chosen.incidents, chosen.queries), chosen.json)


def measure(incidents: int, queries: int) -> list[Row]:
    """Rows for boxes and the whole city, open incidents and all."""
    with running_core() as core, httpx.Client(headers=core.logins[CLIENT].headers) as client:

        def ask(query: dict[str, float | bool]) -> int:
            answer = client.get(core.url("map/incidents"), params=query)
            answer.raise_for_status()
            return len(answer.json()["points"])

        _timed(ask, _boxes(20, closed=True))
        empty, _ = _timed(ask, _boxes(queries, closed=False))
        fill(core, incidents)
        _timed(ask, _boxes(20, closed=True))
        opened, open_points = _timed(ask, _boxes(queries, closed=False))
        every, every_points = _timed(ask, _boxes(queries, closed=True))
        whole, whole_points = _timed(ask, [_whole()] * max(1, queries // 10))
    thousands = f"{incidents // 1000}k"
    return [
        *timing_rows(BENCH, f"open in a 1.1 km box of {thousands}", opened, baseline=empty),
        *timing_rows(BENCH, f"all in a 1.1 km box of {thousands}", every, baseline=empty),
        *timing_rows(BENCH, f"open in the whole city, first 2000, of {thousands}", whole),
        Row(BENCH, "points in an answer, open in a box", open_points, "points"),
        Row(BENCH, "points in an answer, all in a box", every_points, "points"),
        Row(BENCH, "points in an answer, whole city", whole_points, "points"),
    ]


def fill(core: RunningCore, incidents: int) -> None:
    """Rows as the actions make them, written in bulk; then the statistics that autovacuum makes."""
    with psycopg.connect(core.database.url, autocommit=True) as connection:
        connection.execute("SELECT set_config('sigap.city', '*', false)")
        connection.execute("SELECT setseed(0.5)")
        bounds = {"south": SOUTH, "west": WEST, "north": NORTH, "east": EAST}
        connection.execute(_FILL, bounds | {"open": OPEN_SHARE, "count": incidents})
        connection.execute("VACUUM ANALYZE incidents_incident")


def _boxes(count: int, *, closed: bool) -> list[dict[str, float | bool]]:
    dice = random.Random(SEED)
    boxes: list[dict[str, float | bool]] = []
    for _ in range(count):
        south, west = dice.uniform(SOUTH, NORTH - BOX_DEG), dice.uniform(WEST, EAST - BOX_DEG)
        box = {"south": south, "west": west, "north": south + BOX_DEG, "east": west + BOX_DEG}
        boxes.append(box | {"closed": closed})
    return boxes


def _whole() -> dict[str, float | bool]:
    return {"south": SOUTH, "west": WEST, "north": NORTH, "east": EAST, "closed": False}


def _timed(
    ask: Callable[[dict[str, float | bool]], int], queries: list[dict[str, float | bool]]
) -> tuple[list[float], float]:
    """Milliseconds of each query, and the mean number of points."""
    samples, points = [], 0
    for query in queries:
        asked_at = time.perf_counter()
        points += ask(query)
        samples.append((time.perf_counter() - asked_at) * 1000)
    return samples, points / len(queries)


if __name__ == "__main__":
    main()
