"""A real core over HTTP inside the test's process and database: for streams and browsers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from sigap.config.asgi import application

START_TIMEOUT_S = 20


@contextmanager
def serve_core() -> Iterator[str]:
    """Serve the core on a free port of this machine; yields its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        application, log_level="warning", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    ready = threading.Event()
    for _ in range(START_TIMEOUT_S * 50):
        if server.started:
            break
        ready.wait(0.02)
    assert server.started, "the core did not start"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
