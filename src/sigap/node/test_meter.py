"""What a camera delivers, in figures."""

from __future__ import annotations

import pytest

from sigap.node.frames import CLOCK_HZ, Codec, Frame, VideoFormat
from sigap.node.meter import Meter

FORMAT = VideoFormat(Codec.H264, 640, 360, "avc1.640028", b"")


def fed(key_times_s: list[float]) -> Meter:
    meter = Meter()
    for at_s in key_times_s:
        for key, later_s in ((True, 0.0), (False, 0.2)):
            pts = round((at_s + later_s) * CLOCK_HZ)
            meter.push(Frame(b"x", key, pts, pts, 1e9 + at_s, FORMAT))
    return meter


@pytest.mark.parametrize(
    ("key_times_s", "interval_s"),
    [
        ([], 0),
        ([5], 0),
        ([0, 2, 4, 6], 2),
        ([0, 2, 4, 60, 62, 64], 2),
        ([0, 1, 2, 3, *range(4, 200, 10)], 10),
    ],
    ids=["nothing", "one key frame", "steady", "a gap", "set anew"],
)
def test_the_time_between_key_frames_is_the_usual_one(
    key_times_s: list[float], interval_s: float
) -> None:
    assert fed(key_times_s).key_interval_s() == pytest.approx(interval_s)
