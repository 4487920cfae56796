"""Turns cameras: moves that end by themselves, presets. Called by `routes`.

A camera that goes on turning because a browser went away is worse than one that stops too early:
every move ends after `LEASH_S` unless it is renewed, by the camera's own clock and by ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from onveef import AsyncOnvifClient
from onveef.exceptions import OnvifError

from sigap.node.onvif.device import Login, open_device
from sigap.node.onvif.trouble import LookFailed, Trouble, trouble_of_device
from sigap.node.uplink.contract import CameraConfig

LEASH_S = 1.5
IDLE_S = 120.0
MAX_PRESETS = 100
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Move:
    """Speeds in parts of the camera's greatest, -1 to 1; all 0: stop."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0

    @property
    def is_stop(self) -> bool:
        return not (self.pan or self.tilt or self.zoom)


@dataclass(frozen=True, slots=True)
class Preset:
    token: str
    name: str


class _Wheel:
    """One camera's open connection. `profile`: the one that the camera steers by."""

    def __init__(self, login: Login, device: AsyncOnvifClient, profile: str) -> None:
        self.login, self.device, self.profile = login, device, profile
        self.turn = asyncio.Lock()
        self.stopping: asyncio.TimerHandle | None = None
        self.closing: asyncio.TimerHandle | None = None

    def forget_timers(self) -> None:
        for timer in (self.stopping, self.closing):
            if timer is not None:
                timer.cancel()
        self.stopping = self.closing = None


class Steering:
    """The connections in use; each is made at the first move, and closed when idle."""

    def __init__(self) -> None:
        self._wheels: dict[str, _Wheel] = {}
        self._tasks: set[asyncio.Future[None]] = set()

    async def move(self, camera: CameraConfig, move: Move) -> None:
        """Raises LookFailed. A newer move replaces the one before it."""
        wheel = await self._wheel(camera)
        wheel.forget_timers()
        async with wheel.turn, _as_trouble():
            if move.is_stop:
                await wheel.device.ptz_stop(profile_token=wheel.profile)
            else:
                await wheel.device.ptz_continuous_move(
                    profile_token=wheel.profile,
                    # What does not move is left out: some cameras have no zoom.
                    pan=move.pan if move.pan or move.tilt else None,
                    tilt=move.tilt if move.pan or move.tilt else None,
                    zoom=move.zoom or None,
                    timeout=f"PT{LEASH_S}S",
                )
        self._arm(camera.uuid, wheel, moving=not move.is_stop)

    async def presets(self, camera: CameraConfig) -> list[Preset]:
        """The places that the camera remembers. Raises LookFailed."""
        wheel = await self._wheel(camera)
        async with wheel.turn, _as_trouble():
            raw = await wheel.device.ptz_get_presets(profile_token=wheel.profile)
        self._arm(camera.uuid, wheel, moving=wheel.stopping is not None)
        return [
            Preset(str(one["token"])[:64], str(one.get("name") or one["token"])[:64])
            for one in raw[:MAX_PRESETS]
            if one.get("token")
        ]

    async def go_to(self, camera: CameraConfig, token: str) -> None:
        """Turn to a place that the camera remembers. Raises LookFailed."""
        wheel = await self._wheel(camera)
        wheel.forget_timers()
        async with wheel.turn, _as_trouble():
            await wheel.device.ptz_goto_preset(profile_token=wheel.profile, preset_token=token)
        self._arm(camera.uuid, wheel, moving=False)

    async def close(self) -> None:
        """Stop what moves and let go of everything."""
        wheels, self._wheels = list(self._wheels.values()), {}
        for wheel in wheels:
            moving = wheel.stopping is not None
            wheel.forget_timers()
            if moving:
                await self._halt(wheel)
            await wheel.device.aclose()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wheel(self, camera: CameraConfig) -> _Wheel:
        login = login_of(camera)
        known = self._wheels.get(camera.uuid)
        if known is not None and known.login == login:
            return known
        if known is not None:
            known.forget_timers()
            await known.device.aclose()
            self._wheels.pop(camera.uuid, None)
        wheel = await _connect(login)
        return self._wheels.setdefault(camera.uuid, wheel)

    def _arm(self, uuid: str, wheel: _Wheel, *, moving: bool) -> None:
        loop = asyncio.get_running_loop()
        wheel.forget_timers()
        if moving:
            wheel.stopping = loop.call_later(LEASH_S, self._stop_soon, wheel)
        wheel.closing = loop.call_later(IDLE_S, self._close_soon, uuid, wheel)

    def _stop_soon(self, wheel: _Wheel) -> None:
        wheel.stopping = None
        self._keep(asyncio.ensure_future(self._halt(wheel)))

    def _close_soon(self, uuid: str, wheel: _Wheel) -> None:
        if self._wheels.get(uuid) is wheel:
            del self._wheels[uuid]
            wheel.forget_timers()
            self._keep(asyncio.ensure_future(wheel.device.aclose()))

    def _keep(self, task: asyncio.Future[None]) -> None:
        """A task that nobody holds may be collected before it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _halt(self, wheel: _Wheel) -> None:
        async with wheel.turn:
            try:
                await wheel.device.ptz_stop(profile_token=wheel.profile)
            except OnvifError:
                _log.warning("a camera could not be told to stop; its own clock ends the move")


def login_of(camera: CameraConfig) -> Login:
    """The camera's device service, with user and password of its stream. Raises LookFailed."""
    if not camera.onvif_url:
        raise LookFailed(Trouble.NOT_OFFERED)
    parts = urlsplit(camera.source_url)
    return Login(camera.onvif_url, unquote(parts.username or ""), unquote(parts.password or ""))


async def _connect(login: Login) -> _Wheel:
    device = open_device(login)
    try:
        profiles = await device.get_profiles()
        steered = [str(one["token"]) for one in profiles if "ptz" in one and one.get("token")]
        if not steered or not device.endpoint.has("ptz"):
            raise LookFailed(Trouble.NOT_OFFERED)
        return _Wheel(login, device, steered[0])
    except OnvifError as error:
        await device.aclose()
        raise LookFailed(trouble_of_device(error)) from error
    except LookFailed:
        await device.aclose()
        raise


@contextlib.asynccontextmanager
async def _as_trouble() -> AsyncIterator[None]:
    try:
        yield
    except OnvifError as error:
        raise LookFailed(trouble_of_device(error)) from error
