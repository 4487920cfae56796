"""Sends one clip in real time and in a loop, with the faults asked for. Used by `session`."""

from __future__ import annotations

import asyncio
import random
import struct
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sigap.node.frames import CLOCK_HZ
from sigap.node.ingest.rtcp import NTP_EPOCH_S, SENDER_REPORT
from sigap.node.ingest.rtsp import INTERLEAVED
from sigap.node.simulate.clip import Clip, Picture
from sigap.node.simulate.faults import Faults
from sigap.node.simulate.outlet import Outlet
from sigap.node.simulate.payloads import VIDEO_TYPE, sound_type

RUBBISH_BYTES = 4096
GARBAGE_BYTES = 37
REPORT_S = 5.0
VIDEO, VIDEO_REPORTS, SOUND = 0, 1, 2
_PACKET = struct.Struct(">BBHBBHII")
_REPORT = struct.Struct(">BBHBBHIIIIII")


@dataclass(slots=True)
class PlayClock:
    """When which picture went out: picture k (from `start_frame`) at `started_at + k / fps`."""

    path: str
    clip: str
    fps: float
    frames_in_clip: int
    start_frame: int
    started_at: float
    frames_sent: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A picture at its time: ticks since the start of play, the loop's number and its start."""

    at: int
    loop_number: int
    loop_at: int
    picture: Picture


class Player:
    """`clips`: what the camera may change to."""

    def __init__(self, clip: Clip, faults: Faults, clips: Mapping[str, Clip], outlet: Outlet):
        self._clip, self._faults, self._outlet = clip, faults, outlet
        self._other = clips.get(faults.change[1])
        self._stamper = Stamper(faults)
        self._next_report = 0.0
        self._garbage_due = True

    @property
    def change_closes(self) -> bool:
        """Another codec cannot go on in the same session."""
        if self._other is None or self._faults.keep_open:
            return False
        return self._other.codec is not self._clip.codec

    async def play(self, clock: PlayClock) -> None:
        """Until a fault ends it, by an error or by silence. Raises ConnectionError."""
        faults, began = self._faults, time.perf_counter()
        for due in self._schedule():
            await asyncio.sleep(max(0.0, began + due.at / CLOCK_HZ - time.perf_counter()))
            elapsed_s = due.at / CLOCK_HZ
            if elapsed_s >= min(faults.close_s, faults.away[0]):
                raise ConnectionAbortedError("closed by a fault")
            if self.change_closes and elapsed_s >= faults.change[0]:
                raise ConnectionAbortedError("closed by a change of codec")
            if elapsed_s >= faults.stall_s:
                return
            await self._outlet.send(self._packets(due, elapsed_s))
            clock.frames_sent += 1

    def _packets(self, due: Due, elapsed_s: float) -> list[bytes]:
        if elapsed_s >= self._faults.rubbish_s:
            return [random.Random(elapsed_s).randbytes(RUBBISH_BYTES)]
        packets = self._stamper.picture(due)
        if self._garbage_due and elapsed_s >= self._faults.garbage_s:
            self._garbage_due = False
            packets.insert(0, random.Random(elapsed_s).randbytes(GARBAGE_BYTES))
        if self._clip.sound is not None and not self._faults.is_mute(elapsed_s):
            packets += self._stamper.sounds(due, self._clip)
        if elapsed_s >= self._next_report:
            self._next_report = elapsed_s + REPORT_S
            packets.append(self._stamper.report(due))
        return packets

    def _schedule(self) -> Iterator[Due]:
        """The clip for ever, or until the picture changes: then the other one for ever."""
        start = self._faults.start_frame % len(self._clip.pictures)
        change_at = self._faults.change[0]
        last = 0
        changes = self._other is not None and not self.change_closes
        for due in endless(self._clip, start):
            if changes and due.at / CLOCK_HZ >= change_at:
                break
            last = due.at
            yield due
        if self._other is None:
            return
        begin = last + round(CLOCK_HZ / self._clip.fps)
        for due in endless(self._other, 0):
            yield Due(due.at + begin, due.loop_number, due.loop_at + begin, due.picture)


class Stamper:
    """Gives payloads their RTP headers, and the faults that belong to packets."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._dice = random.Random(faults.seed)
        dice = self._dice
        self._source, self._sound_source = dice.getrandbits(32), dice.getrandbits(32)
        self._sequence, self._sound_sequence = dice.randrange(1 << 16), dice.randrange(1 << 16)
        self._base, self._sound_base = dice.randrange(1 << 30), dice.randrange(1 << 30)
        self._loop_number = 0

    def picture(self, due: Due) -> list[bytes]:
        faults, dice = self._faults, self._dice
        if faults.restart and due.loop_number != self._loop_number:
            self._base, self._sequence = dice.randrange(1 << 30), dice.randrange(1 << 16)
        self._loop_number = due.loop_number
        stamp = self._stamp(due.at, later=due.picture.later)
        last = len(due.picture.payloads) - 1
        has_late_sets = due.picture.key and due.at / CLOCK_HZ < faults.late_sets_s
        packets: list[bytes] = []
        for index, payload in enumerate(due.picture.payloads):
            if has_late_sets and index == 0:
                continue
            self._sequence = (self._sequence + 1) & 0xFFFF
            if faults.loses(dice):
                continue
            sent = faults.damaged(payload, dice)
            kind = (0x80 if index == last else 0) | VIDEO_TYPE
            numbers = (kind, self._sequence, stamp, self._source)
            packets.append(_PACKET.pack(INTERLEAVED, VIDEO, len(sent) + 12, 0x80, *numbers) + sent)
            if len(packets) > 1 and faults.swaps(dice):
                packets[-2:] = packets[:-3:-1]
        return packets

    def sounds(self, due: Due, clip: Clip) -> list[bytes]:
        assert clip.sound is not None
        begin = self._sound_base + due.loop_at * clip.sound.rate_hz // CLOCK_HZ
        packets = []
        for sound in due.picture.sounds:
            self._sound_sequence = (self._sound_sequence + 1) & 0xFFFF
            stamp = (begin + sound.stamp) & 0xFFFFFFFF
            kind = 0x80 | sound_type(clip.sound)
            numbers = (kind, self._sound_sequence, stamp, self._sound_source)
            head = _PACKET.pack(INTERLEAVED, SOUND, len(sound.payload) + 12, 0x80, *numbers)
            packets.append(head + sound.payload)
        return packets

    def report(self, due: Due) -> bytes:
        """A sender report (RFC 3550 6.4.1) by the camera's own clock."""
        ntp = int((time.time() + self._faults.skew_s + NTP_EPOCH_S) * (1 << 32))
        words = (self._source, ntp >> 32, ntp & 0xFFFFFFFF, self._stamp(due.at), 0, 0)
        return _REPORT.pack(INTERLEAVED, VIDEO_REPORTS, 28, 0x80, SENDER_REPORT, 6, *words)

    def _stamp(self, at: int, *, later: int = 0) -> int:
        jump_at, jump_by = self._faults.jump
        jumped = int(jump_by * CLOCK_HZ) if at / CLOCK_HZ >= jump_at else 0
        return (self._base + at + later + jumped) & 0xFFFFFFFF


def endless(clip: Clip, start: int) -> Iterator[Due]:
    """All pictures from `start` on, over and over."""
    base, loop_number = -clip.pictures[start].offset, 0
    first = start
    while True:
        for picture in clip.pictures[first:]:
            yield Due(base + picture.offset, loop_number, base, picture)
        base += clip.duration
        loop_number += 1
        first = 0
