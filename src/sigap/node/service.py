"""The node's one asyncio process: puts the parts together and runs them until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from sigap.node.analysis.alarm_life import ended_report
from sigap.node.analysis.messages import CountMessage, MeasureMessage, MotionMessage
from sigap.node.analysis.motion_log import MotionLog, MotionSpan
from sigap.node.analysis.pool import AnalysisPool, AnalysisProcess, AnalysisSinks
from sigap.node.camera import CameraSurroundings
from sigap.node.errors import NodeError
from sigap.node.evidence.room import EvidenceRoom
from sigap.node.evidence.routes import EvidenceRoutes
from sigap.node.fleet import Fleet
from sigap.node.ingest.pins import CertificatePins
from sigap.node.ingest.receiver import IngestShared
from sigap.node.media.audience import Audience
from sigap.node.media.door import Door
from sigap.node.media.playback import Projector
from sigap.node.media.routes import MediaRoutes
from sigap.node.media.timeline import TimelineSource
from sigap.node.onvif.events import EventDesk
from sigap.node.onvif.routes import SetupRoutes
from sigap.node.recording.disk import Limits, Storage
from sigap.node.recording.keeping import KeepBook
from sigap.node.recording.lanes import DiskLanes
from sigap.node.recording.mend import mend_unfinished
from sigap.node.recording.segments import find_segments
from sigap.node.settings import NodeSettings
from sigap.node.uplink.client import CoreClient
from sigap.node.uplink.configuration import ConfigPoller
from sigap.node.uplink.contract import (
    AlarmReport,
    HealthAnswer,
    HealthReport,
    NodeConfig,
)
from sigap.node.uplink.counts import CountBook
from sigap.node.uplink.measures import MeasureBook, Reading, upload_measures
from sigap.node.uplink.open_alarms import OpenAlarms
from sigap.node.uplink.outbox import Outbox
from sigap.node.uplink.promises import clip_of, promises_of
from sigap.node.uplink.reporting import HealthReporter, now_report, upload_counts

DISK_THREADS = 4
READ_THREADS = 2
"""Apart from the writers', so that playback never waits for a slow disk's writes."""
SHUTDOWN_S = 0.5
_log = logging.getLogger(__name__)


class NodeService:
    """Made once; `run` returns after `stop` when every fragment is on disk."""

    def __init__(self, settings: NodeSettings) -> None:
        self._settings = settings
        self._stopping = asyncio.Event()
        self._executor = ThreadPoolExecutor(DISK_THREADS, thread_name_prefix="disk")
        self._readers = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="playback")
        settings.recordings.mkdir(parents=True, exist_ok=True)
        limits = Limits(settings.min_free_bytes, settings.max_recording_bytes)
        self._kept = KeepBook(settings.kept, default_retention_h=settings.default_retention_h)
        self._storage = Storage(settings.recordings, limits, self._executor, self._kept)
        self._outbox = Outbox(settings.state / "outbox")
        self._open_alarms = OpenAlarms(settings.state / "open")
        self._counts = CountBook(settings.state / "counts.jsonl")
        self._measures = MeasureBook(settings.state / "measures.jsonl")
        self._audience = Audience()
        self._health = HealthReporter(on_answer=self._take_answer)
        self._motion = MotionLog(settings.motion)
        self._events = EventDesk(self._log_span)
        sinks = AnalysisSinks(
            alarm=self._take_alarm,
            count=self._count,
            measure=self._measure,
            motion=self._log_motion,
            lost=self._end_lost,
        )
        self._analysis = AnalysisPool(
            [AnalysisProcess(settings.model, sinks) for _ in range(settings.analysis_processes)]
        )
        self._ingest = IngestShared(CertificatePins(settings.certificates))
        self._fleet = Fleet(
            CameraSurroundings(
                storage=self._storage,
                lanes=DiskLanes(self._executor),
                ingest=self._ingest,
                analysis=self._analysis,
                cache=settings.cache,
                segment_s=settings.segment_s,
                on_change=self._health.hurry,
            ),
            default_retention_h=settings.default_retention_h,
        )
        self._evidence = EvidenceRoom(
            settings.evidence,
            self._storage.index,
            self._fleet.config_of,
            min_free_bytes=settings.min_free_bytes,
        )

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Raises NodeError when the node cannot begin."""
        settings = self._settings
        async with CoreClient(settings.core_url, settings.token) as core, self._serving():
            # Only now: a second node on the same home has failed to get the port.
            await asyncio.to_thread(self._find_recordings)
            poller = ConfigPoller(core, settings.state / "config.json", self._apply)
            jobs = [
                asyncio.create_task(job)
                for job in (
                    poller.run(),
                    self._health.run(core, self._report),
                    self._outbox.deliver(core),
                    upload_counts(core, self._counts),
                    upload_measures(core, self._measures),
                    self._storage.keep_house(),
                    self._evidence.run(core),
                    self._analysis.run(),
                )
            ]
            stopping = asyncio.create_task(self._stopping.wait())
            try:
                await asyncio.wait([*jobs, stopping], return_when=asyncio.FIRST_COMPLETED)
                _raise_first_failure(jobs)
            finally:
                for task in (*jobs, stopping):
                    task.cancel()
                await asyncio.gather(*jobs, stopping, return_exceptions=True)
                await self._events.close()
                await self._fleet.stop()
                self._executor.shutdown()
                self._readers.shutdown(cancel_futures=True)

    async def _apply(self, config: NodeConfig) -> None:
        """What is promised counts before anything else of a new configuration."""
        if await asyncio.to_thread(self._kept.learn, promises_of(config)):
            self._storage.promises_changed()
        await self._fleet.apply(config)
        await self._events.adopt(config.cameras)
        for alarm, until in self._open_alarms.take_left_behind():
            await self._take_alarm(ended_report(alarm, until))
        self._evidence.order(config.exports)

    async def _take_alarm(self, alarm: AlarmReport) -> None:
        """Returns when both the alarm and that its clip is kept are on disk."""
        camera_uuid = self._fleet.uuid_of(alarm.camera_id)
        if camera_uuid is not None:
            await asyncio.to_thread(self._kept.keep_clip, camera_uuid, clip_of(alarm))
        if alarm.ended_at is None:
            await asyncio.to_thread(self._open_alarms.note, alarm)
        await self._outbox.put(alarm)
        if alarm.ended_at is not None:
            await asyncio.to_thread(self._open_alarms.note, alarm)

    async def _end_lost(self, uuids: frozenset[str]) -> None:
        """Nobody watches these alarms any longer: they are over as far as anybody knows."""
        for uuid in sorted(uuids):
            alarm = self._open_alarms.get(uuid)
            if alarm is not None:
                await self._take_alarm(ended_report(alarm, time.time()))

    def _find_recordings(self) -> None:
        """The index comes from the files alone; what a crash left open is closed first."""
        for mended in mend_unfinished(self._storage.root):
            _log.info("%s: %s, %s bytes cut", mended.path, mended.finding, mended.lost_bytes)
        for segment in find_segments(self._storage.root):
            self._storage.index.add(segment)

    @contextlib.asynccontextmanager
    async def _serving(self) -> AsyncIterator[None]:
        settings = self._settings
        routes = MediaRoutes(
            Door(self._fleet.find, self._fleet.media_key, self._audience),
            projector=Projector(self._storage.index, self._readers),
            timeline=TimelineSource(self._storage.index, settings.motion),
            origins=settings.allowed_origins,
            work=settings.home / "cache" / "downloads",
        )
        setup = SetupRoutes(
            self._fleet.find,
            self._fleet.media_key,
            shared=self._ingest,
            cache=settings.cache,
            origins=settings.allowed_origins,
        )
        application = routes.application()
        setup.add_to(application)
        EvidenceRoutes(settings.evidence, self._fleet.media_key).add_to(application)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            await runner.cleanup()
            raise NodeError(f"port {settings.port} cannot be used: {error.strerror}") from error
        _log.info("node listens on http://%s:%s", settings.host, settings.port)
        try:
            yield
        finally:
            await runner.cleanup()

    def _report(self) -> HealthReport | None:
        """None before the core has said who this node is."""
        config = self._fleet.config
        if config is None:
            return None
        report = now_report(config.epoch, self._fleet.health(), self._storage)
        report.viewers = self._audience.report()
        report.detector_busy = self._analysis.busy()
        report.detector_queue_ms = self._analysis.queue_ms()
        self._open_alarms.beat()
        return report

    def _take_answer(self, answer: HealthAnswer) -> None:
        self._audience.cut(answer.cut)

    def _log_motion(self, camera_uuid: str, message: MotionMessage) -> None:
        span = MotionSpan(message.starts_at, message.ends_at, message.share, message.cells)
        self._log_span(camera_uuid, span)

    def _log_span(self, camera_uuid: str, span: MotionSpan) -> None:
        self._motion.add(camera_uuid, span)
        self._motion.forget_before(
            camera_uuid, span.ends_at - self._fleet.retention_h(camera_uuid) * 3600
        )

    def _measure(self, message: MeasureMessage) -> None:
        self._measures.add(
            Reading(
                message.camera_id,
                message.rule_id,
                message.measure,
                message.street_class,
                message.value,
                message.at,
            )
        )

    def _count(self, message: CountMessage) -> None:
        self._counts.add(
            message.camera_id,
            message.rule_id,
            message.street_class,
            at=message.at,
            forward=message.forward,
        )


def _raise_first_failure(jobs: list[asyncio.Task[None]]) -> None:
    for job in jobs:
        if job.done() and not job.cancelled():
            error = job.exception()
            raise NodeError(f"a part of the node ended: {error}") from error


async def run_service(settings: NodeSettings) -> None:
    """Run until SIGTERM or SIGINT."""
    service = NodeService(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.stop)
    await service.run()
