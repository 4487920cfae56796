"""JPEGs of recorded moments: quick thumbnails of key frames, and the exact picture of a moment.

Called by archive routes. Decoding blocks and runs in threads of its own, few at once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from av.video.frame import VideoFrame

from sigap.node.decode import Decoder, decode_still
from sigap.node.errors import CameraError, DamagedFile
from sigap.node.frames import CLOCK_HZ
from sigap.node.media.burn import Masks
from sigap.node.media.maps import FileMaps, read_at
from sigap.node.media.playback import Projector
from sigap.node.media.samples import format_of, open_fragment, read_key_sample
from sigap.node.media.snapshot import jpeg_of
from sigap.node.mux.reader import FragmentPlace
from sigap.node.recording.segments import Segment, Span

THREADS = 2
MAX_WAITING = 32
LOOK_BACK_S = 3600.0
MAX_KEPT = 1024
"""About 10 MB of thumbnails."""
_EPSILON_S = 0.002
_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Still:
    """`taken_at`: Unix seconds of the picture itself."""

    jpeg: bytes
    taken_at: float


@dataclass(frozen=True, slots=True)
class _Spot:
    """A key frame's group in a file; `places` from the key frame to the moment asked for."""

    path: Path
    init: bytes
    places: tuple[FragmentPlace, ...]


class Stills:
    def __init__(self, projector: Projector) -> None:
        self._projector = projector
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="stills")
        self._waiting = 0
        self._kept: OrderedDict[tuple[object, ...], Still] = OrderedDict()

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    async def thumb(self, uuid: str, at: float, width: int, masks: Masks) -> Still | None:
        """The key frame at or before `at` (Unix seconds); None when nothing was recorded near.

        Raises CameraError when it cannot be decoded or too many wait already.
        """
        spot = await self._find(uuid, at)
        if spot is None:
            return None
        place = spot.places[0]
        key = (uuid, place.starts_at, width, tuple(map(tuple, masks)))
        known = self._kept.get(key)
        if known is None:
            jpeg = await self.decode(_thumb, spot, width, masks)
            known = self._kept[key] = Still(jpeg, place.starts_at)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return known

    async def exact(self, uuid: str, at: float, masks: Masks) -> Still | None:
        """The picture that was shown at `at`. Raises CameraError."""
        spot = await self._find(uuid, at)
        return None if spot is None else await self.decode(_exact, spot, at, masks)

    async def decode(self, work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """`work` in the decoding threads. Raises CameraError when too much waits for them."""
        if self._waiting >= MAX_WAITING:
            raise CameraError("too many pictures are asked for at once")
        self._waiting += 1
        try:
            job = partial(work, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._threads, job)
        except (DamagedFile, OSError) as error:
            raise CameraError("this recording cannot be read") from error
        finally:
            self._waiting -= 1

    async def _find(self, uuid: str, at: float) -> _Spot | None:
        span = Span(at - LOOK_BACK_S, at + _EPSILON_S)
        segments = [replace(found) for found in self._projector.index.between(uuid, span)[-3:]]
        return await self._projector.run(_find_spot, self._projector.maps, segments, at)


def _find_spot(maps: FileMaps, segments: list[Segment], at: float) -> _Spot | None:
    for segment in reversed(segments):
        found = maps.find(segment.path)
        if found is None:
            continue
        path, file_map = found
        places = file_map.fragments
        last = len(places) - 1
        while last >= 0 and places[last].starts_at > at + _EPSILON_S:
            last -= 1
        first = last
        while first > 0 and not places[first].key:
            first -= 1
        if first >= 0 and places[first].key:
            return _Spot(path, file_map.init, places[first : last + 1])
    return None


def _thumb(spot: _Spot, width: int, masks: Masks) -> bytes:
    place = spot.places[0]
    sample = read_key_sample(lambda offset, size: read_at(spot.path, place.offset + offset, size))
    source = format_of(spot.init)
    picture = decode_still(source.codec, source.decoder_record, sample.payload)
    return jpeg_of(picture, masks, width=width)


def _exact(spot: _Spot, at: float, masks: Masks) -> Still:
    best, taken_at = None, 0.0
    for picture, moment in _pictures(spot):
        if best is None or moment <= at + _EPSILON_S:
            best, taken_at = picture, moment
    if best is None:
        raise CameraError("this moment cannot be decoded")
    return Still(jpeg_of(best, masks), taken_at)


def _pictures(spot: _Spot) -> Iterator[tuple[VideoFrame, float]]:
    """With their wall clocks, Unix seconds."""
    source = format_of(spot.init)
    decoder = Decoder(source.codec, source.decoder_record)
    begin = spot.places[0]
    lead = None
    for place in spot.places:
        opened = open_fragment(read_at(spot.path, place.offset, place.size))
        dts = opened.base
        for sample in opened.samples:
            lead = sample.shift if lead is None else lead
            for picture in decoder.decode(sample.payload, dts + sample.shift - lead):
                yield picture, _moment(begin, picture)
            dts += sample.duration
    for picture in decoder.flush():
        yield picture, _moment(begin, picture)


def _moment(begin: FragmentPlace, picture: VideoFrame) -> float:
    return begin.starts_at + ((picture.pts or 0) - begin.base) / CLOCK_HZ
