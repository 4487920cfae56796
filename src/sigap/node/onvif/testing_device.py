"""A virtual ONVIF camera for the tests: ipycam's own service, on loopback and free ports."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Any

import numpy as np
from ipycam.camera import IPCamera
from ipycam.config import CameraConfig
from ipycam.discovery import WSDiscoveryServer
from ipycam.http import IPCameraHTTPHandler

_PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
_PREFIXES = f'xmlns:ptz="{_PTZ}" xmlns:tptz="{_PTZ}"'
USER, PASSWORD = "admin", "k@mera/123"


@dataclass(frozen=True)
class VirtualCamera:
    """`address` is that of its device service; `discovery_port` answers probes."""

    address: str
    discovery_port: int
    inner: Any

    @property
    def pan(self) -> float:
        return float(self.inner.ptz.get_status()["pan"])

    def moves(self) -> bool:
        velocity = self.inner.ptz.velocity
        return bool(velocity.pan_speed or velocity.tilt_speed or velocity.zoom_speed)


@contextlib.contextmanager
def virtual_camera(*, rtsp_port: int = 554) -> Iterator[VirtualCamera]:
    """Its streams are `walk/main` and `walk/sub` at `rtsp_port`, played by our simulator."""
    config = CameraConfig(
        name="Gerbang",
        local_ip="127.0.0.1",
        rtsp_port=rtsp_port,
        main_stream_name="walk/main",
        sub_stream_name="walk/sub",
        username=USER,
        password=PASSWORD,
    )
    camera = IPCamera(config)
    # Its answers about PTZ use prefixes that its envelope does not declare: no XML without this.
    templates = camera.onvif._templates
    templates["envelope"] = templates["envelope"].replace(" xmlns:tds=", f" {_PREFIXES} xmlns:tds=")
    # No frame has come in yet: what a running camera would have seen last.
    camera._last_frame = np.full((90, 160, 3), 90, np.uint8)
    handler = type("Handler", (IPCameraHTTPHandler,), {"camera": camera})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    config.onvif_port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    discovery = _Discovery(camera.onvif)
    discovery.start()
    try:
        address = f"http://127.0.0.1:{config.onvif_port}/onvif/device_service"
        yield VirtualCamera(address, discovery.MULTICAST_PORT, camera)
    finally:
        discovery.stop()
        discovery.join()
        server.shutdown()
        server.server_close()
        camera.ptz.stop()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Discovery(WSDiscoveryServer):  # type: ignore[misc]
    def __init__(self, service: Any) -> None:
        # Read when it binds; the real port may be taken by another run.
        type(self).MULTICAST_PORT = _free_port()
        super().__init__(service)
        self.sock.settimeout(0.05)
