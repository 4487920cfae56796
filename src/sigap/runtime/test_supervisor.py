"""The supervisor with real processes: it restarts what dies and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sigap.runtime.database_address import DatabaseAddress
from sigap.runtime.faults import MachineFault
from sigap.runtime.home import Home
from sigap.runtime.leftovers import is_supervised
from sigap.runtime.process import Program
from sigap.runtime.supervisor import Supervisor

_SLEEPER = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(600)"
_STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    " print(os.getpid(), flush=True); time.sleep(600)"
)


class NoDatabase:
    """Stands for a PostgreSQL that others run."""

    def start(self) -> DatabaseAddress:
        return DatabaseAddress("none", "none", "none")

    def stop(self) -> None:
        """Nothing to stop."""

    def is_running(self) -> bool:
        return True


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "var")
    home.prepare()
    yield home
    for pid in _pids(home, "one") + _pids(home, "two"):
        assert not _lives(pid), f"process {pid} was left behind"


def _program(name: str, code: str = _SLEEPER, *, stop_timeout_s: float = 5.0) -> Program:
    return Program(
        name, (sys.executable, "-c", code), dict(os.environ), stop_timeout_s=stop_timeout_s
    )


def _pids(home: Home, name: str) -> list[int]:
    log = home.logs / f"{name}.log"
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _wait_until(true: Callable[[], bool], deadline_s: float = 20.0) -> None:
    deadline = time.monotonic() + deadline_s
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def test_a_program_that_dies_is_started_again(home: Home) -> None:
    supervisor = Supervisor(home, NoDatabase())
    with supervisor.on_duty():
        supervisor.begin([_program("one")])
        supervisor.run_until(lambda: len(_pids(home, "one")) == 1, timeout_s=20)
        os.kill(_pids(home, "one")[0], signal.SIGKILL)
        supervisor.run_until(lambda: len(_pids(home, "one")) == 2, timeout_s=20)


def test_a_program_that_ignores_sigterm_is_killed(home: Home) -> None:
    supervisor = Supervisor(home, NoDatabase())
    with supervisor.on_duty():
        supervisor.begin([_program("one", _STUBBORN, stop_timeout_s=0.3)])
        supervisor.run_until(lambda: len(_pids(home, "one")) == 1, timeout_s=20)


def test_a_program_that_cannot_start_is_a_clear_sentence(home: Home) -> None:
    supervisor = Supervisor(home, NoDatabase())
    with supervisor.on_duty():
        supervisor.begin([_program("one", "raise SystemExit('no such town')")])
        with pytest.raises(MachineFault, match=r"one ends as soon as it is started.*\n.*no such"):
            supervisor.run_until(lambda: False, timeout_s=60)
    (home.logs / "one.log").unlink()


def test_only_one_supervisor_works_on_a_home(home: Home) -> None:
    with Supervisor(home, NoDatabase()).on_duty():
        assert is_supervised(home)
        with (
            pytest.raises(MachineFault, match="already runs"),
            Supervisor(home, NoDatabase()).on_duty(),
        ):
            pass
    assert not is_supervised(home)


_WHOLE = """
import os, sys
from pathlib import Path
from sigap.runtime.home import Home
from sigap.runtime.test_supervisor import NoDatabase, _program
from sigap.runtime.supervisor import Stopped, Supervisor
supervisor = Supervisor(Home(Path(sys.argv[1])), NoDatabase())
try:
    with supervisor.on_duty():
        supervisor.begin([_program("one"), _program("two")])
        print("up", flush=True)
        supervisor.run_for_ever()
except Stopped:
    print("stopped")
"""


def _supervise(home: Home) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", _WHOLE, str(home.root)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    _wait_until(lambda: bool(_pids(home, "one") and _pids(home, "two")))
    return child


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything(home: Home, number: signal.Signals) -> None:
    with _supervise(home) as child:
        child.send_signal(number)
        assert child.wait(20) == 0


def test_kill_9_of_the_supervisor_leaves_nothing_and_the_next_starts(home: Home) -> None:
    with _supervise(home) as child:
        child.kill()
        child.wait()
    _wait_until(lambda: not any(map(_lives, _pids(home, "one") + _pids(home, "two"))))
    with _supervise(home) as child:
        child.terminate()
        assert child.wait(20) == 0


def test_leftovers_that_do_not_hear_are_ended_by_the_next(home: Home) -> None:
    supervisor = Supervisor(home, NoDatabase())
    orphan = subprocess.Popen(_program("one", _STUBBORN).command, start_new_session=True)
    note = home.run / "processes.json"
    started = int(Path(f"/proc/{orphan.pid}/stat").read_text().rpartition(")")[2].split()[19])
    note.write_text(f'[{{"name": "one", "pid": {orphan.pid}, "started": {started}}}]')
    with supervisor.on_duty():
        assert orphan.wait(10) < 0
    assert not note.exists()
