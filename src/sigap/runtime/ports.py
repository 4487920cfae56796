"""The network ports of one machine: which, whether they are free, and the shared listener."""

import errno
import os
import socket
from dataclasses import dataclass

from sigap.runtime.faults import MachineFault


@dataclass(frozen=True)
class Port:
    """A port, where its number comes from, and what listens there."""

    number: int
    variable: str
    purpose: str
    host: str = "127.0.0.1"

    @classmethod
    def from_environment(cls, variable: str, default: int, purpose: str) -> "Port":
        host = os.environ.get("SIGAP_HOST") or "127.0.0.1"
        text = os.environ.get(variable) or str(default)
        if not text.isdigit() or not 0 < int(text) < 65536:
            raise MachineFault(f"{variable}={text} is no port: give a number from 1 to 65535.")
        return cls(int(text), variable, purpose, host)

    def listen(self) -> socket.socket:
        """A listening socket; raises MachineFault where another program has the port."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.host, self.number))
            listener.listen(1024)
        except OSError as error:
            listener.close()
            raise MachineFault(self._trouble(error)) from error
        return listener

    def require_free(self) -> None:
        self.listen().close()

    def _trouble(self, error: OSError) -> str:
        where = f"port {self.number} on {self.host} ({self.purpose})"
        other = f"set {self.variable} to another number"
        if error.errno == errno.EADDRINUSE:
            return f"Another program uses {where}: end it, or {other}."
        if error.errno == errno.EACCES:
            return f"This user may not use {where}: {other}, above 1023."
        return f"Sigap cannot listen on {where}: {error.strerror}; {other}, or check SIGAP_HOST."


def core_port() -> Port:
    return Port.from_environment("SIGAP_PORT", 8000, "Sigap's pages and API")


def node_port() -> Port:
    return Port.from_environment("SIGAP_NODE_PORT", 8090, "the camera node")


def camera_port() -> Port:
    return Port.from_environment("SIGAP_CAMERA_PORT", 8554, "the demo's cameras")
