"""A node that is killed while it cuts, and what it finds when it is back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import av
import pytest

from sigap.node.evidence.package import zip_chunks
from sigap.node.evidence.testing_orders import NOON, ORDER, record_film, signed_manifest, wanted
from sigap.node.evidence.verify import verify
from sigap.node.frames import AccessUnit, Codec
from sigap.node.ingest.container import read_units
from sigap.node.ingest.transcode import camera_copy
from sigap.node.settings import NodeSettings
from sigap.node.testbed import TOKEN, FakeCore, camera_entry, until

TIMES = 60
"""So often the film of 4 s is recorded: masking it all takes seconds enough to be killed in."""
PATIENCE_S = 90.0
"""A process has to start first, on a machine that may be busy."""
LONG_AGO_H = 24 * 366 * 10
HALF = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]
GIVEN_UP = "7e0c1b7a-2f77-4f0e-9a35-0e3c8c1f2b12"


@pytest.fixture(scope="module")
def film(clip_file: Path) -> list[AccessUnit]:
    copy = camera_copy(clip_file, clip_file.parent, frozenset({Codec.H264}))
    with av.open(str(copy)) as source:
        return list(read_units(source))


@pytest.fixture
def room(core: FakeCore, settings: NodeSettings, film: list[AccessUnit]) -> Path:
    """The folder of exports of a node that has recorded four minutes."""
    record_film(settings.recordings, film, *(NOON + 4 * number for number in range(TIMES)))
    core.set_cameras(
        camera_entry("rtsp://127.0.0.1:9/none", retention_h=LONG_AGO_H, enabled=False, masks=[HALF])
    )
    core.answer_evidence = signed_manifest
    return settings.evidence


@contextlib.asynccontextmanager
async def node_process(settings: NodeSettings) -> AsyncIterator[None]:
    """A real node; it is killed without a word at the end."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "SIGAP_HOME": str(settings.home),
        "SIGAP_NODE_PORT": str(settings.port),
        "SIGAP_NODE_TOKEN": TOKEN,
        "SIGAP_CORE_URL": settings.core_url,
        "SIGAP_NODE_MIN_FREE_MB": "0",
    }
    command = (sys.executable, "-m", "sigap.node")
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    try:
        yield
        assert process.returncode is None, "the node ended by itself"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def eventually(condition: Callable[[], object], *, what: str) -> None:
    await until(condition, what=what, deadline_s=PATIENCE_S)


def masked(uuid: str = ORDER) -> dict[str, Any]:
    return wanted(NOON, NOON + 4 * TIMES, uuid) | {"masked": True}


async def kill_in_mid_cut(core: FakeCore, settings: NodeSettings, order: dict[str, Any]) -> None:
    core.order_exports(order)
    async with node_process(settings):
        begun = lambda: [r for r in core.evidence if 0.1 < r["progress"] < 0.9]  # noqa: E731
        await eventually(begun, what="half of the cut")
    folder = settings.evidence / order["uuid"]
    assert list(folder.glob("*.mp4"))
    assert not (folder / "cut.json").exists()


async def test_killed_in_mid_cut_it_cuts_anew(
    core: FakeCore, settings: NodeSettings, room: Path, tmp_path: Path
) -> None:
    await kill_in_mid_cut(core, settings, masked())
    manifest = room / ORDER / "manifest.json"
    async with node_process(settings):
        await eventually(manifest.exists, what="the manifest")
    archive = tmp_path / "export.zip"
    archive.write_bytes(b"".join(zip_chunks(room / ORDER)))
    verdict = verify(archive)
    assert verdict.is_good, verdict.faults
    assert not (room / ORDER / "plain.mp4").exists()


async def test_given_up_while_the_node_was_dead_nothing_is_left(
    core: FakeCore, settings: NodeSettings, room: Path
) -> None:
    await kill_in_mid_cut(core, settings, masked(GIVEN_UP))
    core.order_exports(wanted(NOON, NOON + 4))
    async with node_process(settings):
        await eventually((room / ORDER / "manifest.json").exists, what="the next export")
        await eventually(lambda: not (room / GIVEN_UP).exists(), what="the room to be cleared")
    assert [folder.name for folder in room.iterdir()] == [ORDER]


async def test_given_up_in_mid_cut_it_stops_and_begins_again_at_once(
    core: FakeCore, settings: NodeSettings, room: Path
) -> None:
    core.order_exports(masked())
    async with node_process(settings):
        await eventually((room / ORDER).exists, what="the cut")
        core.order_exports()
        await eventually(lambda: not (room / ORDER).exists(), what="the room to be cleared")
        core.order_exports(wanted(NOON, NOON + 4))
        await eventually((room / ORDER / "manifest.json").exists, what="the export after all")


async def test_what_the_core_took_gets_its_manifest_after_a_crash(
    core: FakeCore, settings: NodeSettings, room: Path
) -> None:
    core.answer_evidence = lambda report: (
        {"lost": "on the way"} if report["state"] == "ready" else {"wanted": True}
    )
    core.order_exports(wanted(NOON, NOON + 4))
    async with node_process(settings):
        taken = lambda: [r for r in core.evidence if r["state"] == "ready"]  # noqa: E731
        await eventually(taken, what="the films to be handed in")
    assert (room / ORDER / "cut.json").exists()
    assert not (room / ORDER / "manifest.json").exists()
    # To the core it is ready, so it is ordered no more.
    core.order_exports()
    core.answer_evidence = signed_manifest
    async with node_process(settings):
        await eventually((room / ORDER / "manifest.json").exists, what="the manifest")
    assert verify(room / ORDER).is_good
