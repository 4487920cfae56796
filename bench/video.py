"""What a camera costs: recording and analysis beside PyAV, FFmpeg and `motion`; live delay, seek.

    python -m bench.video [--json] [--cameras N] [--seconds S] [--only PART] [--soak MINUTES]

Ten minutes; `--only recording|viewing|analysis` is a part of it. `--soak`: that alone.

Real RTSP on loopback (1080p25 H.264, 4 Mb/s, key frame every 2 s), simulator and recorder each a
process of their own; CPU time is read from the kernel, so a busy machine changes little.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from bench.report import Row, print_rows
from bench.running_node import simulated
from bench.video_analysis import analysis_rows
from bench.video_clip import make_clip
from bench.video_ingest import ingest_rows
from bench.video_soak import soak_rows
from bench.video_viewing import viewing_rows

RECORDED, SOAKED = 48, 64
PARTS = ("recording", "viewing", "analysis")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cameras", type=int, help="recorded at once: 48; --soak: 64")
    parser.add_argument("--seconds", type=float, default=20, help="of recording")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="only this")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print_rows(asyncio.run(measure(Path(folder), arguments)), arguments.json)


async def measure(folder: Path, arguments: argparse.Namespace) -> list[Row]:
    parts = arguments.only or PARTS
    rows: list[Row] = []
    async with simulated({"c": make_clip(folder / "c.mp4")}) as address:
        if arguments.soak:
            count = arguments.cameras or SOAKED
            return await soak_rows(folder, address, cameras=count, minutes=arguments.soak)
        if "recording" in parts:
            rows += await ingest_rows(
                folder, address, cameras=arguments.cameras or RECORDED, seconds=arguments.seconds
            )
        if "viewing" in parts:
            rows += await viewing_rows(folder, address)
    if "analysis" in parts:
        (folder / "analysis").mkdir()
        rows += await analysis_rows(folder / "analysis")
    return rows


if __name__ == "__main__":
    main()
