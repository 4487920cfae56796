"""One camera's recorder: cuts frames into fragments and has them written in order.

A fragment is one group of pictures, or two seconds of one, and the sound that came meanwhile. Runs
on the event loop; `lanes` has the writing done. Fragments that a slow disk cannot take are lost,
and counted.
"""

from __future__ import annotations

import asyncio
import logging

from sigap.node.errors import DiskFull
from sigap.node.frames import CLOCK_HZ, AudioFrame, Frame
from sigap.node.mux.boxes import Sample
from sigap.node.mux.sound import Sound, sound_of
from sigap.node.recording.disk import Storage
from sigap.node.recording.lanes import DiskLanes
from sigap.node.recording.writer import Fragment, SegmentWriter

LONGEST_FRAGMENT = 2 * CLOCK_HZ
LONGEST_STEP = 2 * CLOCK_HZ
QUEUED_FRAGMENTS = 8
DISK_FULL = "disk full"
_log = logging.getLogger(__name__)


class Recorder:
    """`problem`: why nothing is being recorded, None while all is well."""

    def __init__(
        self, storage: Storage, lanes: DiskLanes, camera_uuid: str, *, segment_s: float
    ) -> None:
        self.problem: str | None = None
        self.lost_fragments = 0
        self.written_fragments = 0
        self._storage, self._lanes = storage, lanes
        self._writer = SegmentWriter(storage.root, camera_uuid, segment_s)
        self._pending: list[Frame] = []
        self._sound: list[AudioFrame] = []
        self._continues = False
        self._stopping = False
        self._queue: asyncio.Queue[Fragment | None] = asyncio.Queue(QUEUED_FRAGMENTS)

    @property
    def is_recording(self) -> bool:
        return self._writer.segment is not None and self.problem is None

    def push(self, frame: Frame) -> None:
        pending = self._pending
        if pending and self._ends_fragment(frame):
            self._cut(frame.dts)
        if pending or frame.key or self._continues:
            self._pending.append(frame)

    def push_sound(self, frame: AudioFrame) -> None:
        """Sound without a picture is not recorded."""
        if self._pending:
            self._sound.append(frame)

    def break_off(self) -> None:
        """The connection ended: what is there is written, and the next frame starts a segment."""
        if self._pending:
            last = self._pending[-1]
            step = last.dts - self._pending[-2].dts if len(self._pending) > 1 else CLOCK_HZ // 25
            self._cut(last.dts + min(step, LONGEST_STEP))
        self._continues = False
        self._enqueue(None)

    async def run(self) -> None:
        """Write until `stop`, then what is still queued, and close the file."""
        while not (self._stopping and self._queue.empty()):
            await self._store(await self._queue.get())
        await self._store(None)

    async def stop(self) -> None:
        """`run` returns soon after. Never cancel it: a write may be under way in a thread."""
        self.break_off()
        self._stopping = True
        await self._queue.put(None)

    def _ends_fragment(self, frame: Frame) -> bool:
        first, last = self._pending[0], self._pending[-1]
        return (
            frame.key
            or (frame.format is not first.format and frame.format != first.format)
            or frame.dts - first.dts >= LONGEST_FRAGMENT
            or frame.dts - last.dts > LONGEST_STEP
        )

    def _cut(self, end: int) -> None:
        frames, self._pending = self._pending, []
        ends = [frame.dts for frame in frames[1:]] + [end]
        samples = [
            Sample(
                frame.payload,
                frame.key,
                max(1, min(following - frame.dts, LONGEST_STEP)),
                frame.pts - frame.dts,
            )
            for frame, following in zip(frames, ends, strict=True)
        ]
        first = frames[0]
        item = Fragment(
            first.format,
            samples,
            first.dts,
            first.received_at,
            continues=self._continues,
            sound=self._cut_sound(),
        )
        self._continues = True
        if not self._enqueue(item):
            self.lost_fragments += 1
            self._continues = False

    def _cut_sound(self) -> Sound | None:
        frames, self._sound = self._sound, []
        return sound_of(frames)

    def _enqueue(self, item: Fragment | None) -> bool:
        try:
            self._queue.put_nowait(item)
        except asyncio.QueueFull:
            return False
        return True

    async def _store(self, item: Fragment | None) -> None:
        """Write one fragment, or (None) close the segment. Problems are kept, not raised."""
        if item is not None and self._storage.full:
            self._lose(DISK_FULL)
            item = None
        before = self._writer.segment
        try:
            await self._lanes.store(self._writer, item)
            if item is not None:
                self.written_fragments += 1
                self.problem = None
        except DiskFull:
            self._storage.report_full()
            self._lose(DISK_FULL)
        except OSError as error:
            _log.warning("cannot record: %s", error)
            self._lose(f"cannot write: {error.strerror}")
        self._keep_index(had=before is not None and before is self._writer.segment)

    def _lose(self, reason: str) -> None:
        self.lost_fragments += 1
        self.problem = reason

    def _keep_index(self, *, had: bool) -> None:
        closed, self._writer.closed = self._writer.closed, []
        for segment in closed:
            if segment.ends_at <= segment.starts_at:
                self._storage.index.remove(segment)
        if self._writer.segment is not None and not had:
            self._storage.index.add(self._writer.segment)
