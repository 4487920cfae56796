"""Fixtures of the node's tests: a rendered clip, a camera that plays it, a core, a node."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from sigap.node.service import NodeService
from sigap.node.settings import NodeSettings
from sigap.node.simulate.clip import Clip, load_clip
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import TOKEN, FakeCore, render_clip


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    return render_clip(folder / "walk.mp4", size=(320, 240))


@pytest.fixture(scope="session")
def clip(clip_file: Path) -> Clip:
    return load_clip("walk", clip_file, clip_file.parent)


@pytest.fixture
async def simulator(clip: Clip) -> AsyncIterator[CameraSimulator]:
    async with CameraSimulator({"walk": clip}).listening("127.0.0.1", 0) as listening:
        yield listening


@pytest.fixture
async def core() -> AsyncIterator[FakeCore]:
    async with FakeCore().listening() as listening:
        yield listening


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class RunningNode:
    service: NodeService
    settings: NodeSettings

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def recordings(self) -> list[Path]:
        return sorted(self.settings.recordings.glob("*/*/*.mp4"))


StartNode: TypeAlias = Callable[..., AbstractAsyncContextManager[RunningNode]]


@pytest.fixture
def settings(tmp_path: Path, core: FakeCore) -> NodeSettings:
    origin = f"http://127.0.0.1:{core.port}"
    return NodeSettings(
        home=tmp_path / "home",
        host="127.0.0.1",
        port=free_port(),
        core_url=origin,
        token=TOKEN,
        allowed_origins=frozenset({origin}),
        min_free_bytes=0,
        segment_s=4.0,
    )


@pytest.fixture
def start_node(settings: NodeSettings) -> StartNode:
    """`async with start_node(segment_s=2):` runs a node in this process."""

    @contextlib.asynccontextmanager
    async def start(**changes: Any) -> AsyncIterator[RunningNode]:
        chosen = replace(settings, **changes)
        service = NodeService(chosen)
        running = asyncio.create_task(service.run())
        try:
            yield RunningNode(service, chosen)
        finally:
            service.stop()
            await running

    return start
