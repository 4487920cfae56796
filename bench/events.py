"""How soon 200 browsers see what happened: from an operator's request to the row on the stream.

    python -m bench.events [--json] [--browsers N] [--events N]

Real HTTP and server-sent events against two workers of the core on a PostgreSQL of their own. The
baseline is the same with one browser. The browsers run in this process, on the same machine.
"""

import argparse
import asyncio
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.report import Row, percentile, print_rows, timing_rows
from bench.running_core import RunningCore, running_core

BENCH = "events"
BROWSERS = 200
EVENTS = 100
EVENTS_PER_S = 5.0
CLIENT = "bima"
ARRIVAL_TIMEOUT_S = 30.0


@dataclass
class Arrivals:
    """When each new incident's row came to each browser, by this process's monotonic clock."""

    seen: dict[int, list[float]] = field(default_factory=dict)
    total: int = 0

    def note(self, line: bytes) -> None:
        """A line of a stream."""
        if not line.startswith(b"data:") or b'"incident.opened"' not in line:
            return
        at = time.perf_counter()
        key = int(json.loads(line[5:])["key"])
        self.seen.setdefault(key, []).append(at)
        self.total += 1


@dataclass(frozen=True, slots=True)
class Sent:
    """One incident that the operator opened."""

    incident_id: int
    asked_at: float
    answered_at: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Milliseconds from the request, and from its answer, to each browser; writes; arrivals."""

    from_request: list[float]
    write: list[float]
    expected: int
    arrived: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--browsers", type=int, default=BROWSERS)
    parser.add_argument("--events", type=int, default=EVENTS)
    arguments = parser.parse_args()
    print_rows(measure(arguments.browsers, arguments.events), arguments.json)


def measure(browsers: int, events: int) -> list[Row]:
    """Rows for `browsers` beside one browser, in the same run on the same core."""
    with running_core() as core:
        asyncio.run(_round(core, browsers=1, events=5))
        alone = asyncio.run(_round(core, browsers=1, events=events))
        many = asyncio.run(_round(core, browsers=browsers, events=events))
        memory = [_memory_mib(pid) for pid in core.worker_pids]
    lost = many.expected - many.arrived
    return [
        *timing_rows(
            BENCH,
            f"request to row on {browsers} browsers",
            many.from_request,
            baseline=alone.from_request,
        ),
        *timing_rows(BENCH, "write of the event", many.write, baseline=alone.write),
        Row(BENCH, "slowest browser", max(many.from_request), "ms"),
        Row(BENCH, "rows lost", lost, "rows", alone.expected - alone.arrived),
        Row(BENCH, "memory of a worker", percentile(memory, 1.0), "MiB"),
    ]


async def _round(core: RunningCore, *, browsers: int, events: int) -> Outcome:
    arrivals = Arrivals()
    login = core.logins[CLIENT]
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(
        headers=login.headers, connector=connector, timeout=timeout
    ) as session:
        after = await _last_event(session, core)
        url = core.url(f"stream?after={after}")
        open_streams = asyncio.Semaphore(0)
        streams = [
            asyncio.create_task(_browse(session, url, arrivals, open_streams))
            for _ in range(browsers)
        ]
        for _ in streams:
            await asyncio.wait_for(open_streams.acquire(), ARRIVAL_TIMEOUT_S)
        sent = await _send_all(session, core, events)
        await _all_arrived(arrivals, browsers * events)
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
    return Outcome(
        from_request=[
            (at - one.asked_at) * 1000
            for one in sent
            for at in arrivals.seen.get(one.incident_id, [])
        ],
        write=[(one.answered_at - one.asked_at) * 1000 for one in sent],
        expected=browsers * events,
        arrived=arrivals.total,
    )


async def _last_event(session: aiohttp.ClientSession, core: RunningCore) -> int:
    async with session.get(core.url("console/snapshot")) as answer:
        answer.raise_for_status()
        return int((await answer.json())["last_event_id"])


async def _browse(
    session: aiohttp.ClientSession, url: str, arrivals: Arrivals, opened: asyncio.Semaphore
) -> None:
    async with session.get(url) as answer:
        answer.raise_for_status()
        opened.release()
        async for line in answer.content:
            arrivals.note(line)


async def _open_incident(session: aiohttp.ClientSession, core: RunningCore) -> Sent:
    body = {"category": "fire", "place": {"lat": -6.2, "lon": 106.6}}
    asked_at = time.perf_counter()
    async with session.post(core.url("incidents"), json=body) as answer:
        answered_at = time.perf_counter()
        answer.raise_for_status()
        incident_id = int((await answer.json())["id"])
    return Sent(incident_id, asked_at, answered_at)


async def _send_all(session: aiohttp.ClientSession, core: RunningCore, events: int) -> list[Sent]:
    """At an even pace, whatever the answers take."""
    began_at = time.perf_counter()
    sent = []
    for number in range(events):
        await asyncio.sleep(max(0.0, began_at + number / EVENTS_PER_S - time.perf_counter()))
        sent.append(await _open_incident(session, core))
    return sent


async def _all_arrived(arrivals: Arrivals, expected: int) -> None:
    give_up_at = time.monotonic() + ARRIVAL_TIMEOUT_S
    while arrivals.total < expected and time.monotonic() < give_up_at:
        await asyncio.sleep(0.05)


def _memory_mib(pid: int) -> float:
    """Proportional set size: shared pages counted by their share."""
    facts = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    line = next(line for line in facts if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
