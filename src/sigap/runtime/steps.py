"""Things that are run once and must succeed before the programs start: migrations, demo data."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sigap.runtime.faults import MachineFault


def run_step(
    name: str, module: str, *arguments: str, environment: Mapping[str, str], log: Path
) -> None:
    """Run `python -m module`, its words into the log; raises MachineFault with the last of them."""
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        words = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise MachineFault(f"{name} failed (all of it in {log}):\n{words}")


def migrate(environment: Mapping[str, str], logs: Path) -> None:
    run_step(
        "Bringing the database up to date",
        "django",
        "migrate",
        "--noinput",
        environment=environment,
        log=logs / "migrate.log",
    )
