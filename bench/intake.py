"""How fast calls and reports are taken in, over HTTP, with everything written before the answer.

    python -m bench.intake [--json] [--seconds S] [--clients N] [--calls N]

A 112 call: one operator's request after the other. Citizens' reports: N clients at once, each
waiting for its answer; route, history, clock and event log are committed by then (full durability).
The baseline is pgbench (TPC-B, the same number of clients) on the same PostgreSQL in the same run.
"""

import argparse
import asyncio
import os
import random
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import psycopg

from bench.report import Row, compared, print_rows, timing_rows
from bench.running_core import RunningCore, running_core
from sigap.runtime.database_address import DatabaseAddress
from sigap.runtime.postgres_binaries import find_binaries

BENCH = "intake"
CLIENTS = 4
SECONDS = 10.0
CALLS = 300
SEED = 1
CALL_TAKER = "ana"
# Signalen, the best open peer, on two cores of the same kind (shared/design/measured.md).
PEER_REPORTS_PER_S = 14.6
PGBENCH_SCALE = 10
WARM_UP_S = 2.0


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds of each answer, and how long the whole took."""

    answers_ms: list[float]
    wall_s: float

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return len(self.answers_ms) / self.wall_s


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--calls", type=int, default=CALLS)
    chosen = parser.parse_args()
    rows = measure(seconds=chosen.seconds, clients=chosen.clients, calls=chosen.calls)
    print_rows(rows, chosen.json)


def measure(*, seconds: float, clients: int, calls: int) -> list[Row]:
    """Calls, reports, then pgbench, on one core and one PostgreSQL."""
    with running_core() as core:
        asyncio.run(_reports(core, WARM_UP_S, clients))
        taken_calls = asyncio.run(_calls(core, calls))
        before = _processor_ms(core)
        reports = asyncio.run(_reports(core, seconds, clients))
        after = _processor_ms(core)
        lone = asyncio.run(_reports(core, seconds / 2, 1))
        lost = reports_lost(core, len(reports.answers_ms))
        tpcb_per_s = pgbench(core.database, seconds, clients)
    sent = len(reports.answers_ms)
    return [
        *timing_rows(BENCH, "112 call saved", taken_calls.answers_ms),
        Row(BENCH, f"reports accepted, {clients} clients", reports.per_s, "1/s"),
        compared(
            BENCH,
            f"reports beside pgbench TPC-B, {clients} clients",
            value=reports.per_s,
            baseline=tpcb_per_s,
            unit="1/s",
        ),
        compared(
            BENCH,
            "reports beside Signalen (measured before)",
            value=reports.per_s,
            baseline=PEER_REPORTS_PER_S,
            unit="1/s",
        ),
        *timing_rows(
            BENCH,
            f"report, {clients} clients beside one",
            reports.answers_ms,
            baseline=lone.answers_ms,
        ),
        Row(BENCH, "processor time of the core a report", (after[0] - before[0]) / sent, "ms"),
        Row(BENCH, "processor time of PostgreSQL a report", (after[1] - before[1]) / sent, "ms"),
        Row(BENCH, "acknowledged reports missing in the database", lost, "reports"),
    ]


async def _calls(core: RunningCore, count: int) -> Taken:
    dice = random.Random(SEED)
    answers: list[float] = []
    began_at = time.perf_counter()
    async with aiohttp.ClientSession(headers=core.logins[CALL_TAKER].headers) as session:
        for _ in range(count):
            body = {
                "call_class": "normal",
                "answered_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "caller_number": f"08{dice.randrange(10**9):09d}",
                "category": "fire",
                "place": _place(dice),
                "place_text": "Jl. Sudirman",
                "notes": "Asap tebal dari lantai dua",
            }
            asked_at = time.perf_counter()
            async with session.post(core.url("calls"), json=body) as answer:
                await answer.read()
                answers.append((time.perf_counter() - asked_at) * 1000)
                answer.raise_for_status()
    return Taken(answers, time.perf_counter() - began_at)


async def _reports(core: RunningCore, seconds: float, clients: int) -> Taken:
    until = time.perf_counter() + seconds
    began_at = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        each = [_send_until(session, core, until, seed) for seed in range(clients)]
        answers = [ms for client in await asyncio.gather(*each) for ms in client]
    return Taken(answers, time.perf_counter() - began_at)


async def _send_until(
    session: aiohttp.ClientSession, core: RunningCore, until: float, seed: int
) -> list[float]:
    dice = random.Random(SEED + seed)
    url = core.url("public/kota/reports")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answers: list[float] = []
    while time.perf_counter() < until:
        form = {
            "category": "road-damage",
            "text": "Jalan berlubang di depan sekolah, berbahaya bagi pengendara motor.",
            "place_text": "Jl. Sudirman",
            "name": "Eko",
            "phone": "+62 812 3456 7890",
            **_place(dice),
        }
        asked_at = time.perf_counter()
        async with session.post(url, data=urlencode(form), headers=headers) as answer:
            await answer.read()
            answers.append((time.perf_counter() - asked_at) * 1000)
            answer.raise_for_status()
    return answers


def _place(dice: random.Random) -> dict[str, float]:
    """Within the bounds of the cast's city."""
    return {"lat": dice.uniform(-6.29, -6.11), "lon": dice.uniform(106.56, 106.74)}


def _processor_ms(core: RunningCore) -> tuple[float, float]:
    """Processor time so far of the core's workers and of its PostgreSQL's processes for them."""
    with psycopg.connect(core.database.url) as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname IS NOT NULL")
        backends = [int(row[0]) for row in rows.fetchall()]
    return sum(map(_used_ms, core.worker_pids)), sum(map(_used_ms, backends))


def _used_ms(pid: int) -> float:
    """User and system time of a process (man 5 proc); 0 for one that is gone."""
    path = Path(f"/proc/{pid}/stat")
    if not path.exists():
        return 0.0
    fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def reports_lost(core: RunningCore, acknowledged: int) -> int:
    """How many of at least `acknowledged` reports are not there with signal, step and event."""
    with psycopg.connect(core.database.url) as connection:
        connection.execute("SELECT set_config('sigap.city', '*', false)")
        row = connection.execute(
            "SELECT count(*) FROM intake_report r JOIN intake_signal s ON s.id = r.signal_id"
            " JOIN intake_reportstep h ON h.report_id = r.id"
            " JOIN core_event e ON e.kind = 'signal.received' AND e.row_id = s.id"
        ).fetchone()
    kept = 0 if row is None else int(row[0])
    return max(0, acknowledged - kept)


def pgbench(address: DatabaseAddress, seconds: float, clients: int) -> float:
    """Transactions a second of pgbench's TPC-B on the same server, in tables of its own."""
    program = find_binaries().program("pgbench")
    target = ["-h", address.host, "-p", str(address.port), "-U", address.user, address.name]
    _run([program, "-i", "-q", "-s", str(PGBENCH_SCALE), *target])
    printed = _run(
        [program, "-c", str(clients), "-j", "2", "-T", str(int(seconds)), "-M", "prepared", *target]
    )
    found = re.search(r"tps = ([0-9.]+)", printed)
    if found is None:
        raise RuntimeError(f"pgbench said nothing of its rate: {printed[:500]}")
    return float(found.group(1))


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    main()
