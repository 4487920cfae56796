"""The programs of one machine and the environment they share. Called by `up` and `demo`."""

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from sigap.runtime.database_address import DatabaseAddress
from sigap.runtime.faults import MachineFault
from sigap.runtime.home import Home
from sigap.runtime.ports import Port, camera_port, core_port, node_port
from sigap.runtime.process import Program
from sigap.runtime.secrets_file import environment_of, load_secrets

_CORE_WORKERS = 2


@dataclass(frozen=True)
class Site:
    """Where this machine's Sigap listens; made before anything is started, so ports are checked."""

    home: Home
    core: Port
    node: Port
    listener: socket.socket

    @classmethod
    def claim(cls, home: Home) -> "Site":
        """Take the core's port and check the node's; raises MachineFault naming the variable."""
        node = node_port()
        node.require_free()
        core = core_port()
        return cls(home, core, node, core.listen())

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.core.host == "0.0.0.0" else self.core.host
        return f"http://{host}:{self.core.number}"

    @property
    def node_address(self) -> str:
        host = "127.0.0.1" if self.node.host == "0.0.0.0" else self.node.host
        return f"http://{host}:{self.node.number}"

    def environment(self, database: DatabaseAddress) -> dict[str, str]:
        """What every program of this machine gets; the caller's own variables go before."""
        ours = {
            "SIGAP_CORE_URL": self.address,
            "SIGAP_NODE_URL": self.node_address,
            "SIGAP_NODE_HOST": self.node.host,
        }
        fixed = {
            "SIGAP_HOME": str(self.home.root),
            "SIGAP_DATABASE_URL": database.url,
            "SIGAP_PORT": str(self.core.number),
            "SIGAP_NODE_PORT": str(self.node.number),
            "DJANGO_SETTINGS_MODULE": "sigap.config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        return {**ours, **os.environ, **fixed, **environment_of(load_secrets(self.home))}


def core_programs(site: Site, environment: Mapping[str, str]) -> list[Program]:
    """Workers that share one listening socket, and the worker for jobs."""
    descriptor = site.listener.fileno()
    command = _module(
        "sigap.runtime.core_server", "--fd", str(descriptor), "sigap.config.asgi:application"
    )
    workers = [
        Program(f"core-{number}", command, environment, inherits=(descriptor,))
        for number in range(1, _worker_count() + 1)
    ]
    return [*workers, Program("jobs", _module("sigap.config.worker"), environment)]


def node_program(environment: Mapping[str, str]) -> Program:
    return Program("node", _module("sigap.node"), environment)


def camera_program(clips: Mapping[str, str], environment: Mapping[str, str]) -> Program:
    """The demo's cameras: `clips` are names and files, played in a loop as RTSP."""
    played = [f"{name}={file}" for name, file in clips.items()]
    port = str(camera_port().number)
    return Program(
        "cameras", _module("sigap", "camera", "simulate", "--port", port, *played), environment
    )


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)


def _worker_count() -> int:
    text = os.environ.get("SIGAP_WORKERS") or str(_CORE_WORKERS)
    if not text.isdigit() or not 0 < int(text) <= 64:
        raise MachineFault(f"SIGAP_WORKERS={text}: give a number from 1 to 64.")
    return int(text)
