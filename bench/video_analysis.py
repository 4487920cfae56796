"""What analysis costs a camera node beside recording, with and without the key frame gate.

    python -m bench.video_analysis [--json] [--cameras N]

The whole node (receive, record, analysis process) with a detector that sees nothing, on real RTSP:
1080p25 H.264 at 4 Mb/s and 360p5, key frame every 2 s, a quarter of the time somebody walks, in
turn: as in a city, some cameras move while others rest.
Rivals do the same in the same run: Debian's `motion` where it is installed, and a PyAV loop.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.activity_clips import CLIP_S, KEY_INTERVAL_S, MAIN, SUB, Stream, make_clip
from bench.blank_detector import MODULE
from bench.report import Row, compared, print_rows
from bench.running_node import Usage, running, running_node, simulated, usage_over
from sigap.node.testbed import FakeCore, camera_entry, until

BENCH = "video_analysis"
SETTLE_S = 8.0
"""After every camera is seen: until the background is learnt and what had queued is done."""
START_S = 90.0
ANALYSED = {"on", "overloaded"}
ANALYSIS_FPS = 5
MAX_LEFT_OUT = 0.02
"""Share of the pictures that may be left out. Work that was not done must not look like thrift."""
PHASE_STEP_S = 7 * KEY_INTERVAL_S
"""Seven is prime to the clip's sixteen key frames: the cameras spread over all of them."""

RIVAL_CAMERAS = 4
RIVAL_SETTLE_S = 12.0
ZONE = {"id": 1, "uuid": "zone", "kind": "zone", "name": "All"}
ZONE |= {"points": [[0, 0], [1, 0], [1, 1], [0, 1]]}
MOTION_CONF = """
daemon off
log_level 2
webcontrol_port 0
picture_output off
movie_output on
movie_passthrough on
emulate_motion on
target_dir {folder}
"""
MOTION_CAMERA_CONF = """
camera_id {number}
netcam_url {address}/sub/{number}
netcam_high_url {address}/main/{number}
width {width}
height {height}
framerate {fps}
"""
PYAV_LOOP = """
import sys, threading, av, cv2, numpy as np
cv2.setNumThreads(1)
TCP = {"rtsp_transport": "tcp"}
def record(url, path):
    with av.open(url, options=TCP, timeout=(10, 5)) as source:
        with av.open(path, "w", format="mp4", options={"movflags": "frag_keyframe"}) as sink:
            video = source.streams.video[0]
            out = sink.add_stream_from_template(video)
            for packet in source.demux(video):
                if packet.dts is not None:
                    packet.stream = out
                    sink.mux(packet)
def watch(url):
    mean = None
    with av.open(url, options=TCP, timeout=(10, 5)) as source:
        source.streams.video[0].thread_count = 1
        for picture in source.decode(video=0):
            small = cv2.resize(picture.to_ndarray(format="gray"), (320, 180))
            if mean is None:
                mean = small.astype(np.float32)
            changed = cv2.absdiff(small, cv2.convertScaleAbs(mean)) > 20
            cv2.accumulateWeighted(small, mean, 0.08)
for number in range(int(sys.argv[2])):
    name = f"{sys.argv[3]}/{number}.mp4"
    threading.Thread(target=record, args=(f"{sys.argv[1]}/main/{number}", name)).start()
    threading.Thread(target=watch, args=(f"{sys.argv[1]}/sub/{number}",)).start()
"""


@dataclass(frozen=True)
class Variant:
    """One way of analysing. `critical` cameras have no gate; `follows`: a rule wants tracks.

    `most`: cameras that one core can carry at all, so that the figure is not that of an overload.
    """

    name: str
    has_sub: bool
    critical: bool
    follows: bool = True
    most: int = 1000


GATED_SUB = Variant("record + sub-stream motion gated, 25 % moving", True, False)
VARIANTS = (
    GATED_SUB,
    Variant("record + sub-stream motion, no gate", True, True),
    Variant("record + main-stream motion gated, 25 % moving", False, False, most=8),
    Variant("record + main-stream motion, no gate", False, True, most=4),
    Variant("record + main-stream motion by key frames, no tracks", False, False, follows=False),
)


@dataclass(frozen=True)
class NodeFigures:
    """`levels`: share of the cameras' reports at each decode level; `dropped`: pictures left out.

    Both within the measured time.
    """

    usage: Usage
    levels: dict[str, float]
    dropped: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cameras", type=int, default=40)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(analysis_rows(Path(folder), cameras=arguments.cameras))
    print_rows(rows, arguments.json)


async def analysis_rows(folder: Path, *, cameras: int = 40) -> list[Row]:
    """All variants and the rivals; four to five minutes, whole loops of the clip each."""
    clips = {stream.name: make_clip(folder, stream) for stream in (MAIN, SUB)}
    async with simulated(clips) as address:
        one = await _node(folder / "one", address, GATED_SUB, cameras=1)
        rivals = await _rivals(folder, address)
        rows: list[Row] = []
        for number, variant in enumerate(VARIANTS):
            count = min(cameras, variant.most)
            ours = await _node(folder / f"home{number}", address, variant, cameras=count)
            rows += _variant_rows(variant, ours, one, count)
            if variant is GATED_SUB and _is_sound(ours, count):
                rows += _rival_rows(variant, ours, rivals, count)
    return rows


def _variant_rows(
    variant: Variant, ours: NodeFigures, one: NodeFigures, cameras: int
) -> Iterator[Row]:
    a_camera = (ours.usage.rss_bytes - one.usage.rss_bytes) / (cameras - 1) / 2**20
    left_out = ours.dropped / (cameras * ANALYSIS_FPS * CLIP_S)
    yield Row(BENCH, f"{variant.name}: pictures left out", left_out * 100, "%")
    if not _is_sound(ours, cameras):
        sys.stderr.write(f"{variant.name}: no figure, the machine was too busy to keep up\n")
        return
    yield Row(BENCH, f"{variant.name}: cameras a core", _per_core(ours.usage, cameras), "")
    yield Row(BENCH, f"{variant.name}: memory a camera, above the first", a_camera, "MiB")
    for level, share in sorted(ours.levels.items()):
        yield Row(BENCH, f"{variant.name}: time at decode level {level}", share * 100, "%")


def _is_sound(ours: NodeFigures, cameras: int) -> bool:
    return ours.dropped <= MAX_LEFT_OUT * cameras * ANALYSIS_FPS * CLIP_S


def _rival_rows(
    variant: Variant, ours: NodeFigures, rivals: dict[str, Usage], cameras: int
) -> Iterator[Row]:
    for name, usage in rivals.items():
        yield compared(
            BENCH,
            f"{variant.name}: cameras a core (baseline {name})",
            value=_per_core(ours.usage, cameras),
            baseline=_per_core(usage, RIVAL_CAMERAS),
            unit="",
        )


def _per_core(usage: Usage, cameras: int) -> float:
    return cameras * CLIP_S / usage.cpu_s


async def _node(home: Path, address: str, variant: Variant, *, cameras: int) -> NodeFigures:
    """The model's file is empty: the detector in its place needs none."""
    model = home / "models" / "nanodet-g.onnx"
    model.parent.mkdir(parents=True)
    model.touch()
    entries = [_entry(address, variant, number) for number in range(cameras)]
    async with running_node(home, entries, module=MODULE) as (pid, core):
        await until(lambda: _is_analysed(core, cameras), what="analysed", deadline_s=START_S)
        await asyncio.sleep(SETTLE_S)
        first, dropped = len(core.health), _dropped(core)
        usage = await usage_over(pid, seconds=CLIP_S)
        if not _is_analysed(core, cameras):
            raise RuntimeError("a camera was not analysed: the figure would be too good")
        told = [camera for report in core.health[first:] for camera in report["cameras"]]
        levels = Counter(str(camera["decode_level"]) for camera in told)
        shares = {level: count / len(told) for level, count in levels.items()}
        return NodeFigures(usage, shares, _dropped(core) - dropped)


def _entry(address: str, variant: Variant, number: int) -> dict[str, Any]:
    return camera_entry(
        _url(address, MAIN, number),
        id=number + 1,
        uuid=f"camera-{number}",
        analyse=True,
        analysis_fps=ANALYSIS_FPS,
        critical=variant.critical,
        sub_url=_url(address, SUB, number) if variant.has_sub else "",
        rules=[ZONE | {"id": number + 1}] if variant.follows else [],
    )


def _url(address: str, stream: Stream, number: int) -> str:
    """Neighbours start at other key frames of the clip, both streams of a camera at the same."""
    start_s = number * PHASE_STEP_S % CLIP_S
    return f"{address}/{stream.name}/{number}?start={start_s * stream.fps}"


def _is_analysed(core: FakeCore, cameras: int) -> bool:
    """True for a node without cameras once it has reported."""
    last = core.health[-1]["cameras"] if core.health else None
    return (
        last is not None
        and len(last) == cameras
        and all(told["state"] == "up" and told["analysis"] in ANALYSED for told in last)
    )


def _dropped(core: FakeCore) -> int:
    return sum(told["analysis_dropped"] for told in core.health[-1]["cameras"])


async def _rivals(folder: Path, address: str) -> dict[str, Usage]:
    """What is not installed is said and left out."""
    out = folder / "pyav"
    out.mkdir()
    loop = [sys.executable, "-c", PYAV_LOOP, address, str(RIVAL_CAMERAS), str(out)]
    async with running(loop) as pid:
        await asyncio.sleep(RIVAL_SETTLE_S)
        rivals = {"PyAV, no gate": await usage_over(pid, seconds=CLIP_S)}
    motion = shutil.which("motion")
    if motion is None:
        sys.stderr.write("motion is not installed: no comparison with it\n")
        return rivals
    conf = _motion_conf(folder / "motion", address)
    async with running([motion, "-n", "-c", str(conf)]) as pid:
        await asyncio.sleep(RIVAL_SETTLE_S)
        usage = await usage_over(pid, seconds=CLIP_S)
    if not any(path.stat().st_size for path in conf.parent.glob("*.mp4")):
        raise RuntimeError("motion recorded nothing: its figure would be too good")
    return rivals | {"Debian motion": usage}


def _motion_conf(folder: Path, address: str) -> Path:
    folder.mkdir()
    lines = [MOTION_CONF.format(folder=folder)]
    for number in range(1, RIVAL_CAMERAS + 1):
        camera = folder / f"camera{number}.conf"
        width, height = SUB.size
        camera.write_text(
            MOTION_CAMERA_CONF.format(
                number=number, address=address, width=width, height=height, fps=SUB.fps
            )
        )
        lines.append(f"camera {camera}\n")
    conf = folder / "motion.conf"
    conf.write_text("".join(lines))
    return conf


if __name__ == "__main__":
    main()
