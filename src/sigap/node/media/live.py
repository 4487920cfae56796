"""Live view: each frame becomes a fragment, sent over WebSocket to a browser's MediaSource.

One hub a camera. A viewer starts at the last key frame, so the first picture is immediate. A viewer
that cannot keep up loses what waits for it and goes on at the next key frame.
"""

from __future__ import annotations

import asyncio
import json
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from sigap.node.frames import CLOCK_HZ, AudioCodec, AudioFormat, AudioFrame, Frame, VideoFormat
from sigap.node.media.voice import Voice
from sigap.node.mux.boxes import Sample, fragment, init_segment
from sigap.node.mux.sound import Sound, sound_of

MAX_WAITING_BYTES = 4 << 20
MAX_GROUP_FRAMES = 900
MAX_GROUP_BYTES = 16 << 20
MAX_VIEWERS = 64
MAX_SOUND_FRAMES = 200
"""That wait for the next picture."""
ALIVE_S = 3.0
FIRST_STEP = CLOCK_HZ // 5
"""How long a picture lasts is told before the next one came. MediaSource takes more than twice as
long for a break and drops everything up to the next key frame, so rather too long than too short:
what is too long ends with the next picture. Ticks of 90 kHz."""
LONGEST_STEP = CLOCK_HZ // 2
STEP_FADES = 0.95

Message: TypeAlias = str | bytes


class Quality(StrEnum):
    """Which of a camera's streams: the large one, or the small one for tiles."""

    MAIN = "main"
    SUB = "sub"


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

    def greet(
        self,
        video: VideoFormat,
        quality: Quality,
        wall_clock: float,
        sound: AudioFormat | None = None,
    ) -> None:
        """What a player must know before the first frame, and again when the format changes."""
        self.greeted = True
        about = {
            "codec": video.codec_string,
            "width": video.width,
            "height": video.height,
            "quality": quality.value,
            "audio": sound.codec.value if sound else None,
        }
        self._put(json.dumps(about))
        self._put(struct.pack(">d", wall_clock) + init_segment(video, sound))

    def _put(self, message: Message) -> None:
        self._messages.append(message)
        self._bytes += len(message)
        self._ready.set()

    def begin_anew(self) -> None:
        """Forget what waits: another stream follows, which greets first."""
        self._messages.clear()
        self._bytes = 0
        self.greeted = self.stalled = False

    async def next_message(self) -> Message:
        while not self._messages:
            self._ready.clear()
            await self._ready.wait()
        message = self._messages.popleft()
        self._bytes -= len(message)
        return message


class LiveHub:
    """Holds the frames since the last key frame, and the viewers.

    `listeners` get every frame itself; `wishes` are of those who would join if there were frames.
    """

    def __init__(self, quality: Quality = Quality.MAIN) -> None:
        self.quality = quality
        self.viewers: set[Viewer] = set()
        self.listeners: set[Callable[[Frame], None]] = set()
        self.wishes: set[object] = set()
        self._group: list[Frame] = []
        self._group_sound: list[Sound | None] = []
        self._sound: list[AudioFrame] = []
        self._voice: Voice | None = None
        self._heard_format: AudioFormat | None = None
        self._sound_format: AudioFormat | None = None
        self._sound_is_new = False
        self._group_bytes = 0
        self._sequence = 0
        self._step = FIRST_STEP
        self._last_dts: int | None = None

    @property
    def key_frame(self) -> Frame | None:
        """The last key frame; None before the first and after an endless group of pictures."""
        return self._group[0] if self._group else None

    @property
    def is_wanted(self) -> bool:
        return bool(self.viewers or self.listeners or self.wishes)

    @property
    def is_alive(self) -> bool:
        """There is a picture to begin with, and new ones come."""
        return bool(self._group) and time.time() - self._group[-1].received_at < ALIVE_S

    @property
    def group(self) -> list[Frame]:
        """The frames since the last key frame."""
        return list(self._group)

    def push_sound(self, frame: AudioFrame) -> None:
        """Goes out with the next picture, as browsers play it; nothing while nobody watches."""
        if frame.format != self._heard_format:
            self._heard_format = frame.format
            is_aac = frame.format.codec is AudioCodec.AAC
            self._voice = None if is_aac else Voice(frame.format)
            self._sound_format = self._voice.format if self._voice else frame.format
            self._sound_is_new = True
            self._sound.clear()
        if self.viewers and len(self._sound) < MAX_SOUND_FRAMES:
            self._sound += self._voice.convert(frame) if self._voice else [frame]

    def push(self, frame: Frame) -> None:
        changed = bool(self._group) and frame.format != self._group[0].format
        self._measure(frame.dts)
        if frame.key:
            changed, self._sound_is_new = changed or self._sound_is_new, False
            self._clear_group()
        elif not self._group:
            return
        # What players were not told of yet is not sent: sound begins with a key frame.
        sound = None if self._sound_is_new else sound_of(self._sound)
        self._sound.clear()
        self._group.append(frame)
        self._group_sound.append(sound)
        self._group_bytes += len(frame.payload)
        if len(self._group) > MAX_GROUP_FRAMES or self._group_bytes > MAX_GROUP_BYTES:
            self._clear_group()
        for listener in self.listeners:
            listener(frame)
        if self.viewers:
            self._send(frame, sound, changed=changed)

    def _clear_group(self) -> None:
        self._group, self._group_sound, self._group_bytes = [], [], 0

    def join(self, viewer: Viewer | None = None) -> Viewer:
        """A new viewer, or one from another hub; the current group of pictures waits for it."""
        viewer = viewer or Viewer()
        viewer.begin_anew()
        if self._group:
            self._greet(viewer, self._group[0])
            for frame, sound in zip(self._group, self._group_sound, strict=True):
                viewer.offer(self._message(frame, sound), key=frame.key)
        self.viewers.add(viewer)
        return viewer

    def _greet(self, viewer: Viewer, frame: Frame) -> None:
        sound = None if self._sound_is_new else self._sound_format
        viewer.greet(frame.format, self.quality, frame.received_at, sound)

    def leave(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)

    def _send(self, frame: Frame, sound: Sound | None, *, changed: bool) -> None:
        message = self._message(frame, sound)
        for viewer in self.viewers:
            if changed or (frame.key and not viewer.greeted):
                self._greet(viewer, frame)
            viewer.offer(message, key=frame.key)

    def _measure(self, dts: int) -> None:
        """The longest step of late: a camera that slows down at night is no break."""
        if self._last_dts is not None:
            step = min(LONGEST_STEP, dts - self._last_dts)
            self._step = max(1, step, round(self._step * STEP_FADES))
        self._last_dts = dts

    def _message(self, frame: Frame, sound: Sound | None) -> bytes:
        self._sequence += 1
        sample = Sample(frame.payload, frame.key, self._step, frame.pts - frame.dts)
        parts = fragment(
            [sample],
            sequence=self._sequence,
            base=frame.dts,
            wall_clock=frame.received_at,
            sound=sound,
        )
        return struct.pack(">d", frame.received_at) + b"".join(parts)
