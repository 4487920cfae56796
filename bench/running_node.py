"""A camera node, simulated cameras and rivals as processes of their own, and what they cost.

CPU time and memory are read from the kernel, with all child processes, so that a busy machine
changes little. Used by `video_analysis`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigap.node.testbed import TOKEN, FakeCore

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
CAMERA_PORT = 18754
NODE_PORT = 18790


@dataclass(frozen=True)
class Usage:
    """Of a process and its children: CPU seconds since they began, resident memory now."""

    cpu_s: float
    rss_bytes: int


@contextlib.asynccontextmanager
async def simulated(clips: Mapping[str, Path]) -> AsyncIterator[str]:
    """The address of cameras that play the clips by name, once they answer."""
    named = [f"{name}={path}" for name, path in clips.items()]
    command = [sys.executable, "-m", "sigap", "camera", "simulate", "--port", str(CAMERA_PORT)]
    process = await asyncio.create_subprocess_exec(*command, *named, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        yield f"rtsp://127.0.0.1:{CAMERA_PORT}"
    finally:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def running_node(
    home: Path, cameras: Sequence[dict[str, Any]], *, module: str = "sigap.node"
) -> AsyncIterator[tuple[int, FakeCore]]:
    """The process id of a node with these cameras, and the core that it reports to."""
    core = FakeCore()
    core.set_cameras(*cameras)
    async with core.listening():
        environment = {
            **os.environ,
            "SIGAP_HOME": str(home),
            "SIGAP_NODE_PORT": str(NODE_PORT),
            "SIGAP_NODE_TOKEN": TOKEN,
            "SIGAP_CORE_URL": f"http://127.0.0.1:{core.port}",
        }
        async with running([sys.executable, "-m", module], environment) as pid:
            yield pid, core


@contextlib.asynccontextmanager
async def running(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> AsyncIterator[int]:
    """The process id of a command that is ended with the block; what it prints is not shown."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def usage_over(pid: int, *, seconds: float) -> Usage:
    """CPU time within the next `seconds`, and memory at their end.

    Raises RuntimeError when the process or a child ended meanwhile: its time would be missing.
    """
    family = family_of(pid)
    before = {member: _usage_of(member) for member in family}
    await asyncio.sleep(seconds)
    try:
        after = {member: _usage_of(member) for member in family}
    except FileNotFoundError as error:
        raise RuntimeError(f"a process that was measured has ended: {error}") from error
    return Usage(
        sum(after[member].cpu_s - before[member].cpu_s for member in family),
        sum(usage.rss_bytes for usage in after.values()),
    )


def family_of(pid: int) -> list[int]:
    """The process and all that descend from it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (entry / "stat").read_text().rpartition(")")[2].split()
            parents[int(entry.name)] = int(words[1])
    family = [pid]
    for member in family:
        family.extend(child for child, parent in parents.items() if parent == member)
    return family


def _usage_of(pid: int) -> Usage:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Usage((int(words[11]) + int(words[12])) / TICKS, pages * PAGE_BYTES)
