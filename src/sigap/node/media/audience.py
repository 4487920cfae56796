"""Who is watching now, for the core's eyes, and who may no longer. Owned by `service`.

The core answers each health report with the people whose viewing ends: their streams are cut at
once, and what was signed for them before is refused from then on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from sigap.node.errors import TokenRefused
from sigap.node.media.tokens import Pass, View
from sigap.node.uplink.contract import ViewerReport, instant

PRESENT_S = 15.0
"""Who only fetches pictures now and then counts as watching so long after the last one."""
FORGET_CUT_S = 3600.0
"""Longer than any token lives."""


@dataclass(eq=False, slots=True)
class Watcher:
    """One stream, or the repeated requests of one token. `since`: Unix seconds."""

    granted: Pass
    view: View
    since: float
    streams: int = 0
    seen_at: float = 0.0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_present(self) -> bool:
        return self.streams > 0 or time.monotonic() - self.seen_at < PRESENT_S


class Audience:
    """Lives on the event loop."""

    def __init__(self) -> None:
        self._watchers: dict[tuple[Pass, View], Watcher] = {}
        self._cut_at: dict[str, float] = {}

    def greet(self, granted: Pass, view: View) -> Watcher:
        """Somebody asked for something. Raises TokenRefused for who was cut after it was signed."""
        if granted.issued_at <= self._cut_at.get(granted.user_id, float("-inf")):
            raise TokenRefused("this person may no longer watch")
        watcher = self._watchers.get((granted, view))
        if watcher is None or watcher.ended.is_set():
            watcher = Watcher(granted, view, time.time())
            self._watchers[granted, view] = watcher
        watcher.seen_at = time.monotonic()
        return watcher

    def cut(self, user_ids: Iterable[str]) -> None:
        now = time.time()
        gone = set(user_ids)
        self._cut_at = {u: at for u, at in self._cut_at.items() if now - at < FORGET_CUT_S}
        for watcher in self._watchers.values():
            if watcher.granted.user_id in gone:
                watcher.ended.set()
        self._cut_at |= dict.fromkeys(gone, now)

    def report(self) -> list[ViewerReport]:
        """Everybody present; who left is forgotten."""
        self._watchers = {
            key: watcher
            for key, watcher in self._watchers.items()
            if watcher.is_present and not watcher.ended.is_set()
        }
        return [
            ViewerReport(
                user_id=watcher.granted.user_id,
                camera_uuid=watcher.granted.camera_uuid,
                view=watcher.view.value,
                since=instant(watcher.since),
                mark=watcher.granted.mark,
            )
            for watcher in self._watchers.values()
        ]
