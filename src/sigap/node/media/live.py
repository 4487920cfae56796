"""Live view: each frame becomes a fragment, sent over WebSocket to a browser's MediaSource.

One hub a camera. A viewer starts at the last key frame, so the first picture is immediate. A viewer
that cannot keep up loses what waits for it and goes on at the next key frame.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import TypeAlias

from sigap.node.frames import Frame, VideoFormat
from sigap.node.mux.boxes import Sample, fragment, init_segment

MAX_WAITING_BYTES = 4 << 20
MAX_GROUP_FRAMES = 900
MAX_GROUP_BYTES = 16 << 20
MAX_VIEWERS = 64

Message: TypeAlias = str | bytes


@dataclass(eq=False, slots=True)
class Viewer:
    """Messages that wait for one browser. `stalled`: it skips to the next key frame."""

    _messages: deque[Message] = field(default_factory=deque)
    _bytes: int = 0
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    resyncs: int = 0
    stalled: bool = False
    greeted: bool = False

    def offer(self, message: Message, *, key: bool) -> None:
        if not self.greeted or (self.stalled and not key):
            return
        if self._bytes > MAX_WAITING_BYTES:
            self._messages.clear()
            self._bytes = 0
            self.resyncs += 1
            self.stalled = not key
            if self.stalled:
                return
        self.stalled = False
        self._put(message)

    def greet(self, video: VideoFormat, wall_clock: float) -> None:
        """What a player must know before the first frame, and again when the format changes."""
        self.greeted = True
        about = {"codec": video.codec_string, "width": video.width, "height": video.height}
        self._put(json.dumps(about))
        self._put(struct.pack(">d", wall_clock) + init_segment(video))

    def _put(self, message: Message) -> None:
        self._messages.append(message)
        self._bytes += len(message)
        self._ready.set()

    async def next_message(self) -> Message:
        while not self._messages:
            self._ready.clear()
            await self._ready.wait()
        message = self._messages.popleft()
        self._bytes -= len(message)
        return message


class LiveHub:
    """Holds the frames since the last key frame, and the viewers."""

    def __init__(self) -> None:
        self.viewers: set[Viewer] = set()
        self._group: list[Frame] = []
        self._group_bytes = 0
        self._sequence = 0
        self._step = 0

    @property
    def key_frame(self) -> Frame | None:
        """The last key frame; None before the first and after an endless group of pictures."""
        return self._group[0] if self._group else None

    def push(self, frame: Frame) -> None:
        changed = bool(self._group) and frame.format != self._group[0].format
        if self._group and not frame.key:
            self._step = frame.dts - self._group[-1].dts
        if frame.key:
            self._group, self._group_bytes = [], 0
        elif not self._group:
            return
        self._group.append(frame)
        self._group_bytes += len(frame.payload)
        if len(self._group) > MAX_GROUP_FRAMES or self._group_bytes > MAX_GROUP_BYTES:
            self._group, self._group_bytes = [], 0
        if self.viewers:
            self._send(frame, changed=changed)

    def join(self) -> Viewer:
        """A new viewer, with the current group of pictures already waiting for it."""
        viewer = Viewer()
        if self._group:
            viewer.greet(self._group[0].format, self._group[0].received_at)
            for frame in self._group:
                viewer.offer(self._message(frame), key=frame.key)
        self.viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)

    def _send(self, frame: Frame, *, changed: bool) -> None:
        message = self._message(frame)
        for viewer in self.viewers:
            if changed or (frame.key and not viewer.greeted):
                viewer.greet(frame.format, frame.received_at)
            viewer.offer(message, key=frame.key)

    def _message(self, frame: Frame) -> bytes:
        self._sequence += 1
        sample = Sample(frame.payload, frame.key, max(1, self._step), frame.pts - frame.dts)
        parts = fragment(
            [sample], sequence=self._sequence, base=frame.dts, wall_clock=frame.received_at
        )
        return struct.pack(">d", frame.received_at) + b"".join(parts)
