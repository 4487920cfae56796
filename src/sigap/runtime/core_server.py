"""One worker of the core: `python -m sigap.runtime.core_server --fd N APPLICATION`.

The listening socket belongs to the supervisor and is shared by all workers: a worker that dies
takes no waiting connection with it.
"""

import argparse
import socket

import uvicorn

_STOP_TIMEOUT_S = 3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True, help="the listening socket")
    parser.add_argument("application", help="module:name of the ASGI application")
    chosen = parser.parse_args()
    config = uvicorn.Config(
        chosen.application,
        access_log=False,
        timeout_graceful_shutdown=_STOP_TIMEOUT_S,
        timeout_keep_alive=30,
        server_header=False,
        forwarded_allow_ips="127.0.0.1",
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=chosen.fd)])


if __name__ == "__main__":
    main()
