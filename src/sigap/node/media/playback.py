"""Recordings by time: which there are, and one continuous fMP4 of any stretch. Called by `routes`.

Fragments go out as they lie on disk; only their decode times are rewritten, so that a player sees
one film without holes. Gaps are left out of it, and told by `list_segments`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from sigap.node.errors import DamagedFile
from sigap.node.mux.reader import FragmentPlace, map_file, with_base
from sigap.node.recording.segments import RecordingIndex, Segment, Span

FOLLOW_S = 6.0
"""A fragment is at most two seconds behind; the disk may take a little longer."""
FOLLOW_STEP_S = 0.25
LONGEST_FOLLOW_S = 60.0
SMALLEST_STEP_S = 0.05
_A = TypeVar("_A")
_B = TypeVar("_B")
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
        self._index, self._executor = index, executor

    async def find_film(self, camera_uuid: str, span: Span) -> Film | None:
        """From the key frame at or before the span's start; None when nothing was recorded."""
        segments = [replace(found) for found in self._index.between(camera_uuid, span)]
        for number, segment in enumerate(segments):
            reel = await self._run(_find_reel, segment, span)
            if reel is not None:
                return Film(camera_uuid, span, reel, tuple(segments[number + 1 :]))
        return None

    async def project(self, film: Film) -> AsyncIterator[bytes]:
        """The bytes of the film. Ends early when a file was deleted meanwhile.

        A span that reaches up to now is followed while it is being recorded: the clip of an alarm
        can be opened before its last seconds have happened.
        """
        yield film.first.init
        base, sequence = 0, 0
        async for path, place in self._places(film):
            try:
                data = await self._run(_read_fragment, path, place)
            except OSError:
                return
            sequence += 1
            yield with_base(data, base, sequence)
            base += place.duration

    async def _places(self, film: Film) -> AsyncIterator[tuple[Path, FragmentPlace]]:
        """What to show, in order; waits for what is still to come."""
        follow_until = min(film.span.ends_at, time.time() + LONGEST_FOLLOW_S) + FOLLOW_S
        shown_at = reached = 0.0
        segments: Sequence[Segment] = film.following
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
            reel = await self._run(_find_reel, segments[0], film.span)
            segments = segments[1:]

    async def _await_more(self, film: Film, reached: float, until: float) -> Sequence[Segment]:
        """Segments that go on beyond `reached`; none when the span is over and done."""
        rest = Span(reached + SMALLEST_STEP_S, film.span.ends_at)
        while rest.starts_at < rest.ends_at and time.time() < until:
            await asyncio.sleep(FOLLOW_STEP_S)
            more = self._index.between(film.camera_uuid, rest)
            if more:
                return [replace(found) for found in more]
        return ()

    async def _run(self, work: Callable[[_A, _B], _R], first: _A, second: _B) -> _R:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, first, second)


def _find_reel(segment: Segment, span: Span) -> Reel | None:
    for path in _current_paths(segment.path):
        try:
            file_map = map_file(path)
        except (OSError, DamagedFile):
            continue
        places = _places_in(file_map.fragments, span)
        return Reel(path, file_map.init, places) if places else None
    return None


def _current_paths(path: Path) -> Iterator[Path]:
    """An open segment may get its final name at any moment: look again under its start."""
    yield path
    yield from path.parent.glob(f"{path.name.partition('-')[0]}-*.mp4")


def _places_in(fragments: tuple[FragmentPlace, ...], span: Span) -> tuple[FragmentPlace, ...]:
    """The fragments of one file that touch the span, from the key frame before it."""
    wanted = [
        number
        for number, place in enumerate(fragments)
        if place.ends_at > span.starts_at and place.starts_at < span.ends_at
    ]
    if not wanted:
        return ()
    first = wanted[0]
    while first > 0 and not fragments[first].key:
        first -= 1
    return fragments[first : wanted[-1] + 1]


def _read_fragment(path: Path, place: FragmentPlace) -> bytes:
    for current in _current_paths(path):
        try:
            with current.open("rb") as file:
                file.seek(place.offset)
                data = file.read(place.size)
        except FileNotFoundError:
            continue
        if len(data) == place.size:
            return data
    raise FileNotFoundError(path)
