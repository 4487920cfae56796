"""How sure a figure is: bounds at 95 % that assume no shape of the distribution."""

import math
from collections.abc import Sequence

Z95 = 1.959963984540054


def percentile_bounds(ordered: Sequence[float], share: float) -> tuple[float, float] | None:
    """Bounds of the `share` percentile of a sorted sample, by order statistics.

    The number of values below the true percentile is binomial; its normal approximation gives the
    ranks (Conover, Practical Nonparametric Statistics, 3.2). None where the sample is too small.
    """
    n = len(ordered)
    spread = Z95 * math.sqrt(n * share * (1 - share))
    low, high = math.floor(n * share - spread), math.ceil(n * share + spread)
    if n == 0 or low < 0 or high >= n:
        return None
    return ordered[low], ordered[high]


def share_bounds(hits: int, of: int) -> tuple[float, float] | None:
    """Wilson's bounds of a share (Wilson, 1927); None of nothing."""
    if of == 0:
        return None
    p, z2 = hits / of, Z95 * Z95
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    spread = Z95 * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - spread), min(1.0, middle + spread)


def rate_bounds(count: int, per: float) -> tuple[float, float] | None:
    """Bounds of a rate of independent events, by the square-root approximation of Poisson."""
    if per <= 0:
        return None
    root = math.sqrt(count)
    low, high = max(0.0, root - Z95 / 2) ** 2, (math.sqrt(count + 1) + Z95 / 2) ** 2
    return low / per, high / per
