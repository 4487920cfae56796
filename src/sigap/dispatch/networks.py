"""The road networks of this process: one a city, loaded when first asked for, again when imported.

Used by `ranking`. A city without a road file, or with a damaged one, gets straight lines, flagged.
"""

import gc
import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from sigap.city.osm.errors import CityImportError
from sigap.dispatch.road import RoadNetwork, StraightLine, TravelEstimator

logger = logging.getLogger(__name__)

ROAD_FILE = "roads.npz"
LOOK_EVERY_S = 2.0

Stamp = tuple[int, int, int]  # inode, size, time of change: a new import is another file


@dataclass(slots=True)
class _Shelf:
    """What is loaded for one road file."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    stamp: Stamp | None = None
    looked_at_s: float = float("-inf")
    estimator: TravelEstimator = field(default_factory=StraightLine)


class RoadNetworks:
    """Thread-safe. While a newer file is being loaded, other threads go on with the old one."""

    def __init__(self) -> None:
        self._shelves: dict[Path, _Shelf] = {}
        self._lock = threading.Lock()

    def of(self, city_code: str) -> TravelEstimator:
        """The network of a city, or straight lines."""
        path = Path(settings.TILES) / city_code / ROAD_FILE
        with self._lock:
            shelf = self._shelves.setdefault(path, _Shelf())
        if time.monotonic() - shelf.looked_at_s >= LOOK_EVERY_S:
            self._look(path, shelf)
        return shelf.estimator

    def _look(self, path: Path, shelf: _Shelf) -> None:
        # The first caller waits for the load; later ones have something to go on with.
        first = shelf.looked_at_s == float("-inf")
        if not shelf.lock.acquire(blocking=first):
            return
        try:
            stamp = _stamp(path)
            if stamp != shelf.stamp:
                shelf.estimator = _load(path) if stamp else StraightLine()
                shelf.stamp = stamp
            shelf.looked_at_s = time.monotonic()
        finally:
            shelf.lock.release()


def _stamp(path: Path) -> Stamp | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _load(path: Path) -> TravelEstimator:
    try:
        network = RoadNetwork.load(path)
    except (CityImportError, OSError) as error:
        logger.error("No road network from %s, straight lines instead: %s", path, error)
        return StraightLine()
    # Its hundred thousands of objects live as long as the process: the garbage collector need not
    # walk them in the middle of a request (seen: 150 ms, once in ten rankings).
    gc.freeze()
    return network


networks = RoadNetworks()
