"""Recordings by time: which there are, and one continuous fMP4 of any stretch. Called by `routes`.

Fragments go out as they lie on disk; only their decode times are rewritten, so that a player sees
one film without holes. Gaps are left out of it, and told by `list_segments`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from sigap.node.errors import DamagedFile
from sigap.node.mux.reader import FileMap, FragmentPlace, map_file, with_base
from sigap.node.recording.segments import RecordingIndex, Segment, Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A fragment of a film; `starts_at` is the wall clock of its first picture."""

    path: Path
    place: FragmentPlace
    init: bytes


@dataclass(frozen=True, slots=True)
class Film:
    """What plays for a span. It ends where the camera's format changes."""

    init: bytes
    pieces: tuple[Piece, ...]

    @property
    def starts_at(self) -> float:
        return self.pieces[0].place.starts_at

    @property
    def ends_at(self) -> float:
        return self.pieces[-1].place.ends_at


class Projector:
    """Finds and sends recordings. All reading is done in the storage's threads."""

    def __init__(self, index: RecordingIndex, executor: Executor) -> None:
        self._index, self._executor = index, executor

    async def find_film(self, camera_uuid: str, span: Span) -> Film | None:
        """From the key frame at or before the span's start; None when nothing was recorded."""
        segments = [replace(found) for found in self._index.between(camera_uuid, span)]
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, _find_film, segments, span)

    async def project(self, film: Film) -> AsyncIterator[bytes]:
        """The bytes of the film. Ends early when a file was deleted meanwhile."""
        yield film.init
        loop = asyncio.get_running_loop()
        base = 0
        for sequence, piece in enumerate(film.pieces, start=1):
            try:
                data = await loop.run_in_executor(self._executor, _read_piece, piece)
            except OSError:
                return
            yield with_base(data, base, sequence)
            base += piece.place.duration


def _find_film(segments: list[Segment], span: Span) -> Film | None:
    pieces: list[Piece] = []
    for segment in segments:
        path, file_map = _map_segment(segment)
        if file_map is None:
            continue
        if pieces and file_map.init != pieces[0].init:
            break
        places = _places_in(file_map.fragments, span)
        pieces += [Piece(path, place, file_map.init) for place in places]
    return Film(pieces[0].init, tuple(pieces)) if pieces else None


def _places_in(fragments: tuple[FragmentPlace, ...], span: Span) -> list[FragmentPlace]:
    """The fragments of one file that touch the span, from the key frame before it."""
    wanted = [
        number
        for number, place in enumerate(fragments)
        if place.ends_at > span.starts_at and place.starts_at < span.ends_at
    ]
    if not wanted:
        return []
    first = wanted[0]
    while first > 0 and not fragments[first].key:
        first -= 1
    return list(fragments[first : wanted[-1] + 1])


def _map_segment(segment: Segment) -> tuple[Path, FileMap | None]:
    """An open segment may get its final name at any moment: look again under its start."""
    stem = segment.path.name.partition("-")[0]
    for path in (segment.path, *segment.path.parent.glob(f"{stem}-*.mp4")):
        try:
            return path, map_file(path)
        except (OSError, DamagedFile):
            continue
    return segment.path, None


def _read_piece(piece: Piece) -> bytes:
    path = piece.path
    if not path.exists():
        stem = path.name.partition("-")[0]
        path = next(iter(path.parent.glob(f"{stem}-*.mp4")), path)
    with path.open("rb") as file:
        file.seek(piece.place.offset)
        data = file.read(piece.place.size)
    if len(data) < piece.place.size:
        raise OSError("recording was cut")
    return data
