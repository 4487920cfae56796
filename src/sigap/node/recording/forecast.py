"""When the disk will no longer hold what is promised, at the rate at which it fills now.

Called by `disk` some times an hour. Hour by hour it adds what the cameras write and takes away what
expires; the first hour that does not fit is the answer. Alarms to come are left out.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

HOUR_S = 3600.0
HORIZON_H = 90 * 24


@dataclass(frozen=True, slots=True)
class Stream:
    """What one camera writes from now on, and for how long that is kept."""

    bytes_per_s: float
    retention_h: float


@dataclass(slots=True)
class Stock:
    """What lies on the disk: all of it, and how much of it expires within each hour from now."""

    total_bytes: int = 0
    expiring: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, size: int, *, expires_in_s: float) -> None:
        """`expires_in_s` may be infinite."""
        self.total_bytes += size
        if math.isfinite(expires_in_s):
            self.expiring[max(0, int(expires_in_s // HOUR_S))] += size


def full_in_s(
    stock: Stock, streams: Mapping[str, Stream], *, capacity_bytes: float
) -> float | None:
    """Seconds until recordings must go before their time; None if not within 90 days."""
    ending: defaultdict[int, float] = defaultdict(float)
    for stream in streams.values():
        ending[math.ceil(stream.retention_h)] += stream.bytes_per_s
    held, rate = float(stock.total_bytes), sum(one.bytes_per_s for one in streams.values())
    if held > capacity_bytes:
        return 0.0
    for hour in range(HORIZON_H):
        rate -= ending[hour]
        change = rate * HOUR_S - stock.expiring[hour]
        if held + change > capacity_bytes:
            return (hour + (capacity_bytes - held) / change) * HOUR_S
        held += change
    return None
