"""How soon an operator sees an alarm: from the picture that the camera showed to the row.

    python -m bench.alarm [--json] [--seconds S] [--film FILE]

Everything is real and apart: the demo's footage played over RTSP with a clock of its own, the
camera node with its detector, the core with two workers, an operator on the event stream who takes
each row as it comes. One camera, 5 pictures a second analysed, its zone nearly the whole picture.
Somebody always walks in the demo's footage; `--film` of a street where people come one by one
tells what the key frame gate adds.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import aiohttp

from bench.report import Row, print_rows, timing_rows
from bench.running_core import Contents, RunningCore, running_core
from sigap.runtime.film import Recipe, convert
from sigap.runtime.footage import Film, ensure_footage
from sigap.runtime.home import Home
from sigap.runtime.weights import ensure_detector

BENCH = "alarm"
SECONDS = 120.0
OPERATOR = "bima"
START_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Shown:
    """A row on the operator's stream. Both by the wall clock of this machine, in seconds."""

    observed_at_s: float
    arrived_at_s: float


@dataclass(frozen=True, slots=True)
class CameraClock:
    """When the camera showed which picture: picture k at `started_at + k / fps`."""

    started_at: float
    fps: float

    def shown_at_s(self, observed_at_s: float) -> float:
        """When the picture was shown that the node stamped so: the last one before the stamp."""
        pictures = int((observed_at_s - self.started_at) * self.fps)
        return self.started_at + pictures / self.fps


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--film", type=Path, help="another video; converted as the demo's is")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home.from_environment()
        home.prepare()
        film = ensure_footage(home, None).films[0]
        if arguments.film:
            film = Film("film", str(Path(folder) / "film.mp4"))
            convert(arguments.film, Path(film.path), Recipe())
        print_rows(measure(home, film, arguments.seconds), arguments.json)


def measure(home: Home, film: Film, seconds: float) -> list[Row]:
    """Rows from `seconds` of the film."""
    detector = ensure_detector(home.models)
    rtsp, clocks, node = (_free_port() for _ in range(3))
    os.environ["SIGAP_NODE_URL"] = f"http://127.0.0.1:{node}"
    os.environ["SIGAP_NODE_PORT"] = str(node)
    camera_url = f"rtsp://127.0.0.1:{rtsp}/{film.name}"
    with running_core(Contents(camera_url=camera_url)) as core:
        _place_detector(detector, Path(core.environment["SIGAP_HOME"]) / "models")
        simulate = ["sigap", "camera", "simulate", f"{film.name}={film.path}"]
        simulate += ["--port", str(rtsp), "--clock-port", str(clocks)]
        with _program(core, simulate):
            _await_port(rtsp)
            with _program(core, ["sigap.node"]):
                shown, clock = asyncio.run(_watch(core, clocks, seconds))
    return _rows(shown, clock)


def _rows(shown: list[Shown], clock: CameraClock) -> list[Row]:
    whole = [(one.arrived_at_s - clock.shown_at_s(one.observed_at_s)) * 1000 for one in shown]
    stamp = [(one.observed_at_s - clock.shown_at_s(one.observed_at_s)) * 1000 for one in shown]
    return [
        *timing_rows(BENCH, "picture shown to row on the stream", whole),
        *timing_rows(BENCH, "of it: until the node has the picture", stamp),
        Row(BENCH, "alarms", len(shown), "rows"),
    ]


async def _watch(
    core: RunningCore, clock_port: int, seconds: float
) -> tuple[list[Shown], CameraClock]:
    shown: list[Shown] = []
    headers = core.logins[OPERATOR].headers
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        watching = asyncio.create_task(_operate(session, core, shown))
        try:
            await asyncio.wait_for(asyncio.shield(watching), timeout=START_TIMEOUT_S + seconds)
        except TimeoutError:
            watching.cancel()
        async with session.get(f"http://127.0.0.1:{clock_port}/clocks") as answer:
            latest = (await answer.json())[-1]
    if not shown:
        raise SystemExit("No alarm came: look at the logs of node and core.")
    return shown, CameraClock(float(latest["started_at"]), float(latest["fps"]))


async def _operate(session: aiohttp.ClientSession, core: RunningCore, shown: list[Shown]) -> None:
    """Note each new camera signal and acknowledge it, so that the next one makes a row again."""
    async with session.get(core.url("console/snapshot")) as answer:
        after = (await answer.json())["last_event_id"]
    async with session.get(core.url(f"stream?after={after}")) as stream:
        async for line in stream.content:
            arrived_at_s = time.time()
            if not line.startswith(b"data:") or b'"signal.received"' not in line:
                continue
            row = json.loads(line[5:])["row"]
            if row is None or row["source"] != "camera":
                continue
            observed_at = datetime.fromisoformat(row["observed_at"])
            shown.append(Shown(observed_at.timestamp(), arrived_at_s))
            path = core.url(f"signals/{row['id']}/acknowledge")
            async with session.post(path, json={"version": row["version"]}) as done:
                await done.read()


@contextmanager
def _program(core: RunningCore, arguments: list[str]) -> Iterator[None]:
    """`python -m …` while the block runs."""
    log_path = Path(core.environment["SIGAP_HOME"]) / "log" / f"{arguments[-1].split('.')[-1]}.log"
    log_path.parent.mkdir(exist_ok=True)
    with log_path.open("wb") as log:
        command = [sys.executable, "-m", *arguments]
        process = subprocess.Popen(command, env=core.environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


def _place_detector(detector: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in (detector, detector.with_suffix(".json")):
        shutil.copy(file, folder / file.name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(port: int) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    main()
