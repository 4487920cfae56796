"""Listens to what cameras tell of themselves (ONVIF PullPoint). Owned by the service.

For cameras with a device service that the node does not analyse: their own motion stands on the
time-line. Tampering and inputs are logged; they raise no alarm, for nobody knows how often each
maker is wrong (ADR 0013).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from onveef import AsyncOnvifClient
from onveef.exceptions import OnvifError

from sigap.node.analysis.motion_log import MotionSpan
from sigap.node.backoff import Backoff
from sigap.node.onvif.device import Login, open_device
from sigap.node.onvif.steering import login_of
from sigap.node.onvif.trouble import LookFailed, Trouble, trouble_of_device
from sigap.node.uplink.contract import CameraConfig

POLL = "PT5S"
ANSWER_S = 10.0
"""A camera that has nothing to tell answers after `POLL`."""
LIFE = "PT60S"
FIRST_RETRY_S, LONGEST_RETRY_S = 2.0, 60.0
NOT_OFFERED_RETRY_S = 3600.0
SHORTEST_POLL_S = 0.5
"""Some cameras answer at once though there is nothing to tell."""
LONGEST_SPAN_S = 60.0
MOST_SOURCES = 64
PARTLY = 0.5
"""How much of the picture moved: a camera does not say."""
CLOSING_S = 2.0
_log = logging.getLogger(__name__)
MotionSink = Callable[[str, MotionSpan], None]


class _Client(AsyncOnvifClient):
    """The library (0.6.0) asks for a longer wait in a way that httpx (0.28) refuses."""

    async def _post_xml(
        self, *, url: str, envelope: str, operation: str, read_timeout_s: float | None = None
    ) -> str:
        del read_timeout_s
        return await super()._post_xml(url=url, envelope=envelope, operation=operation)


class EventKind(StrEnum):
    MOTION = "motion"
    TAMPER = "tampering"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class CameraEvent:
    """`source`: which of the camera's detectors. `active`: begins or goes on, else it is over."""

    kind: EventKind
    source: str
    active: bool


# The last words of a topic, and the item that holds the state (ONVIF Core 8.9, Analytics 5).
_TOPICS: tuple[tuple[str, str, EventKind], ...] = (
    ("CellMotionDetector/Motion", "IsMotion", EventKind.MOTION),
    ("MotionRegionDetector/Motion", "State", EventKind.MOTION),
    ("VideoSource/MotionAlarm", "State", EventKind.MOTION),
    ("TamperDetector/Tamper", "IsTamper", EventKind.TAMPER),
    ("VideoSource/GlobalSceneChange/ImagingService", "State", EventKind.TAMPER),
    ("VideoSource/ImageTooDark/ImagingService", "State", EventKind.TAMPER),
    ("VideoSource/ImageTooBlurry/ImagingService", "State", EventKind.TAMPER),
    ("Device/Trigger/DigitalInput", "LogicalState", EventKind.INPUT),
)


def event_of(message: Mapping[str, Any]) -> CameraEvent | None:
    """What a notification says; None for what we do not listen to."""
    words = (part.rpartition(":")[2] for part in str(message.get("topic", "")).split("/"))
    topic, data = "/".join(words), message.get("data") or {}
    for ending, item, kind in _TOPICS:
        if topic.endswith(ending) and item in data:
            source = ",".join(f"{k}={v}" for k, v in sorted((message.get("source") or {}).items()))
            active = str(data[item]).lower() in ("true", "1")
            if message.get("property_operation") == "Deleted":
                active = False
            return CameraEvent(kind, f"{ending} {source}"[:200], active)
    return None


class CameraEvents:
    """One camera's, as they stand. Motion is one stretch as long as any detector sees some."""

    def __init__(self, name: str, log_motion: Callable[[MotionSpan], None]) -> None:
        self._name, self._log_motion = name, log_motion
        self._active: dict[EventKind, set[str]] = {kind: set() for kind in EventKind}
        self._moving_since: float | None = None

    def take(self, event: CameraEvent, now: float) -> None:
        sources = self._active[event.kind]
        was_active = bool(sources)
        if event.active and len(sources) < MOST_SOURCES:
            sources.add(event.source)
        elif not event.active:
            sources.discard(event.source)
        if bool(sources) == was_active:
            return
        if event.kind is EventKind.MOTION:
            if sources:
                self._moving_since = now
            else:
                self._end(now)
        else:
            word = "begins" if sources else "ends"
            _log.warning("camera %s says: %s %s", self._name, event.kind, word)

    def look(self, now: float) -> None:
        """What lasts is written down in between: a crash shall not lose hours."""
        if self._moving_since is not None and now - self._moving_since >= LONGEST_SPAN_S:
            self._end(now)
            self._moving_since = now

    def lose(self, now: float) -> None:
        """The camera is silent: what went on has ended as far as anybody knows."""
        self._end(now)
        for sources in self._active.values():
            sources.clear()

    def _end(self, now: float) -> None:
        begin, self._moving_since = self._moving_since, None
        if begin is not None:
            self._log_motion(MotionSpan(min(begin, now), now, PARTLY, cells=0))


class EventDesk:
    """A subscription for each camera that it concerns; `log_motion` gets the camera's uuid."""

    def __init__(self, log_motion: MotionSink) -> None:
        self._log_motion = log_motion
        self._listening: dict[str, tuple[Login, asyncio.Task[None]]] = {}

    async def adopt(self, cameras: Iterable[CameraConfig]) -> None:
        """Listen to these and no others."""
        wanted = {
            camera.uuid: (camera, login_of(camera))
            for camera in cameras
            if camera.enabled and camera.onvif_url and not camera.analyse
        }
        await self._end(
            uuid
            for uuid, (login, _) in self._listening.items()
            if uuid not in wanted or wanted[uuid][1] != login
        )
        for uuid, (camera, login) in wanted.items():
            if uuid not in self._listening:
                task = asyncio.create_task(self._listen(camera, login))
                self._listening[uuid] = login, task

    async def close(self) -> None:
        await self._end(self._listening)

    async def _end(self, uuids: Iterable[str]) -> None:
        """Each takes leave of its camera, but not for long."""
        tasks = [self._listening.pop(uuid)[1] for uuid in list(uuids)]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSING_S)

    async def _listen(self, camera: CameraConfig, login: Login) -> None:
        """For ever; a camera's failure is its own."""
        backoff = Backoff(FIRST_RETRY_S, LONGEST_RETRY_S)
        events = CameraEvents(str(camera.id), lambda motion: self._log_motion(camera.uuid, motion))
        told: Trouble | None = None
        while True:
            wait_s = backoff.next_s()
            try:
                await _pull(login, events, backoff)
            except (OnvifError, LookFailed) as error:
                told = _tell(camera, error, told)
                if told is Trouble.NOT_OFFERED:
                    wait_s = NOT_OFFERED_RETRY_S
            except Exception:  # noqa: BLE001 - outermost loop of a camera
                _log.exception("events of camera %s", camera.id)
            finally:
                events.lose(time.time())
            await asyncio.sleep(wait_s)


def _tell(camera: CameraConfig, error: OnvifError | LookFailed, told: Trouble | None) -> Trouble:
    """Once for each kind of trouble in a row."""
    trouble = error.trouble if isinstance(error, LookFailed) else trouble_of_device(error)
    if trouble is not told:
        _log.info("camera %s: no events: %s", camera.id, trouble)
    return trouble


async def _pull(login: Login, events: CameraEvents, backoff: Backoff) -> None:
    """Until it breaks. Moments are those of arrival: cameras' clocks are wrong."""
    async with (
        open_device(login, _Client, timeout_s=ANSWER_S) as device,
        device.pull_point(timeout=POLL, termination_time=LIFE) as subscription,
    ):
        while True:
            asked = time.monotonic()
            messages = await subscription.pull()
            backoff.reset()
            now = time.time()
            for event in filter(None, map(event_of, messages)):
                events.take(event, now)
            events.look(now)
            if not messages:
                await asyncio.sleep(max(0.0, SHORTEST_POLL_S - (time.monotonic() - asked)))
