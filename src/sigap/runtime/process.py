"""One child process that the supervisor keeps alive: start, notice its end, back off, stop.

Each child leads its own process group, writes to its own log file, and is ended by the kernel when
the supervisor dies.
"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_BACK_OFF_S = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
_HEALTHY_AFTER_S = 60.0
_LOG_LIMIT_BYTES = 20 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Program:
    """What to run. `inherits` are descriptors (a listening socket) that the child gets."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    inherits: tuple[int, ...] = ()
    stop_timeout_s: float = 8.0


@dataclass
class ManagedProcess:
    """The life of one program: `keep_alive` is called again and again and never blocks."""

    program: Program
    log: Path
    deaths: int = 0
    _child: subprocess.Popen[bytes] | None = None
    _started_at: float = 0.0
    _retry_at: float = field(default=0.0)

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child and self._child.poll() is None else None

    def keep_alive(self) -> str | None:
        """Start what is not running and may start; a sentence where something happened."""
        if self._child is not None and self._child.poll() is None:
            self._trim_log()
            return None
        if self._child is not None:
            return self._note_death(self._child.returncode)
        if time.monotonic() < self._retry_at:
            return None
        self._start()
        return f"{self.program.name} started" if self.deaths else None

    def ask_to_stop(self) -> None:
        if self._child is not None and self._child.poll() is None:
            _signal_group(self._child.pid, signal.SIGTERM)

    def end(self, deadline: float) -> None:
        """Wait until the monotonic deadline, then kill whatever of its group is left."""
        if self._child is None:
            return
        try:
            self._child.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
        _signal_group(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._child = None

    def last_words(self, lines: int = 12) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _start(self) -> None:
        _rotate(self.log)
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                self.program.command,
                env=dict(self.program.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=self.program.inherits,
                start_new_session=True,
                preexec_fn=_Tether(os.getpid()),
            )
        self._started_at = time.monotonic()

    def _note_death(self, status: int) -> str:
        if self._child is not None:
            _signal_group(self._child.pid, signal.SIGKILL)
        lived = time.monotonic() - self._started_at
        self.deaths = 1 if lived > _HEALTHY_AFTER_S else self.deaths + 1
        wait_s = _BACK_OFF_S[min(self.deaths, len(_BACK_OFF_S)) - 1]
        self._retry_at = time.monotonic() + wait_s
        self._child = None
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return (
            f"{self.program.name} ended with {how}; starting it again in {wait_s:g} s ({self.log})"
        )

    def _trim_log(self) -> None:
        """The child appends, so that emptying the file under it is safe."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            tail = self.log.read_bytes()[-_LOG_LIMIT_BYTES // 2 :]
            self.log.with_suffix(".old.log").write_bytes(tail)
            os.truncate(self.log, 0)


class _Tether:
    """Runs in the child before its program: ask the kernel for SIGTERM when the parent dies."""

    def __init__(self, parent: int) -> None:
        self._parent = parent

    def __call__(self) -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != self._parent:
            os._exit(1)


def _signal_group(leader: int, number: signal.Signals) -> None:
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        pass


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES // 4:
        log.replace(log.with_suffix(".old.log"))
