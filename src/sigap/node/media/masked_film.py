"""A recorded film with the privacy masks burnt in, fragment by fragment. Called by the routes."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

from av.video.frame import VideoFrame

from sigap.node.decode import Decoder
from sigap.node.frames import CLOCK_HZ
from sigap.node.media.burn import EncodedPicture, MaskedEncoder, Masks
from sigap.node.media.samples import Opened, format_of, open_fragment
from sigap.node.mux.boxes import Sample, fragment, init_segment

FPS = 10.0
PART_PICTURES = 5
_STEP = round(CLOCK_HZ / FPS)


class FilmBurner:
    """One film, one call at a time. Sound is left out: a voice is as private as a face."""

    def __init__(self, init: bytes, masks: Masks) -> None:
        """Raises DamagedFile or MaskingFailed."""
        source = format_of(init)
        self._decoder = Decoder(source.codec, source.decoder_record)
        size = source.width, source.height
        self._encoder = MaskedEncoder(masks, source_size=size, fps=FPS)
        self.init = init_segment(self._encoder.format)
        self._last_pts = -_STEP
        self._sequence = 0

    def burn(self, data: bytes) -> bytes:
        """The same fragment masked; empty when it gave no picture. Raises MaskingFailed."""
        return b"".join(self.parts(data))

    def parts(self, data: bytes) -> Iterator[bytes]:
        """The same in smaller fragments, each as soon as it is burnt: who seeks waits for the first
        picture, not for two seconds of them. Raises MaskingFailed.
        """
        opened = open_fragment(data)
        dts, coded = opened.base, []
        is_first = opened.samples[0].key if opened.samples else False
        for sample in opened.samples:
            for picture in self._decoder.decode(sample.payload, dts + sample.shift):
                made = self._encode(picture, dts + sample.shift, key=is_first)
                is_first = is_first and not made
                coded += made
            dts += sample.duration
            # The last one waits for the next, which tells how long it is shown.
            if len(coded) > (PART_PICTURES if self._sequence else 1):
                yield self._packed(opened, coded[:-1], end=coded[-1].pts)
                del coded[:-1]
        if coded:
            yield self._packed(opened, coded, end=dts)

    def _encode(self, picture: VideoFrame, pts: int, *, key: bool) -> list[EncodedPicture]:
        pts = picture.pts if picture.pts is not None else pts
        if pts - self._last_pts < _STEP * 0.9:
            return []
        self._last_pts = pts
        return self._encoder.encode(picture, pts, key=key)

    def _packed(self, opened: Opened, coded: list[EncodedPicture], *, end: int) -> bytes:
        stamps = [picture.pts for picture in coded] + [max(end, coded[-1].pts + 1)]
        samples = [
            Sample(picture.payload, picture.key, following - begin)
            for picture, (begin, following) in zip(coded, itertools.pairwise(stamps), strict=True)
        ]
        self._sequence += 1
        wall_clock = opened.starts_at + (stamps[0] - opened.base) / CLOCK_HZ
        parts = fragment(samples, sequence=self._sequence, base=stamps[0], wall_clock=wall_clock)
        return b"".join(parts)


async def masked_film(
    pieces: AsyncIterator[bytes],
    masks: Masks,
    run: Callable[..., Coroutine[Any, Any, Any]],
) -> AsyncIterator[bytes]:
    """`pieces`: an init segment, then fragments; `run` calls blocking work in a thread."""
    burner: FilmBurner | None = None
    async for piece in pieces:
        if burner is None:
            burner = await run(FilmBurner, piece, masks)
            yield burner.init
            continue
        parts = burner.parts(piece)
        while part := await run(next, parts, b""):
            yield part
