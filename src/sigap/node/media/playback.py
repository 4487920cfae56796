"""Recordings by time: which there are, and one continuous fMP4 of any stretch. Called by `routes`.

Fragments go out as they lie on disk; only their decode times are rewritten, so that a player sees
one film without holes. Gaps are left out of it, and told by the index. For fast play only the key
frames are read and sent.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from sigap.node.errors import DamagedFile
from sigap.node.frames import CLOCK_HZ
from sigap.node.media.maps import FileMaps, places_of, read_at
from sigap.node.media.samples import read_key_sample
from sigap.node.mux.boxes import Sample, fragment
from sigap.node.mux.reader import FragmentPlace, with_base
from sigap.node.recording.segments import RecordingIndex, Segment, Span

FOLLOW_S = 6.0
"""A fragment is at most two seconds behind; the disk may take a little longer."""
FOLLOW_STEP_S = 0.25
LONGEST_FOLLOW_S = 60.0
SMALLEST_STEP_S = 0.05
LONGEST_STEP_S = 10.0
"""Between two key frames; more is a gap."""
_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Reel:
    """What of one file is shown."""

    path: Path
    init: bytes
    places: tuple[FragmentPlace, ...]


@dataclass(frozen=True, slots=True)
class Film:
    """What plays for a span; the reels after the first are looked up while it plays.

    It ends where the camera's format changes, for a film can have only one. Times in Unix seconds.
    """

    camera_uuid: str
    span: Span
    first: Reel
    following: tuple[Segment, ...]

    @property
    def starts_at(self) -> float:
        return self.first.places[0].starts_at

    @property
    def ends_at(self) -> float:
        last = self.following[-1].ends_at if self.following else self.first.places[-1].ends_at
        return min(last, self.span.ends_at)


class Projector:
    """Finds and sends recordings. All reading is done in the storage's threads."""

    def __init__(self, index: RecordingIndex, executor: Executor) -> None:
        self.index, self._executor = index, executor
        self.maps = FileMaps()

    async def find_film(self, camera_uuid: str, span: Span) -> Film | None:
        """From the key frame at or before the span's start; None when nothing was recorded."""
        segments = [replace(found) for found in self.index.between(camera_uuid, span)]
        for number, segment in enumerate(segments):
            reel = await self.run(_find_reel, self.maps, segment, span)
            if reel is not None:
                return Film(camera_uuid, span, reel, tuple(segments[number + 1 :]))
        return None

    async def project(self, film: Film, *, keys: bool = False) -> AsyncIterator[bytes]:
        """The bytes of the film. Ends early when a file was deleted meanwhile.

        A span that reaches up to now is followed while it is being recorded: the clip of an alarm
        can be opened before its last seconds have happened.
        """
        yield film.first.init
        pieces = self._key_frames(film) if keys else self._fragments(film)
        try:
            async for data in pieces:
                yield data
        except (OSError, DamagedFile):
            return

    async def _fragments(self, film: Film) -> AsyncIterator[bytes]:
        base, sequence = 0, 0
        async for path, place in self._places(film):
            data = await self.run(_read_fragment, path, place)
            sequence += 1
            yield with_base(data, base, sequence)
            base += place.duration

    async def _key_frames(self, film: Film) -> AsyncIterator[bytes]:
        """Each key frame lasts until the next one, as it did; over a gap as long as its group."""
        base, sequence, group = 0, 0, 0
        held: tuple[FragmentPlace, Sample] | None = None
        async for path, place in self._places(film):
            if not place.key:
                group += place.duration
                continue
            if held is not None:
                sequence += 1
                duration = _key_duration(held[0], place.starts_at, group)
                yield _key_fragment(held, base, sequence, duration)
                base += duration
            held = place, await self.run(_read_key, path, place)
            group = place.duration
        if held is not None:
            yield _key_fragment(held, base, sequence + 1, group)

    async def _places(self, film: Film) -> AsyncIterator[tuple[Path, FragmentPlace]]:
        """What to show, in order; waits for what is still to come."""
        follow_until = min(film.span.ends_at, time.time() + LONGEST_FOLLOW_S) + FOLLOW_S
        shown_at = reached = 0.0
        segments = deque(film.following)
        reel: Reel | None = film.first
        while True:
            if reel is not None:
                if reel.init != film.first.init:
                    return
                for place in reel.places:
                    if place.starts_at > shown_at:
                        yield reel.path, place
                        shown_at, reached = place.starts_at, place.ends_at
            segments = segments or await self._await_more(film, reached, follow_until)
            if not segments:
                return
            reel = await self.run(_find_reel, self.maps, segments.popleft(), film.span)

    async def _await_more(self, film: Film, reached: float, until: float) -> deque[Segment]:
        """Segments that go on beyond `reached`; none when the span is over and done."""
        rest = Span(reached + SMALLEST_STEP_S, film.span.ends_at)
        while rest.starts_at < rest.ends_at and time.time() < until:
            await asyncio.sleep(FOLLOW_STEP_S)
            more = self.index.between(film.camera_uuid, rest)
            if more:
                return deque(replace(found) for found in more)
        return deque()

    async def run(self, work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """`work` in the reading threads."""
        job = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._executor, job)


def _key_duration(place: FragmentPlace, next_starts_at: float, group: int) -> int:
    passed_s = next_starts_at - place.starts_at
    return round(passed_s * CLOCK_HZ) if 0 < passed_s < LONGEST_STEP_S else max(1, group)


def _key_fragment(
    held: tuple[FragmentPlace, Sample], base: int, sequence: int, duration: int
) -> bytes:
    place, sample = held
    alone = Sample(sample.payload, key=True, duration=max(1, duration))
    parts = fragment([alone], sequence=sequence, base=base, wall_clock=place.starts_at)
    return b"".join(parts)


def _find_reel(maps: FileMaps, segment: Segment, span: Span) -> Reel | None:
    found = maps.find(segment.path)
    if found is None:
        return None
    path, file_map = found
    places = file_map.fragments[places_of(file_map.fragments, span.starts_at, span.ends_at)]
    return Reel(path, file_map.init, places) if places else None


def _read_fragment(path: Path, place: FragmentPlace) -> bytes:
    return read_at(path, place.offset, place.size)


def _read_key(path: Path, place: FragmentPlace) -> Sample:
    return read_key_sample(lambda offset, size: read_at(path, place.offset + offset, size))
