"""Where the fragments of each recording lie, remembered, so that a seek reads one file's headers
at most once. Called by the projector and the stills, from threads.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from sigap.node.errors import DamagedFile
from sigap.node.mux.reader import FileMap, FragmentPlace, map_file
from sigap.node.recording.segments import OPEN_SUFFIX

MAX_FILES = 2048
"""More than a day of one camera; about 20 MB."""


class FileMaps:
    def __init__(self, max_files: int = MAX_FILES) -> None:
        self._max_files = max_files
        self._maps: OrderedDict[Path, FileMap] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, path: Path) -> tuple[Path, FileMap] | None:
        """The file under its present name; None when it is gone or holds nothing."""
        for current in current_paths(path):
            try:
                return current, self._map(current)
            except (OSError, DamagedFile):
                continue
        return None

    def _map(self, path: Path) -> FileMap:
        if path.name.endswith(OPEN_SUFFIX):
            return map_file(path)
        path.stat()
        with self._lock:
            known = self._maps.get(path)
            if known is not None:
                self._maps.move_to_end(path)
                return known
        found = map_file(path)
        with self._lock:
            self._maps[path] = found
            while len(self._maps) > self._max_files:
                self._maps.popitem(last=False)
        return found


def current_paths(path: Path) -> Iterator[Path]:
    """An open segment may get its final name at any moment: look again under its start."""
    yield path
    yield from path.parent.glob(f"{path.name.partition('-')[0]}-*.mp4")


def read_at(path: Path, offset: int, size: int) -> bytes:
    """Raises FileNotFoundError when the file is gone or too short."""
    for current in current_paths(path):
        try:
            with current.open("rb") as file:
                file.seek(offset)
                data = file.read(size)
        except FileNotFoundError:
            continue
        if len(data) == size:
            return data
    raise FileNotFoundError(path)


def places_of(fragments: tuple[FragmentPlace, ...], begin: float, end: float) -> slice:
    """Those that touch the span, from the key frame at or before its start; may be empty."""
    first = last = 0
    for number, place in enumerate(fragments):
        if place.starts_at >= end:
            break
        if place.ends_at <= begin:
            first = number + 1
        last = number + 1
    if first >= last:
        return slice(0, 0)
    while first > 0 and not fragments[first].key:
        first -= 1
    return slice(first, last)
