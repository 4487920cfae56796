"""Live pictures with the privacy masks burnt in: one encoder a camera and quality, while watched.

Decoding, painting and encoding run in threads; the feed's own hub then serves any number of
viewers. What cannot be masked is not shown: a feed that fails ends, and its viewers are told.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from concurrent.futures import Executor
from dataclasses import dataclass

from av.video.frame import VideoFrame

from sigap.node.decode import Decoder
from sigap.node.errors import MaskingFailed
from sigap.node.frames import CLOCK_HZ, Frame, VideoFormat
from sigap.node.media.burn import LARGEST, MaskedEncoder, Masks
from sigap.node.media.door import FindCamera
from sigap.node.media.hls import HlsFeed
from sigap.node.media.live import LiveHub, Quality

FPS = 10.0
LARGEST_SUB = (640, 360)
MAX_FEEDS = 24
LINGER_S = 5.0
"""Goes on so long after the last viewer, for whoever only turned the page."""
MAX_WAITING = 150
CATCH_UP_S = 0.4
"""Pictures that are older than the newest by more are decoded only."""
FOLLOW_S = 0.25
_STEP = round(CLOCK_HZ / FPS)
_LONGEST_STEP = CLOCK_HZ // 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Form:
    """What an encoder was made for."""

    source: VideoFormat
    masks: tuple[tuple[tuple[float, float], ...], ...]


class Burner:
    """Coded frames in, coded masked frames out, on one clock. One call at a time."""

    def __init__(self, largest: tuple[int, int] = LARGEST) -> None:
        self._largest = largest
        self._form: _Form | None = None
        self._decoder: Decoder | None = None
        self._encoder: MaskedEncoder | None = None
        self._received: dict[int, float] = {}
        self._shift: int | None = 0
        self._last_pts = -_STEP
        self._step = _STEP

    def change_source(self) -> None:
        """The next frame is of another stream, with a clock of its own; ours goes on."""
        self._form = self._shift = None

    def burn(self, frames: list[Frame], masks: Masks) -> list[Frame]:
        """Raises MaskingFailed. Skips what comes before the first key frame."""
        newest = frames[-1].received_at if frames else 0.0
        return [
            made
            for frame in frames
            if self._fit(frame, masks)
            for made in self._burn(frame, skip=newest - frame.received_at > CATCH_UP_S)
        ]

    def _fit(self, frame: Frame, masks: Masks) -> bool:
        form = _Form(frame.format, tuple(tuple(mask) for mask in masks))
        if form == self._form:
            return True
        if not frame.key:
            # Not even the pictures up to the key frame are shown with masks that are out of date.
            return False
        self._decoder = Decoder(frame.format.codec, frame.format.decoder_record)
        self._encoder, self._form = None, form
        self._received.clear()
        return True

    def _burn(self, frame: Frame, *, skip: bool) -> list[Frame]:
        assert self._decoder is not None
        if len(self._received) > MAX_WAITING:
            self._received.clear()
        self._received[frame.pts] = frame.received_at
        made: list[Frame] = []
        for picture in self._decoder.decode(frame.payload, frame.pts):
            source_pts = picture.pts if picture.pts is not None else frame.pts
            received_at = self._received.pop(source_pts, frame.received_at)
            if not skip:
                made += self._encode(picture, source_pts, received_at)
        return made

    def _encode(self, picture: VideoFrame, source_pts: int, received_at: float) -> list[Frame]:
        if self._shift is None:
            self._shift = self._last_pts + _STEP - source_pts
        pts = source_pts + self._shift
        if pts - self._last_pts < _STEP * 0.9:
            return []
        encoder = self._encoder or self._new_encoder(picture)
        # After pictures were skipped browsers want a key frame, or show nothing until the next one.
        step, is_break = pts - self._last_pts, pts - self._last_pts > 2 * self._step
        self._step = max(_STEP, min(step, _LONGEST_STEP))
        self._encoder, self._last_pts = encoder, pts
        return [
            Frame(coded.payload, coded.key, coded.pts, coded.pts, received_at, encoder.format)
            for coded in encoder.encode(picture, pts, key=is_break)
        ]

    def _new_encoder(self, picture: VideoFrame) -> MaskedEncoder:
        assert self._form is not None
        size = picture.width, picture.height
        return MaskedEncoder(self._form.masks, source_size=size, fps=FPS, largest=self._largest)


class MaskedFeed:
    """One camera's masked stream; `hub` and `hls` serve it. Ends by itself when nobody watches."""

    def __init__(self, uuid: str, quality: Quality, find: FindCamera, executor: Executor) -> None:
        self.hub = LiveHub(quality)
        self.hls = HlsFeed()
        self.is_over = False
        self._uuid, self._quality, self._find = uuid, quality, find
        self._executor = executor
        self._burner = Burner(LARGEST if quality is Quality.MAIN else LARGEST_SUB)
        self._waiting: list[Frame] = []
        self._skipping = True
        self._news = asyncio.Event()
        self._source: LiveHub | None = None
        self._wanted_at = time.monotonic()

    def want(self) -> None:
        self._wanted_at = time.monotonic()

    async def run(self) -> None:
        """Until nobody has watched for a while, the camera is gone, or masking fails."""
        try:
            while self._is_wanted() and self._follow():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(FOLLOW_S):
                        await self._news.wait()
                self._news.clear()
                await self._work()
        except MaskingFailed as error:
            _log.error("camera %s: %s", self._uuid, error)
        finally:
            self.is_over = True
            self._unhook()

    def _is_wanted(self) -> bool:
        if self.hub.viewers or self.hls.is_asked:
            self.want()
        return time.monotonic() - self._wanted_at < LINGER_S

    def _follow(self) -> bool:
        """Listen to the stream that there is now; False when the camera is gone."""
        camera = self._find(self._uuid)
        if camera is None:
            return False
        sub = camera.sub_live if self._quality is Quality.SUB else None
        if sub is not None:
            sub.wishes.add(self)
        source = sub if sub is not None and sub.is_alive else camera.live
        if source is not self._source:
            if self._source is not None:
                self._source.listeners.discard(self._take)
            self._burner.change_source()
            self._waiting, self._skipping = [], True
            self._source = source
            source.listeners.add(self._take)
            for frame in source.group:
                self._take(frame)
        return True

    def _unhook(self) -> None:
        camera = self._find(self._uuid)
        for hub in (self._source, camera.sub_live if camera else None):
            if hub is not None:
                hub.listeners.discard(self._take)
                hub.wishes.discard(self)

    def _take(self, frame: Frame) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._waiting, self._skipping = [], True
        if self._skipping and not frame.key:
            return
        self._skipping = False
        self._waiting.append(frame)
        self._news.set()

    async def _work(self) -> None:
        frames, self._waiting = self._waiting, []
        camera = self._find(self._uuid)
        if not frames or camera is None:
            return
        masks = [mask for mask in camera.config.masks if len(mask) >= 3]
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._executor, self._burner.burn, frames, masks)
        for frame in made:
            self.hub.push(frame)
            self.hls.push(frame)


class MaskedFeeds:
    """Finds or starts the feed of a camera. Lives on the event loop."""

    def __init__(self, find: FindCamera, executor: Executor) -> None:
        self._find, self._executor = find, executor
        self._feeds: dict[tuple[str, Quality], MaskedFeed] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, uuid: str, quality: Quality) -> MaskedFeed:
        """Raises MaskingFailed when there are too many already."""
        self._feeds = {key: feed for key, feed in self._feeds.items() if not feed.is_over}
        feed = self._feeds.get((uuid, quality))
        if feed is None:
            if len(self._feeds) >= MAX_FEEDS:
                raise MaskingFailed("too many masked streams at once")
            feed = MaskedFeed(uuid, quality, self._find, self._executor)
            self._feeds[uuid, quality] = feed
            task = asyncio.create_task(feed.run())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        feed.want()
        return feed

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
