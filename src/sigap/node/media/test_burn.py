"""Masks in pictures: black where drawn, untouched elsewhere, also after the encoder."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from av.video.frame import VideoFrame

from sigap.node.decode import Decoder
from sigap.node.frames import CLOCK_HZ
from sigap.node.media.burn import MaskedEncoder, burn_masks, fitted_size

MASK = [(0.25, 0.25), (0.5, 0.25), (0.5, 0.75), (0.25, 0.75)]


def bright(width: int, height: int) -> VideoFrame:
    picture = np.full((height, width, 3), 200, np.uint8)
    picture[:, :, 0] = np.linspace(80, 250, width, dtype=np.uint8)
    frame = VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
    frame.pts, frame.time_base = 5, Fraction(1, 10)
    return frame


def test_black_inside_and_untouched_outside() -> None:
    frame = bright(320, 240)
    before = frame.to_ndarray(format="rgb24")
    burnt = burn_masks(frame, [MASK])
    after = burnt.to_ndarray(format="rgb24")
    assert after[61:179, 81:159].max() == 0
    outside = np.ones((240, 320), bool)
    outside[56:184, 76:164] = False
    assert np.array_equal(after[outside], before[outside])
    assert np.array_equal(frame.to_ndarray(format="rgb24"), before)
    assert frame.pts == 5


def test_a_picture_that_comes_from_a_decoder_is_masked_too() -> None:
    """Such ones have no unit of time."""
    plain = MaskedEncoder([], source_size=(320, 240), fps=10)
    decoder = Decoder(plain.format.codec, plain.format.decoder_record)
    [coded] = plain.encode(bright(320, 240), 0)
    [decoded] = decoder.decode(coded.payload, 0)
    masked = MaskedEncoder([MASK], source_size=(320, 240), fps=10)
    assert len(masked.encode(decoded, 0)) == 1


@pytest.mark.parametrize("size", [(321, 241), (1920, 1080), (100, 2000)])
def test_a_picture_of_any_size_is_masked_through_the_encoder(size: tuple[int, int]) -> None:
    encoder = MaskedEncoder([MASK], source_size=size, fps=10)
    decoder = Decoder(encoder.format.codec, encoder.format.decoder_record)
    coded = [
        picture
        for number in range(3)
        for picture in encoder.encode(bright(*size), number * CLOCK_HZ // 10)
    ]
    shown = [frame for c in coded for frame in decoder.decode(c.payload, c.pts)]
    assert [(c.key, c.pts) for c in coded] == [(True, 0), (False, 9000), (False, 18000)]
    assert len(shown) == 3
    width, height = encoder.size
    assert (width, height) == fitted_size(*size)
    luma = shown[-1].to_ndarray(format="gray")
    left, right = round(width * 0.27), round(width * 0.48)
    assert luma[round(height * 0.3) : round(height * 0.7), left:right].max() < 24
    assert luma[:, round(width * 0.7) :].min() > 90


def test_a_clock_that_stands_still_adds_no_picture() -> None:
    encoder = MaskedEncoder([MASK], source_size=(64, 48), fps=10)
    assert len(encoder.encode(bright(64, 48), 900)) == 1
    assert encoder.encode(bright(64, 48), 900) == []


def test_key_frame_on_demand() -> None:
    encoder = MaskedEncoder([], source_size=(64, 48), fps=10)
    encoder.encode(bright(64, 48), 0)
    (second,) = encoder.encode(bright(64, 48), 9000, key=True)
    assert second.key
