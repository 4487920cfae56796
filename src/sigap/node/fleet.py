"""The cameras of this node, as the core's configuration names them. Owned by `service`."""

from __future__ import annotations

import asyncio
import logging

from sigap.node.camera import Camera, CameraSurroundings
from sigap.node.uplink.contract import CameraConfig, CameraHealth, NodeConfig

_log = logging.getLogger(__name__)


class Fleet:
    def __init__(self, around: CameraSurroundings, *, default_retention_h: float) -> None:
        self.config: NodeConfig | None = None
        self._around = around
        self._default_retention_h = default_retention_h
        self._cameras: dict[int, Camera] = {}
        self._by_uuid: dict[str, Camera] = {}

    async def apply(self, config: NodeConfig) -> None:
        """Start, stop and change cameras; those that stay the same are not touched."""
        wanted = {camera.id: camera for camera in config.cameras}
        kept = {
            number
            for number, camera in self._cameras.items()
            if number in wanted and camera.adopt(wanted[number])
        }
        gone = [self._cameras.pop(number) for number in set(self._cameras) - kept]
        await asyncio.gather(*(camera.stop() for camera in gone))
        for number, camera_config in wanted.items():
            if number not in kept:
                camera = Camera(camera_config, self._around)
                self._cameras[number] = camera
                camera.start()
        self._by_uuid = {camera.config.uuid: camera for camera in self._cameras.values()}
        self.config = config
        _log.info("configuration %s: %s cameras", config.version, len(self._cameras))

    def find(self, uuid: str) -> Camera | None:
        return self._by_uuid.get(uuid)

    def uuid_of(self, camera_id: int) -> str | None:
        camera = self._cameras.get(camera_id)
        return camera.config.uuid if camera else None

    def config_of(self, uuid: str) -> CameraConfig | None:
        camera = self._by_uuid.get(uuid)
        return camera.config if camera else None

    def health(self) -> list[CameraHealth]:
        return [camera.health() for camera in self._cameras.values()]

    def media_key(self) -> bytes:
        return bytes.fromhex(self.config.media_key) if self.config else b""

    def retention_h(self, camera_uuid: str) -> float:
        camera = self._by_uuid.get(camera_uuid)
        return camera.config.retention_h if camera else self._default_retention_h

    async def stop(self) -> None:
        cameras = list(self._cameras.values())
        self._cameras, self._by_uuid = {}, {}
        await asyncio.gather(*(camera.stop() for camera in cameras))
