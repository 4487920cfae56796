"""Keeps PostgreSQL and a list of programs running until asked to stop. Used by `up` and `demo`.

One loop, no threads: a program that dies is started again with growing pauses; a PostgreSQL that
dies is started again at once.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType

from sigap.runtime.faults import MachineFault
from sigap.runtime.file_lock import FileLock
from sigap.runtime.home import Home
from sigap.runtime.leftovers import end_leftovers, note_children
from sigap.runtime.postgres import DatabaseServer
from sigap.runtime.process import ManagedProcess, Program

_TICK_S = 0.2
_DATABASE_CHECK_S = 1.0
_DISK_CHECK_S = 60.0
_DEATHS_BEFORE_GIVING_UP = 4


def tell(text: str) -> None:
    """One line for the person who watches; times help to find the place in the logs."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Stopped(Exception):
    """Somebody asked us to stop (Ctrl-C, SIGTERM) while we were starting."""


class Supervisor:
    """Owns the processes of one home folder; only one at a time may."""

    def __init__(self, home: Home, database: DatabaseServer) -> None:
        self.home = home
        self.database = database
        self._processes: list[ManagedProcess] = []
        self._stop = Event()
        self._starting = False
        self._lock = FileLock(home.run / "supervisor.lock")
        self._noted: list[tuple[str, int]] = []
        self._database_check_at = 0.0
        self._disk_check_at = time.monotonic() + _DISK_CHECK_S

    @contextmanager
    def on_duty(self) -> Iterator[None]:
        """Take the home folder, end what a killed predecessor left, and stop everything at exit."""
        self.home.prepare()
        if not self._lock.try_acquire():
            raise MachineFault(
                f"Sigap already runs on {self.home.root}: stop it first (Ctrl-C there),"
                " or name another folder with SIGAP_HOME."
            )
        previous = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        self._starting = True
        try:
            for name in end_leftovers(self._children_file):
                tell(f"ended {name}, left over from a run that was killed")
            yield
        finally:
            self._starting = False
            self._stop_all()
            for number, handler in previous.items():
                signal.signal(number, handler)
            self._lock.release()

    def begin(self, programs: Sequence[Program]) -> None:
        """Start programs and keep them alive from now on."""
        for program in programs:
            process = ManagedProcess(program, self.home.logs / f"{program.name}.log")
            process.keep_alive()
            self._processes.append(process)
        self._note_processes()

    def run_until(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Keep everything alive until ready; raises MachineFault where it does not come up."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            self._tick()
            self._give_up_on_failures()
            if time.monotonic() > deadline:
                raise MachineFault(
                    f"Sigap did not come up in {timeout_s:.0f} s: look into {self.home.logs}."
                )

    def run_for_ever(self) -> None:
        """Keep everything alive until a signal comes."""
        self._starting = False
        while not self._stop.is_set():
            self._tick()

    @property
    def _children_file(self) -> Path:
        return self.home.run / "processes.json"

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """While starting, break off whatever is being waited for; later, end the loop."""
        self._stop.set()
        if self._starting:
            self._starting = False
            raise Stopped

    def _tick(self) -> None:
        self._keep_database()
        for process in self._processes:
            if said := process.keep_alive():
                tell(said)
        self._note_processes()
        self._watch_disk()
        self._stop.wait(_TICK_S)

    def _keep_database(self) -> None:
        now = time.monotonic()
        if now < self._database_check_at:
            return
        self._database_check_at = now + _DATABASE_CHECK_S
        if self.database.is_running():
            return
        tell("PostgreSQL is gone; starting it again")
        try:
            self.database.start()
            tell("PostgreSQL runs again")
        except MachineFault as fault:
            tell(str(fault))
            self._database_check_at = time.monotonic() + 5 * _DATABASE_CHECK_S

    def _note_processes(self) -> None:
        running = [(process.program.name, process.pid) for process in self._processes]
        living = [(name, pid) for name, pid in running if pid is not None]
        if living != self._noted:
            note_children(self._children_file, living)
            self._noted = living

    def _watch_disk(self) -> None:
        if time.monotonic() < self._disk_check_at:
            return
        self._disk_check_at = time.monotonic() + _DISK_CHECK_S
        try:
            self.home.require_free_space()
        except MachineFault as fault:
            tell(str(fault))

    def _give_up_on_failures(self) -> None:
        for process in self._processes:
            if process.deaths >= _DEATHS_BEFORE_GIVING_UP:
                raise MachineFault(
                    f"{process.program.name} ends as soon as it is started; its last words"
                    f" ({process.log}):\n{process.last_words()}"
                )

    def _stop_all(self) -> None:
        """In the reverse order of starting, all told at once, the database last."""
        for process in reversed(self._processes):
            process.ask_to_stop()
        began = time.monotonic()
        for process in self._processes:
            process.end(began + process.program.stop_timeout_s)
        self._children_file.unlink(missing_ok=True)
        self.database.stop()
