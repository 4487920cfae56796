"""Recordings as HLS, for phones without MediaSource: a list of pieces, each cut when it is fetched.

A gap is a discontinuity; every piece tells its wall clock. A list ends where the format changes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from aiohttp import web

from sigap.node.frames import CLOCK_HZ
from sigap.node.media.burn import Masks
from sigap.node.media.door import Door
from sigap.node.media.live_routes import HLS_TYPE
from sigap.node.media.maps import FileMaps, places_of, read_at
from sigap.node.media.masked_film import FilmBurner
from sigap.node.media.playback import Projector
from sigap.node.media.times import iso, span_of
from sigap.node.media.tokens import View
from sigap.node.mux.reader import FragmentPlace, with_base
from sigap.node.recording.segments import SMALLEST_GAP_S, Segment, Span

LONGEST_LIST_S = 6 * 3600.0
LONGEST_PIECE_S = 600.0
PIECE_S = 6.0
"""A piece ends at the first key frame after."""
_NEAR_S = 0.002


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole groups of pictures of one file; Unix seconds."""

    starts_at: float
    ends_at: float
    follows: bool
    """False after a gap."""


class HlsPlayRoutes:
    def __init__(self, door: Door, projector: Projector) -> None:
        self._door, self._projector = door, projector

    def add_to(self, application: web.Application) -> None:
        add = application.router.add_get
        add("/media/{uuid}/hls/play.m3u8", self._list)
        add("/media/{uuid}/hls/play-init.mp4", self._init)
        add("/media/{uuid}/hls/play.m4s", self._piece)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        watcher = self._door.admit(request, View.PLAY)
        span = span_of(request, LONGEST_LIST_S)
        segments = self._segments(watcher.granted.camera_uuid, span)
        pieces = await self._projector.run(_find_pieces, self._projector.maps, segments, span)
        if not pieces:
            raise web.HTTPNotFound(text="nothing was recorded then")
        open_ended = span.ends_at > time.time()
        text = _playlist(pieces, request.query["t"], open_ended=open_ended)
        return web.Response(text=text, content_type=HLS_TYPE)

    async def _init(self, request: web.Request) -> web.StreamResponse:
        init, _ = await self._cut(request)
        return web.Response(body=init, content_type="video/mp4")

    async def _piece(self, request: web.Request) -> web.StreamResponse:
        _, data = await self._cut(request)
        return web.Response(body=data, content_type="video/iso.segment")

    async def _cut(self, request: web.Request) -> tuple[bytes, bytes]:
        watcher = self._door.admit(request, View.PLAY)
        begin, end, origin = (float(request.query.get(name, "nan")) for name in ("b", "e", "o"))
        if not (0 < end - begin <= LONGEST_PIECE_S and 0 <= begin - origin <= 2 * LONGEST_LIST_S):
            raise ValueError("no piece of a list")
        masks = self._door.masks(watcher)
        segments = self._segments(watcher.granted.camera_uuid, Span(begin + _NEAR_S, end))
        cut = await self._projector.run(
            _cut_piece, self._projector.maps, segments, Span(begin, end), origin
        )
        if cut is None:
            raise web.HTTPNotFound(text="no longer kept")
        return await asyncio.to_thread(_burnt, cut, masks) if masks else (cut[0], b"".join(cut[1]))

    def _segments(self, uuid: str, span: Span) -> list[Segment]:
        return [replace(found) for found in self._projector.index.between(uuid, span)]


def _find_pieces(maps: FileMaps, segments: list[Segment], span: Span) -> list[Piece]:
    pieces: list[Piece] = []
    init = None
    for segment in segments:
        found = maps.find(segment.path)
        if found is None:
            continue
        init = init or found[1].init
        if found[1].init != init:
            break
        for piece in _pieces_of(found[1].fragments, span):
            reached = pieces[-1].ends_at if pieces else piece.starts_at
            follows = piece.starts_at - reached <= SMALLEST_GAP_S
            pieces.append(replace(piece, follows=follows))
    return pieces


def _pieces_of(fragments: tuple[FragmentPlace, ...], span: Span) -> Iterator[Piece]:
    begin = end = None
    for place in fragments[places_of(fragments, span.starts_at, span.ends_at)]:
        if begin is not None and place.key and place.starts_at - begin >= PIECE_S - 1:
            yield Piece(begin, place.starts_at, follows=True)
            begin = None
        if begin is None and not place.key:
            continue
        begin, end = place.starts_at if begin is None else begin, place.ends_at
    if begin is not None and end is not None:
        yield Piece(begin, end, follows=True)


def _cut_piece(
    maps: FileMaps, segments: list[Segment], span: Span, origin: float
) -> tuple[bytes, list[bytes]] | None:
    """The init segment and the fragments, on a clock that begins at `origin`."""
    for segment in segments:
        found = maps.find(segment.path)
        if found is None:
            continue
        path, file_map = found
        wanted = [
            place
            for place in file_map.fragments
            # By their middle: wall clocks of neighbours jitter by some milliseconds.
            if span.starts_at < (place.starts_at + place.ends_at) / 2 < span.ends_at
        ]
        if wanted:
            base = round((wanted[0].starts_at - origin) * CLOCK_HZ)
            shift = base - wanted[0].base
            return file_map.init, [
                with_base(read_at(path, place.offset, place.size), place.base + shift, number + 1)
                for number, place in enumerate(wanted)
            ]
    return None


def _burnt(cut: tuple[bytes, list[bytes]], masks: Masks) -> tuple[bytes, bytes]:
    burner = FilmBurner(cut[0], masks)
    return burner.init, b"".join(map(burner.burn, cut[1]))


def _playlist(pieces: list[Piece], token: str, *, open_ended: bool) -> str:
    """Every address in it carries the viewer's token."""
    origin = pieces[0].starts_at
    longest = max(piece.ends_at - piece.starts_at for piece in pieces)

    def address(name: str, piece: Piece) -> str:
        query = {"b": f"{piece.starts_at:.6f}", "e": f"{piece.ends_at:.6f}", "o": f"{origin:.6f}"}
        return f"{name}?{urlencode(query | {'t': token})}"

    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{int(longest) + 1}",
        f"#EXT-X-PLAYLIST-TYPE:{'EVENT' if open_ended else 'VOD'}",
        f'#EXT-X-MAP:URI="{address("play-init.mp4", pieces[0])}"',
    ]
    for piece in pieces:
        if not piece.follows:
            lines.append("#EXT-X-DISCONTINUITY")
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{iso(piece.starts_at)}")
        lines += [f"#EXTINF:{piece.ends_at - piece.starts_at:.3f},", address("play.m4s", piece)]
    if not open_ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"
