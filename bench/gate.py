"""What the key frame gate misses and saves: the same film analysed with it and without.

    python -m bench.gate [--json] [--film FILE]

The node's own gate and lane with the real detector, fed from a file as fast as it goes. The film is
encoded as cameras send it, by day and by night, at a free and at a constant bit rate; without
`--film` it is the street of `../shared` in which people come one by one. Where nothing moved for
two seconds the picture is held (with a sensor's noise) for another twenty: streets are quieter than
test films.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from typing import TypeAlias

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from bench.report import Row, print_rows
from sigap.node.analysis.messages import CountMessage
from sigap.node.analysis.testing_lane import Findings, GatedLane, coded_frames
from sigap.node.testbed import camera_entry
from sigap.node.uplink.contract import CameraConfig
from sigap.runtime.home import Home
from sigap.runtime.weights import ensure_detector
from sigap.vision.background import Background
from sigap.vision.pipeline import load_detector
from sigap.vision.testing_footage import FOOTAGE

Picture: TypeAlias = NDArray[np.uint8]
BENCH = "gate"
STREET = FOOTAGE / "one-by-one-person-detection.mp4"
KEY_INTERVAL_S = 2
STILL_S = 2.0
PAUSE_S = 20.0
SAME_S = 1.0
"""A crossing with the gate and one without are the same if they are not further apart."""

LINES_X = (0.33, 0.5, 0.67)


@dataclass(frozen=True)
class Form:
    """How the film is sent. `noise`: standard deviation of the sensor's, in steps of 0..255."""

    name: str
    light: float
    noise: float
    options: dict[str, str]


CONSTANT = {"b": "1M", "maxrate": "1M", "bufsize": "1M"}
FORMS = (
    Form("day, free rate", 1.0, 1.0, {"crf": "26"}),
    Form("day, constant rate", 1.0, 1.0, CONSTANT),
    Form("night, free rate", 0.35, 5.0, {"crf": "26"}),
    Form("night, constant rate", 0.35, 5.0, CONSTANT),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--film", type=Path, default=STREET)
    arguments = parser.parse_args()
    if not arguments.film.exists():
        sys.exit(f"{arguments.film} is not here: give another with --film FILE")
    home = Home.from_environment()
    home.prepare()
    detector = load_detector(ensure_detector(home.models))
    with tempfile.TemporaryDirectory() as folder:
        rows: list[Row] = []
        for form in FORMS:
            frames = coded_frames(_encoded(arguments.film, Path(folder) / "film.mp4", form))
            whole, gated = (
                GatedLane(_config(critical=critical), detector) for critical in (True, False)
            )
            whole.play(frames)
            gated.play(frames)
            rows += _rows(form, whole, gated)
    print_rows(rows, arguments.json)


def _rows(form: Form, whole: GatedLane, gated: GatedLane) -> Iterator[Row]:
    before, after = whole.found, gated.found
    same = _in_both(before.counts, after.counts)
    yield Row(BENCH, f"{form.name}: crossings without the gate", len(before.counts), "")
    yield Row(BENCH, f"{form.name}: of these with it", same, "")
    yield Row(BENCH, f"{form.name}: with it only", len(after.counts) - same, "")
    yield Row(BENCH, f"{form.name}: alarms without the gate", _happenings(before), "")
    yield Row(BENCH, f"{form.name}: alarms with it", _happenings(after), "")
    share = _decoded(gated) / max(1, _decoded(whole)) * 100
    yield Row(BENCH, f"{form.name}: pictures decoded", share, "%")
    yield Row(BENCH, f"{form.name}: times it woke", gated.opened, "")


def _happenings(found: Findings) -> int:
    """An alarm is told again under its uuid when more is known of it."""
    return len({alarm.uuid for alarm in found.alarms})


def _decoded(gated: GatedLane) -> int:
    return gated.lane.stats.decoded + gated.lane.stats.peeked


def _in_both(whole: list[CountMessage], gated: list[CountMessage]) -> int:
    rest, same = list(gated), 0
    for count in whole:
        for other in rest:
            alike = (other.rule_id, other.forward) == (count.rule_id, count.forward)
            if alike and abs(other.at - count.at) <= SAME_S:
                rest.remove(other)
                same += 1
                break
    return same


def _config(*, critical: bool) -> CameraConfig:
    rules = [
        {"id": number, "uuid": f"line-{number}", "kind": "line", "name": f"{x}"}
        | {"points": [[x, 0], [x, 1]]}
        for number, x in enumerate(LINES_X, start=1)
    ]
    rules.append(
        {"id": 9, "uuid": "zone", "kind": "zone", "name": "Middle"}
        | {"points": [[0.3, 0], [0.7, 0], [0.7, 1], [0.3, 1]]}
    )
    return CameraConfig.model_validate(
        camera_entry("rtsp://film/", analyse=True, critical=critical, rules=rules)
    )


def _encoded(film: Path, target: Path, form: Form) -> Path:
    dice = np.random.default_rng(7)
    with av.open(str(film)) as source, av.open(str(target), "w", format="mp4") as sink:
        video = source.streams.video[0]
        rate = Fraction(video.average_rate or 25)
        keys = str(round(rate * KEY_INTERVAL_S))
        options = {"preset": "veryfast", "bf": "0", "g": keys, "sc_threshold": "0"}
        out = sink.add_stream("libx264", rate=rate, options=options | form.options)
        out.width, out.height = video.width & ~1, video.height & ~1
        out.pix_fmt = "yuv420p"
        pictures = (_bgr(frame, (out.width, out.height)) for frame in source.decode(video))
        for number, picture in enumerate(_with_pauses(pictures, float(rate))):
            sent = av.VideoFrame.from_ndarray(_sensed(picture, form, dice), format="bgr24")
            sent.pts, sent.time_base = number, 1 / rate
            sink.mux(out.encode(sent.reformat(format="yuv420p")))
        sink.mux(out.encode(None))
    return target


def _bgr(frame: av.VideoFrame, size: tuple[int, int]) -> Picture:
    return np.asarray(frame.reformat(*size, "bgr24").to_ndarray(), np.uint8)


def _with_pauses(pictures: Iterator[Picture], rate_fps: float) -> Iterator[Picture]:
    """Hold the picture once in every stretch without motion."""
    background: Background | None = None
    still = 0
    for number, picture in enumerate(pictures):
        yield picture
        luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        height, width = luma.shape
        background = background or Background((width, height))
        still = 0 if background.observe(luma, number / rate_fps).moving else still + 1
        if still == round(STILL_S * rate_fps):
            yield from repeat(picture, round(PAUSE_S * rate_fps))


def _sensed(picture: Picture, form: Form, dice: np.random.Generator) -> Picture:
    noise = dice.normal(0, form.noise, picture.shape[:2]).astype(np.int16)[:, :, None]
    dimmed = cv2.convertScaleAbs(picture, alpha=form.light)
    return np.asarray(np.clip(dimmed + noise, 0, 255), np.uint8)


if __name__ == "__main__":
    main()
