"""The camera node with a detector that sees nothing: what remains is the cost of all the rest.

`python -m bench.blank_detector` is the node; it starts `python -m bench.blank_detector worker` in
place of its analysis process. The picture in colour, which only a detector needs, is not made.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any
from unittest.mock import patch

import numpy as np

from sigap.node.__main__ import main as run_node
from sigap.node.analysis import worker
from sigap.node.analysis.picture import SeenPicture
from sigap.vision.detections import Detections, Image

MODULE = "bench.blank_detector"
BLANK = np.zeros((1, 1, 3), np.uint8)


class BlankDetector:
    """A `vision` Detector."""

    def detect(self, bgr: Image, /) -> Detections:
        return Detections.empty()


def run_worker() -> None:
    with (
        patch.object(worker, "load_detector", lambda *_, **__: BlankDetector()),
        patch.object(SeenPicture, "bgr", lambda _: BLANK),
    ):
        worker.main()


def run_blank_node() -> int:
    """The node as it is, but for the name of the module that it starts."""
    start = asyncio.create_subprocess_exec

    async def start_blank(
        program: str, *arguments: str, **options: Any
    ) -> asyncio.subprocess.Process:
        ours = "sigap.node.analysis.worker"
        if ours in arguments:
            arguments = ("-m", MODULE, "worker")
        return await start(program, *arguments, **options)

    with patch.object(asyncio, "create_subprocess_exec", start_blank):
        return run_node([])


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        run_worker()
    else:
        sys.exit(run_blank_node())
