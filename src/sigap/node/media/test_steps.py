"""Pictures that come unevenly: nothing that a browser's MediaSource would take for a break."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from av.video.frame import VideoFrame

from sigap.node.frames import CLOCK_HZ, Codec, Frame, VideoFormat
from sigap.node.media.burn import MaskedEncoder
from sigap.node.media.live import LiveHub, Viewer
from sigap.node.media.masked import Burner
from sigap.node.media.masked_film import FilmBurner
from sigap.node.media.samples import open_fragment
from sigap.node.mux.boxes import Sample, fragment, init_segment

MASK = [(0.25, 0.25), (0.5, 0.25), (0.5, 0.75), (0.25, 0.75)]
H264 = VideoFormat(Codec.H264, 64, 48, "avc1.42c00a", b"\1\x42\xc0\x0a\xff\xe0\0", 0)


def fragments_of(viewer: Viewer) -> list[bytes]:
    """What waits for a viewer, without its head and init segment."""
    waiting = [message for message in viewer._messages if isinstance(message, bytes)]
    return [message[8:] for message in waiting[1:]]


@pytest.mark.parametrize(
    "steps_ms",
    [[40] * 10, [200] * 10, [40] * 20 + [80] * 10, [40, 120] * 10, [33, 34, 66, 33] * 5],
)
def test_no_step_is_longer_than_twice_what_was_told(steps_ms: list[int]) -> None:
    hub, viewer, dts = LiveHub(), Viewer(), 900
    hub.join(viewer)
    for number, step in enumerate([*steps_ms, 40]):
        hub.push(Frame(b"picture", number == 0, dts, dts, 1000.0 + dts / CLOCK_HZ, H264))
        dts += step * CLOCK_HZ // 1000
    opened = [open_fragment(data) for data in fragments_of(viewer)]
    assert len(opened) == len(steps_ms) + 1
    for before, after in itertools.pairwise(opened):
        assert after.base - before.base <= 2 * before.samples[0].duration


def coded(seconds: float, *, fps: int = 25) -> tuple[VideoFormat, list[Frame]]:
    """A film as a camera would send it; VP9, which this project can encode."""
    encoder = MaskedEncoder([], source_size=(320, 240), fps=fps)
    made = []
    for number in range(round(seconds * fps)):
        picture = np.full((240, 320, 3), 60 + number % 100, np.uint8)
        frame = VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, fps)
        pts = number * CLOCK_HZ // fps
        made += [
            Frame(one.payload, one.key, one.pts, one.pts, 1000 + pts / CLOCK_HZ, encoder.format)
            for one in encoder.encode(frame, pts)
        ]
    return encoder.format, made


def test_after_skipped_pictures_a_masked_stream_goes_on_with_a_key_frame() -> None:
    _, frames = coded(4.0)
    burner = Burner()
    steady = burner.burn(frames[:10], [MASK])
    assert [frame.key for frame in steady] == [True, *[False] * (len(steady) - 1)]
    # More than a second came at once: all but the newest is decoded only.
    late = burner.burn(frames[10:50], [MASK])
    assert late[0].pts - steady[-1].pts > CLOCK_HZ // 2
    assert [frame.key for frame in late] == [True, *[False] * (len(late) - 1)]
    assert not any(frame.key for frame in burner.burn(frames[50:55], [MASK]))


def test_the_first_picture_of_a_masked_film_does_not_wait_for_the_last() -> None:
    video, frames = coded(2.0)
    samples = [Sample(frame.payload, frame.key, CLOCK_HZ // 25) for frame in frames]
    data = b"".join(fragment(samples, sequence=1, base=9000, wall_clock=5000.0))
    burner = FilmBurner(init_segment(video), [MASK])
    parts = [open_fragment(part) for part in burner.parts(data)]
    assert len(parts) > 3
    assert len(parts[0].samples) == 1
    assert [sample.key for part in parts for sample in part.samples].count(True) >= 1
    assert parts[0].samples[0].key
    for before, after in itertools.pairwise(parts):
        length = sum(sample.duration for sample in before.samples)
        assert before.base + length == after.base
        assert after.starts_at - before.starts_at == pytest.approx(length / CLOCK_HZ, abs=0.001)
    assert parts[-1].base + sum(s.duration for s in parts[-1].samples) == 9000 + 2 * CLOCK_HZ
    assert sum(len(part.samples) for part in parts) in range(16, 21)
