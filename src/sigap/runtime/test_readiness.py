"""Ready means: the core answers, and every camera's recording grew since the start."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sigap.runtime.readiness import Readiness


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/v1/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Healthy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_core_that_does_not_answer_is_not_ready(tmp_path: Path) -> None:
    assert not Readiness("http://127.0.0.1:1", tmp_path)()


def test_a_core_that_answers_is_ready_where_there_are_no_cameras(
    address: str, tmp_path: Path
) -> None:
    assert Readiness(address, tmp_path / "none")()


def test_cameras_must_record_anew(address: str, tmp_path: Path) -> None:
    old = tmp_path / "camera-1" / "2026-01-01" / "000000000.mp4"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"")
    ready = Readiness(address, tmp_path, cameras=1)
    ready._began = time.time() + 1
    assert not ready()
    fresh = Readiness(address, tmp_path, cameras=1)
    fresh._began = time.time() - 60
    assert fresh()
