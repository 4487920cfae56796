"""The evidence room: carries out the exports that the core orders, one at a time, and keeps them.

An export is a folder `evidence/<uuid>`: films, then `cut.json` when all are whole, then the core's
`manifest.json` when it is done. A restart goes on where this left off, also where the core has
finished meanwhile and orders it no more. Finished exports are never deleted here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from sigap.node.backoff import Backoff
from sigap.node.durable import write_durably
from sigap.node.errors import CoreRefused, CoreUnavailable
from sigap.node.evidence.job import ExportCancelled, ExportFailed, ExportJob, Source
from sigap.node.evidence.package import finish_folder
from sigap.node.evidence.reports import CutItem, ExportAnswer, ExportReport, ExportStage
from sigap.node.recording.segments import RecordingIndex, Span
from sigap.node.uplink.client import CoreClient
from sigap.node.uplink.contract import CameraConfig, ExportConfig

SETTLE_S = 8.0
"""So long after the end of a stretch its last fragment is on disk."""
TELL_S = 1.0
TRY_AGAIN_S = 30.0
MANIFEST, CUT = "manifest.json", "cut.json"
_ITEMS = TypeAdapter(list[CutItem])
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    """Shared with the thread that cuts."""

    uuid: str
    share: float = 0.0
    cancelled: threading.Event | None = None


class EvidenceRoom:
    """Lives on the event loop. `find_camera`: what the core says of a camera, by uuid."""

    def __init__(
        self,
        folder: Path,
        index: RecordingIndex,
        find_camera: Callable[[str], CameraConfig | None],
        *,
        min_free_bytes: int,
    ) -> None:
        self.folder = folder
        self._index, self._find_camera = index, find_camera
        self._min_free_bytes = min_free_bytes
        self._orders: dict[str, ExportConfig] = {}
        self._rest_until: dict[str, float] = {}
        self._cancelled: dict[str, threading.Event] = {}
        self._news = asyncio.Event()
        self._heard = False

    def order(self, exports: list[ExportConfig]) -> None:
        """All that the core wants now; what it no longer names is given up."""
        self._orders = {export.uuid: export for export in exports}
        for uuid, cancelled in self._cancelled.items():
            if uuid not in self._orders:
                cancelled.set()
        # Ordered again later, it begins at once.
        self._rest_until = {u: rest for u, rest in self._rest_until.items() if u in self._orders}
        self._heard = True
        self._news.set()

    async def run(self, core: CoreClient) -> None:
        """For ever."""
        backoff = Backoff(1.0, 30.0)
        while True:
            self._news.clear()
            pause_s = TRY_AGAIN_S
            try:
                if self._heard:
                    await self._clear_up(core)
                for order in list(self._orders.values()):
                    if time.monotonic() >= self._rest_until.get(order.uuid, 0.0):
                        pause_s = min(pause_s, await self._carry_out(order, core))
                backoff.reset()
            except CoreUnavailable as error:
                _log.warning("exports wait: %s", error)
                pause_s = backoff.next_s()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._news.wait()

    async def _clear_up(self, core: CoreClient) -> None:
        """What a crash or an absence left behind of exports that nobody orders now: films that the
        core took get their manifest after all, what was given up is deleted."""
        for folder in await asyncio.to_thread(_unfinished, self.folder):
            if folder.name in self._orders or time.monotonic() < self._rest_until.get(
                folder.name, 0.0
            ):
                continue
            try:
                items = await asyncio.to_thread(_read_cut, folder)
                if items is not None:
                    await self._hand_in(folder, core, items)
                elif not (folder / CUT).exists():
                    raise ExportCancelled
            except ExportCancelled:
                _log.info("what was left of export %s is deleted", folder.name)
                await asyncio.to_thread(shutil.rmtree, folder, True)
            except (CoreRefused, OSError) as error:
                _log.error("export %s stays unfinished: %s", folder.name, error)
                self._rest_until[folder.name] = time.monotonic() + TRY_AGAIN_S

    async def _carry_out(self, order: ExportConfig, core: CoreClient) -> float:
        """Seconds to wait before looking again. Raises CoreUnavailable."""
        folder = self.folder / order.uuid
        if (folder / MANIFEST).exists():
            return TRY_AGAIN_S
        settled_in_s = max(item.end.timestamp() for item in order.items) + SETTLE_S - time.time()
        if settled_in_s > 0:
            return settled_in_s
        try:
            items = await asyncio.to_thread(_read_cut, folder)
            if items is None:
                items = await self._cut(order, core, folder)
            await self._hand_in(folder, core, items)
        except ExportCancelled:
            _log.info("export %s is no longer wanted", order.uuid)
            await asyncio.to_thread(shutil.rmtree, folder, True)
            return TRY_AGAIN_S
        except ExportFailed as error:
            _log.warning("export %s: %s", order.uuid, error)
            await asyncio.to_thread(shutil.rmtree, folder, True)
            failed = ExportReport(uuid=order.uuid, state=ExportStage.FAILED, problem=error.problem)
            with contextlib.suppress(CoreRefused):
                await core.post("evidence", failed)
        except CoreRefused as error:
            _log.error("export %s is refused: %s", order.uuid, error)
        except OSError as error:
            _log.error("export %s cannot be kept: %s", order.uuid, error)
        self._rest_until[order.uuid] = time.monotonic() + TRY_AGAIN_S
        return TRY_AGAIN_S

    async def _cut(self, order: ExportConfig, core: CoreClient, folder: Path) -> list[CutItem]:
        running = _Running(order.uuid, cancelled=threading.Event())
        assert running.cancelled is not None
        self._cancelled[order.uuid] = running.cancelled
        job = ExportJob(
            order,
            self._sources(order),
            folder,
            self._min_free_bytes,
            told=lambda share: _note(running, share),
        )
        cutting = asyncio.create_task(asyncio.to_thread(job.run))
        try:
            while not cutting.done():
                await self._tell(core, running)
                await asyncio.wait([cutting], timeout=TELL_S)
        finally:
            if not cutting.done():
                running.cancelled.set()
                await asyncio.gather(cutting, return_exceptions=True)
            del self._cancelled[order.uuid]
        items = cutting.result()
        await asyncio.to_thread(write_durably, folder / CUT, _ITEMS.dump_json(items))
        return items

    async def _tell(self, core: CoreClient, running: _Running) -> None:
        """The share that is done; that the core is away stops nothing."""
        report = ExportReport(
            uuid=running.uuid, state=ExportStage.CUTTING, progress=round(running.share, 3)
        )
        try:
            answer = ExportAnswer.model_validate_json(await core.post("evidence", report))
        except (CoreUnavailable, CoreRefused, ValidationError):
            return
        if not answer.wanted and running.cancelled is not None:
            running.cancelled.set()

    async def _hand_in(self, folder: Path, core: CoreClient, items: list[CutItem]) -> None:
        """Give the core the digests, and keep the manifest that it makes of them."""
        report = ExportReport(uuid=folder.name, state=ExportStage.READY, progress=1.0, items=items)
        try:
            answer = ExportAnswer.model_validate_json(await core.post("evidence", report))
        except ValidationError as error:
            raise CoreUnavailable("the core's manifest is not understood") from error
        if not answer.wanted or answer.manifest is None:
            raise ExportCancelled
        await asyncio.to_thread(finish_folder, folder, answer.manifest, answer.signature or "")
        _log.info("export %s is ready", folder.name)

    def _sources(self, order: ExportConfig) -> dict[str, Source]:
        sources = {}
        for uuid in {item.camera_uuid for item in order.items}:
            camera = self._find_camera(uuid)
            sources[uuid] = Source(
                name=camera.name if camera is not None else uuid,
                masks=camera.masks if camera is not None else None,
                segments={
                    number: [
                        replace(one) for one in self._index.between(uuid, _span(order, number))
                    ]
                    for number, item in enumerate(order.items)
                    if item.camera_uuid == uuid
                },
            )
        return sources


def _span(order: ExportConfig, number: int) -> Span:
    item = order.items[number]
    return Span(item.start.timestamp(), item.end.timestamp())


def _note(running: _Running, share: float) -> None:
    running.share = share
    if running.cancelled is not None and running.cancelled.is_set():
        raise ExportCancelled


def _unfinished(room: Path) -> list[Path]:
    """Folders of exports without a manifest."""
    if not room.is_dir():
        return []
    return [one for one in room.iterdir() if one.is_dir() and not (one / MANIFEST).exists()]


def _read_cut(folder: Path) -> list[CutItem] | None:
    """What was cut before a restart, if it was finished and lies there still."""
    try:
        items = _ITEMS.validate_json((folder / CUT).read_bytes())
    except (OSError, ValidationError):
        return None
    files = [file for item in items for file in item.files]
    is_whole = all(
        (folder / file.name).is_file() and (folder / file.name).stat().st_size == file.size_bytes
        for file in files
    )
    return items if is_whole else None
