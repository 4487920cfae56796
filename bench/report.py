"""What a benchmark reports and how it is printed: a table for people, JSON with --json.

Every module in `bench` builds `Row`s and ends with `print_rows(rows, as_json)`.
"""

import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

_HEADINGS = ("bench", "metric", "value", "unit", "baseline", "ratio")


@dataclass(frozen=True)
class Row:
    """One measured figure. `baseline` is the same metric of the thing it is compared with, measured
    in the same run; `ratio` is value ÷ baseline (filled by `compared`)."""

    bench: str
    metric: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None


def compared(bench: str, metric: str, *, value: float, baseline: float, unit: str) -> Row:
    """A row whose ratio is worked out; a baseline of zero has no ratio."""
    ratio = value / baseline if baseline else None
    return Row(bench, metric, value, unit, baseline, ratio)


def percentile(samples: Sequence[float], share: float) -> float:
    """Nearest-rank percentile of raw samples; `share` is 0..1. Empty input is an error."""
    if not samples:
        raise ValueError("percentile of no samples")
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def timing_rows(
    bench: str,
    metric: str,
    samples: Sequence[float],
    *,
    unit: str = "ms",
    baseline: Sequence[float] = (),
) -> list[Row]:
    """Median and p95 of raw samples, beside those of the baseline where there is one."""
    rows = []
    for label, share in (("median", 0.5), ("p95", 0.95)):
        value = percentile(samples, share)
        name = f"{metric} {label}"
        if baseline:
            against = percentile(baseline, share)
            rows.append(compared(bench, name, value=value, baseline=against, unit=unit))
        else:
            rows.append(Row(bench, name, value, unit))
    return rows


def machine() -> dict[str, str | int | float]:
    """The machine the figures belong to; goes into the JSON and under the table."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
    }


def print_rows(rows: Iterable[Row], as_json: bool, out: TextIO | None = None) -> None:
    """Print to standard output (or `out`). JSON: {"machine": {...}, "rows": [...]}."""
    stream = out or sys.stdout
    rows = list(rows)
    if as_json:
        body = {"machine": machine(), "rows": [asdict(row) for row in rows]}
        stream.write(json.dumps(body, indent=2, ensure_ascii=False) + "\n")
        return
    stream.write(_table([_HEADINGS, *(_cells(row) for row in rows)]))
    facts = machine()
    stream.write(f"\n{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB\n")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.bench,
        row.metric,
        _figure(row.value),
        row.unit,
        "" if row.baseline is None else _figure(row.baseline),
        "" if row.ratio is None else f"{row.ratio:.2f}×",
    )


def _figure(value: float) -> str:
    """Four significant digits, no exponent."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    digits = 3 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    return f"{value:,.{digits}f}"


def _table(lines: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADINGS))]
    numeric = {2, 4, 5}

    def aligned(line: tuple[str, ...]) -> str:
        cells = (
            cell.rjust(widths[i]) if i in numeric else cell.ljust(widths[i])
            for i, cell in enumerate(line)
        )
        return "  ".join(cells).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join([aligned(lines[0]), rule, *(aligned(line) for line in lines[1:])]) + "\n"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()
