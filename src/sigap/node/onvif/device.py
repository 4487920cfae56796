"""Asks one ONVIF camera who it is and which streams it has. Called by `routes` and `steering`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from onveef import AsyncOnvifClient
from onveef.exceptions import OnvifError
from onveef.transport import OnvifCredentials, OnvifEndpoint, fetch_snapshot_bytes

from sigap.node.onvif.trouble import LookFailed, Trouble, trouble_of_device

CALL_TIMEOUT_S = 5.0
MAX_PROFILES = 16
MAX_SNAPSHOT_BYTES = 4 << 20
SUB_WIDTH = 640
"""What a tile and the analysis need; the sub stream is the profile nearest to it."""
_PLAYABLE = frozenset({"H264", "H265", "HEVC"})
# The HTTP library tells every request at INFO.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Login:
    """Where a camera's device service is and who asks. Never printed."""

    address: str
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Login({self.address!r})"


@dataclass(frozen=True, slots=True)
class Profile:
    """A stream that the camera offers. `url` holds neither user nor password."""

    token: str
    name: str
    encoding: str
    width: int
    height: int
    fps: float
    audio: str
    ptz: bool
    url: str


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """`main`, `sub`: indices into `profiles`; None where the camera has none fit for it.

    `clock_skew_s`: the camera's clock ahead of ours.
    """

    address: str
    maker: str
    model: str
    firmware: str
    serial: str
    profiles: tuple[Profile, ...]
    main: int | None
    sub: int | None
    ptz: bool
    clock_skew_s: float | None
    snapshot: bytes | None


def open_device(
    login: Login,
    kind: type[AsyncOnvifClient] = AsyncOnvifClient,
    *,
    timeout_s: float = CALL_TIMEOUT_S,
) -> AsyncOnvifClient:
    """A client, to be closed. Raises LookFailed(BAD_ADDRESS)."""
    address = login.address.strip()
    try:
        endpoint = OnvifEndpoint.for_host(address)
        parts = urlsplit(endpoint.device_xaddr)
        _ = parts.port
    except ValueError as error:
        raise LookFailed(Trouble.BAD_ADDRESS) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise LookFailed(Trouble.BAD_ADDRESS)
    if parts.path in ("", "/"):
        endpoint = OnvifEndpoint(urlunsplit(parts._replace(path="/onvif/device_service")))
    return kind(
        endpoint=endpoint,
        credentials=OnvifCredentials(login.user, login.password),
        auto_discover=True,
        timeout_s=timeout_s,
        # Cameras sign their certificates themselves.
        verify_tls=False,
        retries=0,
    )


async def look_at(login: Login) -> DeviceFacts:
    """Everything that setting up a camera needs. Raises LookFailed."""
    try:
        async with open_device(login) as device:
            return await _facts(device, login)
    except OnvifError as error:
        trouble = trouble_of_device(error)
        # What is asked here every device must offer: who does not, does not speak ONVIF.
        is_none = trouble is Trouble.NOT_OFFERED
        raise LookFailed(Trouble.NO_ONVIF if is_none else trouble) from error


async def _facts(device: AsyncOnvifClient, login: Login) -> DeviceFacts:
    skew_s = await _clock_skew_s(device)
    told = await device.get_device_information()
    profiles = tuple([await _profile(device, raw) for raw in await _raw_profiles(device)])
    main, sub = choose_streams(profiles)
    words = ("Manufacturer", "Model", "FirmwareVersion", "SerialNumber")
    maker, model, firmware, serial = (str(told.get(word, ""))[:120] for word in words)
    return DeviceFacts(
        address=device.endpoint.device_xaddr,
        maker=maker,
        model=model,
        firmware=firmware,
        serial=serial,
        profiles=profiles,
        main=main,
        sub=sub,
        ptz=any(profile.ptz for profile in profiles) and device.endpoint.has("ptz"),
        clock_skew_s=skew_s,
        snapshot=await _snapshot(device, login, profiles[main].token if main is not None else ""),
    )


def choose_streams(profiles: tuple[Profile, ...]) -> tuple[int | None, int | None]:
    """(main, sub): the largest that we can record, and of the smaller ones the fittest."""
    playable = [at for at, profile in enumerate(profiles) if profile.encoding in _PLAYABLE]
    if not playable:
        return None, None
    main = max(playable, key=lambda at: profiles[at].width * profiles[at].height)
    smaller = [at for at in playable if profiles[at].width < profiles[main].width]
    if not smaller:
        return main, None
    return main, min(smaller, key=lambda at: abs(profiles[at].width - SUB_WIDTH))


async def _raw_profiles(device: AsyncOnvifClient) -> list[dict[str, Any]]:
    raw = await device.get_profiles()
    return [profile for profile in raw if profile.get("token")][:MAX_PROFILES]


async def _profile(device: AsyncOnvifClient, raw: dict[str, Any]) -> Profile:
    video: dict[str, Any] = raw.get("video_encoder") or {}
    audio: dict[str, Any] = raw.get("audio_encoder") or {}
    url = ""
    # One profile that cannot be played is no reason to refuse the camera.
    with contextlib.suppress(OnvifError):
        url = await device.get_stream_uri(profile_token=raw["token"])
    return Profile(
        token=str(raw["token"])[:64],
        name=str(raw.get("name") or raw["token"])[:64],
        encoding=str(video.get("encoding") or "").upper().replace(".", ""),
        width=int(video.get("width") or 0),
        height=int(video.get("height") or 0),
        fps=float(video.get("fps_limit") or 0),
        audio=str(audio.get("encoding") or ""),
        ptz="ptz" in raw,
        url=without_login(url)[:500],
    )


def without_login(url: str) -> str:
    """`url` without user and password: those go one way only."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


async def _clock_skew_s(device: AsyncOnvifClient) -> float | None:
    """Asked first: it needs no password, and tells an unreachable camera from a refusing one."""
    told = (await device.get_system_date_time()).get("UTCDateTime")
    if not isinstance(told, dict):
        return None
    names = ("year", "month", "day", "hour", "minute", "second")
    try:
        year, month, day, hour, minute, second = (int(told[name]) for name in names)
        theirs = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (KeyError, ValueError, TypeError):
        return None
    return round((theirs - datetime.now(UTC)).total_seconds(), 1)


async def _snapshot(device: AsyncOnvifClient, login: Login, token: str) -> bytes | None:
    """A JPEG, None where the camera offers none. The library's own call would block the loop."""
    if not token:
        return None
    try:
        url = await device.get_snapshot_uri(profile_token=token)
        jpeg, _ = await asyncio.to_thread(
            fetch_snapshot_bytes,
            snapshot_uri=url,
            credentials=OnvifCredentials(login.user, login.password),
            timeout_s=CALL_TIMEOUT_S,
            verify_tls=False,
        )
    except OnvifError:
        return None
    return jpeg if jpeg[:2] == b"\xff\xd8" and len(jpeg) <= MAX_SNAPSHOT_BYTES else None
