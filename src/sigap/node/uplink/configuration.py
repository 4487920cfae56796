"""Keeps the node's configuration: from the core every two seconds, from disk while it is away.

A camera that the core describes badly is left out and named; the others are not disturbed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sigap.node.durable import write_durably
from sigap.node.errors import CoreRefused, CoreUnavailable, NodeError
from sigap.node.uplink.client import CoreClient
from sigap.node.uplink.contract import CameraConfig, NodeConfig

POLL_S = 2.0
_log = logging.getLogger(__name__)

ApplyConfig = Callable[[NodeConfig], Awaitable[None]]


def parse_config(raw: Any) -> NodeConfig:
    """Raises NodeError when the frame around the cameras makes no sense."""
    if not isinstance(raw, dict) or not isinstance(raw.get("cameras"), list):
        raise NodeError("the core's configuration has no cameras")
    cameras: dict[int, CameraConfig] = {}
    uuids: set[str] = set()
    for entry in raw["cameras"]:
        try:
            camera = CameraConfig.model_validate(entry)
        except ValidationError as error:
            _log.error("a camera of the configuration is left out: %s", error)
            continue
        if camera.uuid in uuids:
            _log.error("camera %s is left out: its uuid is taken", camera.id)
            continue
        uuids.add(camera.uuid)
        cameras[camera.id] = camera
    try:
        return NodeConfig.model_validate({**raw, "cameras": list(cameras.values())})
    except ValidationError as error:
        raise NodeError(f"the core's configuration is not understood: {error}") from error


class ConfigPoller:
    def __init__(self, core: CoreClient, cache: Path, apply: ApplyConfig) -> None:
        self._core, self._cache, self._apply = core, cache, apply
        self._version: int | None = None

    async def run(self) -> None:
        """For ever. The cached configuration counts until the core has answered once."""
        await self._start_from_cache()
        complaint = ""
        while True:
            try:
                await self._poll()
                complaint = ""
            except (CoreUnavailable, CoreRefused, NodeError) as error:
                if str(error) != complaint:
                    _log.warning("configuration unchanged: %s", error)
                complaint = str(error)
            await asyncio.sleep(POLL_S)

    async def _poll(self) -> None:
        raw = await self._core.fetch_config(self._version)
        if raw is None:
            return
        config = parse_config(raw)
        await self._apply(config)
        self._version = config.version
        await asyncio.to_thread(write_durably, self._cache, json.dumps(raw).encode())

    async def _start_from_cache(self) -> None:
        try:
            raw = json.loads(self._cache.read_bytes())
            await self._apply(parse_config(raw))
        except FileNotFoundError:
            return
        except (OSError, ValueError, NodeError) as error:
            _log.warning("cached configuration is not usable: %s", error)
