"""A core to measure: its own PostgreSQL with full durability, two workers, real HTTP.

Started by the benchmarks that speak HTTP; everything lies in a temporary folder and goes with it.
`bench.core_people` fills the database.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sigap.runtime.database_address import DatabaseAddress
from sigap.runtime.home import Home
from sigap.runtime.postgres import PostgresServer
from sigap.runtime.secrets_file import environment_of, load_secrets
from sigap.runtime.steps import migrate

WORKERS = 2
START_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Login:
    """The cookies and the header of one member of the cast who is logged in."""

    session: str
    csrf: str

    @property
    def headers(self) -> dict[str, str]:
        """What every request of this person carries."""
        cookies = f"sessionid={self.session}; csrftoken={self.csrf}"
        return {"Cookie": cookies, "X-CSRFToken": self.csrf}


@dataclass(frozen=True, slots=True)
class Contents:
    """What the core's city holds besides the cast: units, perhaps a camera with a zone, perhaps
    roads (then the city lies where they lie, and the units on them)."""

    units: int = 0
    camera_url: str = ""
    road_file: Path | None = None


@dataclass(frozen=True, slots=True)
class RunningCore:
    """Where it answers, who may use it, its workers' process ids, and the environment in which
    another program of the same site runs."""

    address: str
    database: DatabaseAddress
    logins: dict[str, Login]
    worker_pids: list[int]
    environment: dict[str, str]

    def url(self, path: str) -> str:
        """The address of an API route."""
        return f"{self.address}/api/v1/{path}"


@contextmanager
def running_core(
    contents: Contents | None = None, *, workers: int = WORKERS
) -> Iterator[RunningCore]:
    """Serve a fresh core with the cast and `contents`; ends and removes everything."""
    with tempfile.TemporaryDirectory(prefix="sigap-bench-") as folder:
        home = Home(Path(folder))
        home.prepare()
        with PostgresServer(home) as server, socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(512)
            address = DatabaseAddress.from_url(server.connection_url())
            environment = _environment(home, address)
            migrate(environment, home.logs)
            logins = _people(environment, contents or Contents())
            core = f"http://127.0.0.1:{listener.getsockname()[1]}"
            environment["SIGAP_CORE_URL"] = core
            processes = [_worker(environment, home, listener, n) for n in range(workers)]
            try:
                _await_answer(core)
                pids = [process.pid for process in processes]
                yield RunningCore(core, address, logins, pids, environment)
            finally:
                for process in processes:
                    process.terminate()
                for process in processes:
                    process.wait(timeout=15)


def _environment(home: Home, address: DatabaseAddress) -> dict[str, str]:
    return {
        **os.environ,
        "SIGAP_HOME": str(home.root),
        "SIGAP_DATABASE_URL": address.url,
        "SIGAP_PUBLIC_WRITES_PER_MINUTE": "0",
        "DJANGO_SETTINGS_MODULE": "sigap.config.settings",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        **environment_of(load_secrets(home)),
    }


def _people(environment: dict[str, str], contents: Contents) -> dict[str, Login]:
    command = [sys.executable, "-m", "bench.core_people", str(contents.units)]
    command += [contents.camera_url, str(contents.road_file or "")]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return {name: Login(**cookies) for name, cookies in json.loads(done.stdout).items()}


def _worker(
    environment: dict[str, str], home: Home, listener: socket.socket, number: int
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sigap.runtime.core_server"]
    command += ["--fd", str(listener.fileno()), "sigap.config.asgi:application"]
    with (home.logs / f"core-{number}.log").open("wb") as log:
        return subprocess.Popen(
            command, env=environment, pass_fds=[listener.fileno()], stdout=log, stderr=log
        )


def _await_answer(core: str) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            with urllib.request.urlopen(f"{core}/api/v1/healthz", timeout=10) as answer:
                answer.read()
                return
        except (urllib.error.URLError, TimeoutError):
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)
