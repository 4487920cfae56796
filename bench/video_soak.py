"""Many cameras for minutes: memory stays flat, and not one packet or fragment is lost.

Called by `video --soak MINUTES`. The memory of the first two minutes is start-up, not counted.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from bench.report import Row
from bench.running_node import running_node, usage_over
from bench.video_ingest import BENCH, START_S, all_recorded, entries, lost_by
from sigap.node.testbed import until

SAMPLE_S = 10.0
WARM_UP_S = 120.0


async def soak_rows(folder: Path, address: str, *, cameras: int, minutes: float) -> list[Row]:
    """Raises RuntimeError when a camera was not recorded at the end."""
    async with running_node(folder / "soaked", entries(address, cameras)) as (pid, core):
        await until(lambda: all_recorded(core, cameras), what="recorded", deadline_s=START_S)
        began, memory, cpu_s = time.monotonic(), [], 0.0
        while time.monotonic() - began < minutes * 60:
            usage = await usage_over(pid, seconds=SAMPLE_S)
            cpu_s += usage.cpu_s
            memory.append(usage.rss_bytes / 2**20)
            sys.stderr.write(f"\r{(time.monotonic() - began) / 60:5.1f} min {memory[-1]:6.1f} MiB ")
        elapsed_s = time.monotonic() - began
        if not all_recorded(core, cameras):
            raise RuntimeError("a camera was not recorded at the end")
        lost = lost_by(core)
    warm = memory[min(int(WARM_UP_S / SAMPLE_S), len(memory) - 1) :]
    name = f"{cameras} cameras, {elapsed_s / 60:.0f} min"
    return [
        Row(BENCH, f"{name}: packets and fragments lost", lost, ""),
        Row(BENCH, f"{name}: share of a core", cpu_s / elapsed_s * 100, "%"),
        Row(BENCH, f"{name}: memory once warm, least", min(warm), "MiB"),
        Row(BENCH, f"{name}: memory once warm, most", max(warm), "MiB"),
        Row(BENCH, f"{name}: memory at the end against then", warm[-1] - warm[0], "MiB"),
        Row(BENCH, f"{name}: memory grows by", _slope(warm) * 3600 / SAMPLE_S, "MiB/h"),
    ]


def _slope(samples: list[float]) -> float:
    """Of the straight line that fits them best, for one step; 0 for fewer than two."""
    if len(samples) < 2:
        return 0.0
    return statistics.linear_regression(range(len(samples)), samples).slope
