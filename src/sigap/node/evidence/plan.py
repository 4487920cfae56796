"""Which fragments make up the films of one stretch of one camera. Reads headers only.

A film is continuous and of one format: a gap or a change of format begins another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sigap.node.media.maps import FileMaps, places_of
from sigap.node.mux.reader import FragmentPlace
from sigap.node.recording.segments import SMALLEST_GAP_S, Segment, Span

LONGEST_OVERLAP_S = 0.5


@dataclass(frozen=True, slots=True)
class Piece:
    """One fragment of a recording."""

    path: Path
    place: FragmentPlace


@dataclass(slots=True)
class FilmPlan:
    """Times in Unix seconds. Begins at the key frame at or before the stretch."""

    init: bytes
    pieces: list[Piece] = field(default_factory=list)

    @property
    def starts_at(self) -> float:
        return self.pieces[0].place.starts_at

    @property
    def ends_at(self) -> float:
        return self.pieces[-1].place.ends_at

    @property
    def size_bytes(self) -> int:
        return len(self.init) + sum(piece.place.size for piece in self.pieces)


def plan_films(segments: Sequence[Segment], span: Span, maps: FileMaps) -> list[FilmPlan]:
    """`segments`: those that touch the span, in order. Blocks."""
    films: list[FilmPlan] = []
    for segment in segments:
        found = maps.find(segment.path)
        if found is None:
            continue
        path, file_map = found
        wanted = places_of(file_map.fragments, span.starts_at, span.ends_at)
        for place in file_map.fragments[wanted]:
            film = films[-1] if films else None
            if film is not None and place.starts_at < film.ends_at - LONGEST_OVERLAP_S:
                continue
            if film is None or not _goes_on(film, file_map.init, place):
                if not place.key:
                    continue
                film = FilmPlan(file_map.init)
                films.append(film)
            film.pieces.append(Piece(path, place))
    return films


def _goes_on(film: FilmPlan, init: bytes, place: FragmentPlace) -> bool:
    return film.init == init and place.starts_at - film.ends_at <= SMALLEST_GAP_S
