"""What may be deleted when: promises per camera, legal holds, clips of alarms. Asked by `disk`.

Remembered on disk, so that neither a restart without the core nor a lost configuration deletes
what is protected: `node/kept/promises.json` and, of each camera, `node/kept/<uuid>.jsonl`.
"""

from __future__ import annotations

import json
import logging
import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum, StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from sigap.node.durable import write_durably
from sigap.node.recording.segments import Segment, Span

PROMISES = "promises.json"
_log = logging.getLogger(__name__)


class Protection(IntEnum):
    """The lowest is deleted first; HELD never."""

    PLAIN = 0
    ALARM = 1
    HELD = 2


class Purpose(StrEnum):
    """Why a camera stands there; the order is the order of deletion on a full disk.

    A jam can be watched again tomorrow, a crime is asked about for days, and what a flood did is
    asked about for the longest.
    """

    TRAFFIC = "traffic"
    SECURITY = "security"
    DISASTER = "disaster"


class Hold(BaseModel):
    """Unix seconds."""

    model_config = ConfigDict(frozen=True)

    uuid: str
    starts_at: float
    ends_at: float


class Promise(BaseModel):
    """How long one camera's recordings are kept."""

    model_config = ConfigDict(frozen=True)

    retention_h: float
    alarm_retention_h: float
    purpose: str = Purpose.SECURITY
    holds: tuple[Hold, ...] = ()

    @property
    def rank(self) -> int:
        """Of the purpose: the lowest goes first. One that this node does not know goes last."""
        order = list(Purpose)
        return order.index(Purpose(self.purpose)) if self.purpose in order else len(order)


class _Clips:
    """Spans of one camera's alarms, in order, none touching another."""

    def __init__(self) -> None:
        self._spans: list[Span] = []

    def __len__(self) -> int:
        return len(self._spans)

    def __iter__(self) -> Iterator[Span]:
        return iter(self._spans)

    def add(self, span: Span) -> None:
        first = bisect_left(self._spans, span.starts_at, key=lambda other: other.ends_at)
        beyond = bisect_right(self._spans, span.ends_at, key=lambda other: other.starts_at)
        touched = self._spans[first:beyond]
        if touched:
            span = Span(
                min(span.starts_at, touched[0].starts_at), max(span.ends_at, touched[-1].ends_at)
            )
        self._spans[first:beyond] = [span]

    def touches(self, segment: Segment) -> bool:
        first = bisect_right(self._spans, segment.starts_at, key=lambda other: other.ends_at)
        return first < len(self._spans) and self._spans[first].starts_at < segment.ends_at

    def forget_before(self, moment: float) -> bool:
        gone = bisect_left(self._spans, moment, key=lambda other: other.ends_at)
        del self._spans[:gone]
        return gone > 0


class KeepBook:
    """`known` is False until a configuration was ever seen: before that nothing may be deleted."""

    def __init__(self, folder: Path, *, default_retention_h: float) -> None:
        self._folder = folder
        self._default = Promise(
            retention_h=default_retention_h, alarm_retention_h=default_retention_h
        )
        self._promises: dict[str, Promise] = {}
        self._clips: dict[str, _Clips] = {}
        self.known = False
        self._load()

    def promise(self, camera_uuid: str) -> Promise:
        return self._promises.get(camera_uuid, self._default)

    def learn(self, promises: Mapping[str, Promise]) -> bool:
        """Take what the core says now; blocks until it is on disk. True when something is new.

        Cameras that it no longer names keep their last promise: their recordings are still here.
        """
        former, was_known, self.known = dict(self._promises), self.known, True
        self._promises.update(promises)
        if self._promises == former and was_known:
            return False
        self._note_holds(former)
        text = {uuid: promise.model_dump() for uuid, promise in self._promises.items()}
        write_durably(self._folder / PROMISES, json.dumps(text).encode())
        return True

    def keep_clip(self, camera_uuid: str, span: Span) -> None:
        """An alarm's clip is kept as long as alarms are; blocks until this is on disk."""
        self._clips.setdefault(camera_uuid, _Clips()).add(span)
        line = json.dumps({"start": span.starts_at, "end": span.ends_at}) + "\n"
        with self._clip_file(camera_uuid).open("a", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def protection(self, segment: Segment) -> Protection:
        if any(
            hold.ends_at > segment.starts_at and hold.starts_at < segment.ends_at
            for hold in self.promise(segment.camera_uuid).holds
        ):
            return Protection.HELD
        clips = self._clips.get(segment.camera_uuid)
        if clips is not None and clips.touches(segment):
            return Protection.ALARM
        return Protection.PLAIN

    def kept_until(self, segment: Segment) -> float:
        """Unix seconds; infinite for what is held."""
        protection, promise = self.protection(segment), self.promise(segment.camera_uuid)
        if protection is Protection.HELD:
            return float("inf")
        hours = promise.retention_h
        if protection is Protection.ALARM:
            hours = max(hours, promise.alarm_retention_h)
        return segment.ends_at + hours * 3600

    def forget_old_clips(self, now: float) -> None:
        """Blocks: rewrites the files of cameras with clips that nothing keeps any more."""
        for uuid, clips in list(self._clips.items()):
            promise = self.promise(uuid)
            longest_h = max(promise.retention_h, promise.alarm_retention_h)
            if clips.forget_before(now - longest_h * 3600):
                lines = (json.dumps({"start": s.starts_at, "end": s.ends_at}) for s in clips)
                write_durably(self._clip_file(uuid), "".join(f"{x}\n" for x in lines).encode())

    def _note_holds(self, former: Mapping[str, Promise]) -> None:
        before = {hold.uuid: uuid for uuid, promise in former.items() for hold in promise.holds}
        after = {h.uuid: uuid for uuid, promise in self._promises.items() for h in promise.holds}
        for hold in after.keys() - before.keys():
            _log.info("legal hold %s on camera %s is in force", hold, after[hold])
        for hold in before.keys() - after.keys():
            _log.info("legal hold %s on camera %s was released", hold, before[hold])

    def _clip_file(self, camera_uuid: str) -> Path:
        return self._folder / f"{camera_uuid}.jsonl"

    def _load(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            raw = json.loads((self._folder / PROMISES).read_bytes())
            self._promises = {uuid: Promise.model_validate(one) for uuid, one in raw.items()}
            self.known = True
        except FileNotFoundError:
            pass
        except (OSError, ValueError, AttributeError, ValidationError) as error:
            _log.error("what is promised to be kept cannot be read: %s", error)
        for path in self._folder.glob("*.jsonl"):
            clips = self._clips.setdefault(path.stem, _Clips())
            for span in _spans(path.read_text("ascii", "replace").splitlines()):
                clips.add(span)


def _spans(lines: Sequence[str]) -> Iterable[Span]:
    """A line that a power cut left half is no line."""
    for line in lines:
        try:
            raw = json.loads(line)
            yield Span(float(raw["start"]), float(raw["end"]))
        except (ValueError, KeyError, TypeError):
            continue
