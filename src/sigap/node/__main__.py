"""`python -m sigap.node`: run the camera node; `… check [--mend]`: examine the recordings."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys

import av.logging

from sigap.node.command import check_recordings
from sigap.node.errors import NodeError
from sigap.node.service import run_service
from sigap.node.settings import NodeSettings


def main(arguments: list[str]) -> int:
    logging.basicConfig(level=logging.INFO, format="node %(levelname)s %(name)s %(message)s")
    av.logging.set_level(av.logging.PANIC)
    if arguments[:1] == ["check"]:
        return check_recordings(NodeSettings.recordings_home(), mend="--mend" in arguments)
    _spare_the_collector()
    try:
        asyncio.run(run_service(NodeSettings.from_environment()))
    except NodeError as error:
        sys.stderr.write(f"The camera node cannot run: {error}\n")
        return 1
    return 0


def _spare_the_collector() -> None:
    """Frames live for seconds and hold no cycles: looking through them all the time finds nothing.

    What was loaded so far lives for ever, and is not looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
