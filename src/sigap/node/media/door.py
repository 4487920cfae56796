"""The door of the media server: every request shows its token here first. Called by all routes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from sigap.node.errors import MaskingFailed, TokenRefused
from sigap.node.media.audience import Audience, Watcher
from sigap.node.media.burn import Masks
from sigap.node.media.hls import HlsFeed
from sigap.node.media.live import LiveHub
from sigap.node.media.tokens import View, verify_token
from sigap.node.uplink.contract import CameraConfig


class Watched(Protocol):
    """What of a camera the viewers can see. `sub_live`: None where there is no smaller stream."""

    @property
    def config(self) -> CameraConfig: ...

    @property
    def live(self) -> LiveHub: ...

    @property
    def sub_live(self) -> LiveHub | None: ...

    @property
    def hls(self) -> HlsFeed: ...


FindCamera = Callable[[str], Watched | None]


@dataclass(frozen=True, slots=True)
class Door:
    """`find_camera` by uuid; `media_key` is asked at each request, for the core may change it."""

    find_camera: FindCamera
    media_key: Callable[[], bytes]
    audience: Audience

    def admit(self, request: web.Request, view: View) -> Watcher:
        """Raises TokenRefused unless the token allows this view of the camera in the address."""
        return self.let_in(request.query.get("t", ""), request.match_info["uuid"], view)

    def let_in(self, token: str, camera_uuid: str, view: View) -> Watcher:
        """Raises TokenRefused unless `token` allows this view of the camera."""
        granted = verify_token(token, self.media_key(), now=time.time())
        if granted.camera_uuid != camera_uuid or view not in granted.views:
            raise TokenRefused("this address is for something else")
        return self.audience.greet(granted, view)

    def camera(self, watcher: Watcher) -> Watched:
        """Raises HTTPNotFound for a camera that this node no longer has."""
        camera = self.find_camera(watcher.granted.camera_uuid)
        if camera is None:
            raise web.HTTPNotFound(text="no such camera")
        return camera

    def masks(self, watcher: Watcher) -> Masks:
        """What must be burnt in for this person; asked again and again, for masks may be added.

        Raises MaskingFailed where nobody knows: recordings of a camera that this node lost.
        """
        if not watcher.granted.masked:
            return ()
        camera = self.find_camera(watcher.granted.camera_uuid)
        if camera is None:
            raise MaskingFailed("the privacy masks of this camera are not known any more")
        return [mask for mask in camera.config.masks if len(mask) >= 3]

    def is_over(self, watcher: Watcher) -> bool:
        """Cut by the core, or the token ran out."""
        return watcher.ended.is_set() or watcher.granted.expires_at <= time.time()
