"""Children of a supervisor that was killed: noted while they run, found and ended at next start.

The kernel tells them to end when their supervisor dies; this makes sure before ports are taken.
"""

import json
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from sigap.runtime.file_lock import FileLock
from sigap.runtime.home import Home

_PATIENCE_S = 6.0
_POLL_S = 0.05


@dataclass(frozen=True)
class Child:
    """`started` (clock ticks since boot) tells a process from a later one with the same number."""

    name: str
    pid: int
    started: int


def note_children(path: Path, running: Iterable[tuple[str, int]]) -> None:
    children = [
        Child(name, pid, state.started)
        for name, pid in running
        if (state := _stat(pid)) is not None
    ]
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps([asdict(child) for child in children]))
    fresh.replace(path)


def is_supervised(home: Home) -> bool:
    """Whether a supervisor is on duty in this home folder now."""
    lock = FileLock(home.run / "supervisor.lock")
    try:
        return home.run.exists() and not lock.try_acquire()
    finally:
        lock.release()


def end_leftovers(path: Path) -> list[str]:
    """End what an earlier supervisor left running; the names of those found."""
    noted = _noted(path)
    left = [child for child in noted if _has_members(child)]
    for child in left:
        _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_S
    while any(_has_members(child) for child in left) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    for child in left:
        if _has_members(child):
            _signal(child, signal.SIGKILL)
    path.unlink(missing_ok=True)
    return [child.name for child in left]


def _noted(path: Path) -> list[Child]:
    try:
        return [Child(**entry) for entry in json.loads(path.read_text())]
    except (OSError, ValueError, TypeError):
        return []


def _has_members(child: Child) -> bool:
    """Whether the child or one of its own children lives: the child leads their group."""
    leader = _stat(child.pid)
    if leader is not None and leader.started != child.started:
        return False
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    states = (_stat(number) for number in numbers)
    return any(
        state is not None and state.group == child.pid and state.started >= child.started
        for state in states
    )


def _signal(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


@dataclass(frozen=True)
class _Stat:
    group: int
    started: int


def _stat(pid: int) -> _Stat | None:
    """None where there is no such process, or only its zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return _Stat(int(fields[2]), int(fields[19])) if fields[0] not in ("Z", "X") else None
