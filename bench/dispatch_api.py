"""How long a dispatcher waits: 300 units ranked, a unit sent, over HTTP with everything written.

    python -m bench.dispatch_api [--json]

The road part alone is measured by `bench.dispatch`.
"""

import argparse
import random
import tempfile
import time
from pathlib import Path

import httpx

from bench.dispatch import default_extract
from bench.report import Row, print_rows, timing_rows
from bench.running_core import Contents, RunningCore, running_core
from sigap.city.osm.roads.build import build_roads
from sigap.city.osm.roads.graph import RoadGraph

BENCH = "dispatch_api"
UNITS = 300
ROUNDS = 60
SEED = 2
DISPATCHER = "bima"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    print_rows(measure(), arguments.json)


def measure() -> list[Row]:
    """Rows of one dispatcher who ranks and sends again and again."""
    graph, _ = build_roads(default_extract())
    with tempfile.TemporaryDirectory() as folder:
        road_file = Path(folder) / "roads.npz"
        graph.save(road_file)
        with running_core(Contents(units=UNITS, road_file=road_file)) as core:
            return _rounds(core, graph)


def _rounds(core: RunningCore, graph: RoadGraph) -> list[Row]:
    dice = random.Random(SEED)
    ranked: list[float] = []
    sent: list[float] = []
    proposed = 0
    with httpx.Client(headers=core.logins[DISPATCHER].headers, timeout=60) as client:
        _warm(client, core)
        for _ in range(ROUNDS):
            lon, lat = dice.choice(graph.node_lon_lat.tolist())
            body = {"category": "fire", "place": {"lat": lat, "lon": lon}}
            incident = client.post(core.url("incidents"), json=body).raise_for_status().json()
            before = time.perf_counter()
            answer = client.get(core.url(f"incidents/{incident['id']}/units")).raise_for_status()
            ranked.append((time.perf_counter() - before) * 1000)
            units = answer.json()
            proposed += sum(unit["proposed"] for unit in units)
            best = {"unit_id": units[0]["unit"]["id"]}
            before = time.perf_counter()
            path = core.url(f"incidents/{incident['id']}/assignments")
            client.post(path, json=best).raise_for_status()
            sent.append((time.perf_counter() - before) * 1000)
    return [
        *timing_rows(BENCH, f"{UNITS} units ranked, whole call", ranked),
        *timing_rows(BENCH, "unit sent, whole call", sent),
        Row(BENCH, "units proposed at each ranking", proposed / ROUNDS, "units"),
    ]


def _warm(client: httpx.Client, core: RunningCore) -> None:
    """Each worker loads the road network with the first ranking that it is asked for."""
    row = client.get(core.url("units")).raise_for_status().json()[0]
    body = {"category": "fire", "place": {"lat": row["lat"], "lon": row["lon"]}}
    incident = client.post(core.url("incidents"), json=body).raise_for_status().json()
    for _ in range(8):
        # A connection stays with its worker: a fresh one each time reaches them all.
        path = core.url(f"incidents/{incident['id']}/units")
        httpx.get(path, headers=client.headers, timeout=60).raise_for_status()


if __name__ == "__main__":
    main()
