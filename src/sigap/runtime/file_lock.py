"""Advisory locks on files: they vanish with the process, so `kill -9` never leaves one behind."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sigap.runtime.faults import MachineFault

_POLL_S = 0.05


class FileLock:
    """One `flock` on one file; shared among users of a thing, exclusive for who changes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def try_acquire(self, *, shared: bool = False) -> bool:
        """Take the lock, or convert the one held; False where another process is in the way."""
        if self._descriptor is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            try:
                self._descriptor = os.open(self.path, flags, 0o600)
            except OSError as error:
                raise MachineFault(
                    f"Sigap cannot open {self.path} ({error.strerror}): start it as the user who"
                    " started it first, or name another folder with SIGAP_HOME."
                ) from error
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def acquire(self, *, shared: bool = False, timeout_s: float = 120.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not self.try_acquire(shared=shared):
            if time.monotonic() > deadline:
                self.release()
                raise MachineFault(
                    f"Another Sigap process has held {self.path} for {timeout_s:.0f} s:"
                    " wait for it to finish, or end it."
                )
            time.sleep(_POLL_S)

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def exclusive(path: Path, *, timeout_s: float = 120.0) -> Iterator[None]:
    lock = FileLock(path)
    lock.acquire(timeout_s=timeout_s)
    try:
        yield
    finally:
        lock.release()
