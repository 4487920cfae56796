"""kill -9 of any process at any moment: what was acknowledged is there, and work goes on."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.demo import Demo

pytestmark = pytest.mark.slow

RECOVERY_LIMIT_S = 90


@contextmanager
def staff(demo: Demo, account: str) -> Iterator[httpx.Client]:
    """The API as one of the demo's accounts."""
    with httpx.Client(base_url=demo.address, timeout=20) as http:
        token = http.get("/api/v1/csrf").json()["csrf_token"]
        headers = {"X-CSRFToken": token, "Referer": demo.address}
        body = {"username": account, "password": demo.passwords[account]}
        answer = http.post("/_allauth/browser/v1/auth/login", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        http.headers["X-CSRFToken"] = http.get("/api/v1/csrf").json()["csrf_token"]
        http.headers["Referer"] = demo.address
        yield http


def processes(demo: Demo, *words: str) -> list[int]:
    """The running processes of this demo whose command line holds all `words`."""
    ours = f"SIGAP_HOME={demo.home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        command = command_of(entry)
        if not all(word in command for word in words):
            continue
        try:
            mine = str(demo.home) in command or ours in (entry / "environ").read_bytes()
        except OSError:
            continue
        if mine:
            found.append(int(entry.name))
    return sorted(found)


def command_of(entry: Path) -> str:
    """The command line of a process in /proc; empty once it is gone."""
    try:
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def kill(demo: Demo, *words: str) -> None:
    """kill -9 the first process that matches."""
    victims = processes(demo, *words)
    assert victims, f"no process {words}"
    os.kill(victims[0], signal.SIGKILL)


def eventually(true: Callable[[], bool]) -> None:
    """Wait until `true`, trying again while the core is away."""
    limit = time.monotonic() + RECOVERY_LIMIT_S
    pause = threading.Event()
    while time.monotonic() < limit:
        try:
            if true():
                return
        except httpx.HTTPError:
            pass
        pause.wait(0.3)
    raise AssertionError("no recovery")


def place(http: httpx.Client) -> dict[str, float]:
    """The middle of the city."""
    lat, lon = http.get("/api/v1/city").json()["center"]
    return {"lat": lat, "lon": lon}


class Caller:
    """Saves calls one after another and remembers which were acknowledged."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.where = place(http)
        self.kept: list[int] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Caller":
        self.thread.start()
        eventually(lambda: len(self.kept) >= 5)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(timeout=30)

    def _run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            body = {
                "call_class": "normal",
                "answered_at": "2026-01-01T00:00:00Z",
                "category": "medical",
                "place": self.where,
                "notes": f"call {number}",
            }
            try:
                answer = self.http.post("/api/v1/calls", json=body)
            except httpx.HTTPError:
                continue
            if answer.status_code == 201:
                self.kept.append(answer.json()["signal"]["id"])


def known_signals(http: httpx.Client) -> set[int]:
    """The ids of all waiting signals."""
    return {row["id"] for row in http.get("/api/v1/signals/queue").json()}


@pytest.mark.parametrize(
    "words",
    [("sigap.runtime.core_server",), ("postgres", "-D"), ("sigap.config.worker",)],
    ids=["core", "postgres", "jobs"],
)
def test_nothing_acknowledged_is_lost(demo: Demo, words: tuple[str, ...]) -> None:
    with staff(demo, "penerima-112") as writer, staff(demo, "operator") as reader:
        with Caller(writer) as caller:
            kill(demo, *words)
            at_kill = len(caller.kept)
            eventually(lambda: len(caller.kept) >= at_kill + 5)
        eventually(lambda: set(caller.kept) <= known_signals(reader))


def test_the_camera_node_comes_back_and_records_on(demo: Demo) -> None:
    with staff(demo, "pengawas") as http:

        def up() -> bool:
            cameras: list[dict[str, Any]] = http.get("/api/v1/console/snapshot").json()["tables"][
                "cameras"
            ]
            watched = [camera["state"] for camera in cameras if camera["enabled"]]
            return bool(watched) and set(watched) == {"up"}

        def recorded() -> int:
            files = (demo.home / "recordings").rglob("*")
            return sum(file.stat().st_size for file in files if file.is_file())

        eventually(up)
        node = next(p for p in processes(demo, "-m sigap.node") if _is_node(p))
        os.kill(node, signal.SIGKILL)
        eventually(lambda: any(_is_node(p) and p != node for p in processes(demo, "-m sigap.node")))
        before = recorded()
        eventually(lambda: up() and recorded() > before)


def _is_node(process: int) -> bool:
    return command_of(Path(f"/proc/{process}")).rstrip().endswith("sigap.node")


def test_the_log_of_events_is_whole_after_all_this(demo: Demo) -> None:
    with staff(demo, "pengawas") as http:
        report = http.get("/api/v1/audit/verify")
        assert report.status_code == 200, report.text
        assert report.json()["intact"] is True
