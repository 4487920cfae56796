"""A demo city of its own, started as `make demo` starts it, on free ports."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_LIMIT_S = 420
STOP_LIMIT_S = 60
READY = "SIGAP_DEMO_READY"
# Downloads that every home may share.
SHARED_PARTS = ("models", "footage", "cache")


@dataclass(frozen=True)
class Demo:
    """A running demo: its address, the passwords by account, its folder."""

    address: str
    passwords: dict[str, str]
    home: Path

    def officer_of(self, call_sign: str) -> str:
        """The account that crews `call_sign`."""
        return f"petugas-{call_sign.lower()}"


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_demo(home: Path, prepared: Path) -> Iterator[Demo]:
    """Start `sigap demo` in `home`; weights and footage are taken from `prepared`."""
    home.mkdir(parents=True, exist_ok=True)
    for part in SHARED_PARTS:
        there = home / part
        if (prepared / part).is_dir() and not there.exists():
            there.symlink_to((prepared / part).resolve(), target_is_directory=True)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("SIGAP_", "DJANGO_"))},
        "SIGAP_HOME": str(home),
        "SIGAP_PORT": str(free_port()),
        "SIGAP_NODE_PORT": str(free_port()),
        "SIGAP_CAMERA_PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "sigap", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        address = _await_ready(process)
        # Somebody must go on reading, or the demo would block on a full pipe.
        reader = threading.Thread(target=_drain, args=(process,), daemon=True)
        reader.start()
        yield known_demo(home, address)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def known_demo(home: Path, address: str) -> Demo:
    """The demo that runs at `address` with its data in `home`."""
    return Demo(address, _passwords(home), home)


def _drain(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    with process.stdout as said:
        said.read()


def _await_ready(process: "subprocess.Popen[str]") -> str:
    """Read what the demo says; its silence past the limit is ended by ending it."""
    assert process.stdout is not None
    watchdog = threading.Timer(START_LIMIT_S, process.terminate)
    watchdog.start()
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line)
            if line.startswith(READY):
                return line.split()[1]
    finally:
        watchdog.cancel()
    process.stdout.close()
    raise AssertionError("the demo did not start:\n" + "".join(said))


def _passwords(home: Path) -> dict[str, str]:
    rows = json.loads((home / "demo-accounts.json").read_text())
    return {row["username"]: row["password"] for row in rows}
