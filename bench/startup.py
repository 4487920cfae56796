"""From a fresh clone to a working demo city, and the second start: `python -m bench.startup`.

    python -m bench.startup [--json] [--keep]

Clones the repository into a temporary folder and runs `make demo` there as a newcomer does, on
ports of its own. Downloads come from the registries and their caches on this machine.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO

from bench.report import Row, print_rows
from sigap.runtime.demo import READY_LINE
from sigap.runtime.home import Home
from sigap.runtime.postgres import PostgresServer
from sigap.runtime.postgres_settings import Durability

BENCH = "startup"
TIMEOUT_S = 1500.0
_ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", action="store_true", help="leave the clone where it is")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="sigap-startup-"))
    folder.chmod(0o755)
    try:
        rows = [*measure_demo(folder), *measure_postgres(folder)]
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print_rows(rows, chosen.json)


def measure_demo(folder: Path) -> list[Row]:
    """Clone, first `make demo`, second `make demo`; seconds until the ready line, and to stop."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "-q", str(_ROOT), str(clone)], check=True)
    names = ("first start, from clone to ready", "second start")
    rows: list[Row] = []
    for name in names:
        ready_s, stop_s = _start_and_stop(clone, folder / "demo.log")
        rows += [Row(BENCH, name, ready_s, "s"), Row(BENCH, f"stop after {name}", stop_s, "s")]
    return rows


def measure_postgres(folder: Path) -> list[Row]:
    """The embedded PostgreSQL alone: first start, second start, start after kill -9."""
    home = Home(folder / "pg-alone")
    server = PostgresServer(home, durability=Durability.FULL)
    rows = []
    for name in ("first start (initdb)", "second start"):
        began = time.monotonic()
        server.start()
        rows.append(Row(BENCH, f"PostgreSQL {name}", time.monotonic() - began, "s"))
        if name == "second start":
            break
        server.stop()
    os.kill(int((home.postgres_data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    began = time.monotonic()
    while server.is_running():
        time.sleep(0.01)
    server.start()
    rows.append(Row(BENCH, "PostgreSQL start after kill -9", time.monotonic() - began, "s"))
    server.stop()
    server.erase()
    return rows


def _start_and_stop(clone: Path, log: Path) -> tuple[float, float]:
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("SIGAP_")},
        "SIGAP_PORT": str(_free_port()),
        "SIGAP_NODE_PORT": str(_free_port()),
        "SIGAP_CAMERA_PORT": str(_free_port()),
    }
    began = time.monotonic()
    with log.open("w") as output:
        demo = subprocess.Popen(
            ["make", "demo"],
            cwd=clone,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _await_ready(demo, log)
    ready_s = time.monotonic() - began
    began = time.monotonic()
    os.killpg(demo.pid, signal.SIGINT)
    demo.wait(60)
    return ready_s, time.monotonic() - began


def _await_ready(demo: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    with log.open() as words:
        while not _says_ready(words):
            if demo.poll() is not None or time.monotonic() > deadline:
                os.killpg(demo.pid, signal.SIGTERM)
                raise SystemExit(f"the demo did not become ready:\n{log.read_text()[-3000:]}")
            time.sleep(0.05)


def _says_ready(words: IO[str]) -> bool:
    return any(line.startswith(READY_LINE) for line in words)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
