"""A line: what one viewer gets of one camera live, until it is over. Called by the live routes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from sigap.node.errors import MaskingFailed
from sigap.node.media.audience import Watcher
from sigap.node.media.door import Door, Watched
from sigap.node.media.live import MAX_VIEWERS, LiveHub, Message, Quality, Viewer
from sigap.node.media.masked import MaskedFeed, MaskedFeeds

LOOK_S = 0.25
LEFT_CODE = 1000
REFUSED_CODE = 4400
"""Close codes of WebSockets and lines. The address is forged, cut or for something else."""
CUT_CODE = 4401
"""The core took the right to watch away."""
EXPIRED_CODE = 4403
"""The token ran out; ask the core for another and come back."""
GONE_CODE = 4404
"""The camera is no longer here, or its masks cannot be burnt in."""


@dataclass(eq=False, slots=True)
class Line:
    """One viewer's place: the hub that serves it now. Moves when another suits better."""

    door: Door
    feeds: MaskedFeeds
    watcher: Watcher
    quality: Quality
    viewer: Viewer = field(default_factory=Viewer)
    hub: LiveHub | None = None
    _wished: LiveHub | None = None
    _feed: MaskedFeed | None = None

    def settle(self) -> bool:
        """Join the hub that is right now; False when there is none, and never will be."""
        camera = self.door.find_camera(self.watcher.granted.camera_uuid)
        if camera is None or (self._feed is not None and self._feed.is_over):
            return False
        try:
            hub = self._masked_hub() if self.door.masks(self.watcher) else self._plain_hub(camera)
        except MaskingFailed:
            return False
        if hub is not self.hub:
            self._part()
            if len(hub.viewers) >= MAX_VIEWERS:
                return False
            self.hub = hub
            hub.join(self.viewer)
        return True

    def leave(self) -> None:
        self._part()
        if self._wished is not None:
            self._wished.wishes.discard(self)

    def _masked_hub(self) -> LiveHub:
        self._feed = self.feeds.of(self.watcher.granted.camera_uuid, self.quality)
        return self._feed.hub

    def _plain_hub(self, camera: Watched) -> LiveHub:
        """The small stream once it has a picture; the large one until then, and when it fails."""
        self._feed = None
        sub = camera.sub_live if self.quality is Quality.SUB else None
        if sub is None:
            return camera.live
        sub.wishes.add(self)
        self._wished = sub
        return sub if sub.is_alive else camera.live

    def _part(self) -> None:
        if self.hub is not None:
            self.hub.leave(self.viewer)
            self.hub = None

    async def run(
        self, send: Callable[[Message], Awaitable[None]], others: Iterable[asyncio.Task[None]] = ()
    ) -> int:
        """Sends until the viewer or the sending ends; the code to close with."""
        self.watcher.streams += 1
        sending = asyncio.create_task(self._send_all(send))
        ended = asyncio.create_task(_wait(self.watcher.ended))
        try:
            return await self._until_over({sending, ended, *others})
        finally:
            self.watcher.streams -= 1
            self.leave()
            ended.cancel()
            sending.cancel()
            with contextlib.suppress(ConnectionError, TimeoutError, asyncio.CancelledError):
                await sending

    async def _until_over(self, tasks: set[asyncio.Task[None]]) -> int:
        while True:
            done, _ = await asyncio.wait(tasks, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
            if self.watcher.ended.is_set():
                return CUT_CODE
            if done:
                return LEFT_CODE
            if self.door.is_over(self.watcher):
                return EXPIRED_CODE
            if not self.settle():
                return GONE_CODE

    async def _send_all(self, send: Callable[[Message], Awaitable[None]]) -> None:
        while True:
            await send(await self.viewer.next_message())


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
