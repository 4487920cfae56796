"""Addresses for setting up and steering: `/node/…` with a `setup` token, `/media/{uuid}/ptz`.

Called by browsers, from allowed pages only. What a camera says never goes back in its own words.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from sigap.node.errors import TokenRefused
from sigap.node.ingest.receiver import IngestShared
from sigap.node.media.tokens import View, verify_token
from sigap.node.onvif.device import DeviceFacts, Login, look_at
from sigap.node.onvif.discovery import Search, expand_hosts, find_cameras
from sigap.node.onvif.steering import Move, Steering
from sigap.node.onvif.stream import look_at_stream
from sigap.node.onvif.trouble import LookFailed, Trouble
from sigap.node.uplink.contract import CameraConfig

LOOKS_AT_ONCE = 4
SEARCHES_AT_ONCE = 1
LONGEST_SEARCH_S = 15.0
LONGEST_LOOK_S = 20.0
MAX_BODY_BYTES = 8192
SETUP_NAME = "node"
"""What a `setup` token has in place of a camera's uuid."""
_Body = TypeVar("_Body", bound=BaseModel)
_Speed = Field(default=0.0, ge=-1, le=1, allow_inf_nan=False)


class ProbeIn(BaseModel):
    address: str = Field(min_length=1, max_length=200)
    user: str = Field(default="", max_length=100)
    password: str = Field(default="", max_length=200)


class StreamIn(BaseModel):
    source_url: str = Field(min_length=1, max_length=500)


class SteerIn(BaseModel):
    """A move, an end to it, or a preset's token."""

    pan: float = _Speed
    tilt: float = _Speed
    zoom: float = _Speed
    stop: bool = False
    preset: str = Field(default="", max_length=64)


class Configured(Protocol):
    @property
    def config(self) -> CameraConfig: ...


class SetupRoutes:
    """`find_camera` by uuid; `media_key` is asked at each request, for the core may change it."""

    def __init__(
        self,
        find_camera: Callable[[str], Configured | None],
        media_key: Callable[[], bytes],
        *,
        shared: IngestShared,
        cache: Path,
        origins: frozenset[str],
    ) -> None:
        self._find_camera, self._media_key = find_camera, media_key
        self._shared, self._cache, self._origins = shared, cache, origins
        self._steering = Steering()
        self._looks = asyncio.Semaphore(LOOKS_AT_ONCE)
        self._searches = asyncio.Semaphore(SEARCHES_AT_ONCE)

    def add_to(self, application: web.Application) -> None:
        """The application's middleware answers refused tokens and bad values."""
        router = application.router
        router.add_get("/node/onvif/discover", self._discover)
        router.add_post("/node/onvif/probe", self._probe)
        router.add_post("/node/probe", self._probe_stream)
        router.add_get("/media/{uuid}/ptz", self._presets)
        router.add_post("/media/{uuid}/ptz", self._steer)
        for path in ("/node/onvif/probe", "/node/probe", "/media/{uuid}/ptz"):
            router.add_route("OPTIONS", path, self._preflight)
        application.on_cleanup.append(self._close)

    async def _close(self, _: web.Application) -> None:
        await self._steering.close()

    async def _preflight(self, request: web.Request) -> web.Response:
        """A browser asks first; `Access-Control-Allow-Origin` is added for allowed pages only."""
        allowed = {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "content-type",
            "Access-Control-Max-Age": "600",
        }
        return web.Response(status=204, headers=allowed)

    def _admit(self, request: web.Request, what: str, view: View) -> None:
        origin = request.headers.get("Origin")
        if origin is not None and origin not in self._origins:
            raise TokenRefused("this page may not ask")
        granted = verify_token(request.query.get("t", ""), self._media_key(), now=time.time())
        if granted.camera_uuid != what or view not in granted.views:
            raise TokenRefused("this address is for something else")

    def _camera(self, request: web.Request) -> CameraConfig:
        uuid = request.match_info["uuid"]
        self._admit(request, uuid, View.PTZ)
        camera = self._find_camera(uuid)
        if camera is None:
            raise web.HTTPNotFound(text="no such camera")
        return camera.config

    async def _discover(self, request: web.Request) -> web.StreamResponse:
        """One JSON object a line, as cameras answer; the last one is `{"done": true}`."""
        self._admit(request, SETUP_NAME, View.SETUP)
        hosts = expand_hosts(request.query.get("hosts", "")[:2000])
        seconds = min(LONGEST_SEARCH_S, max(1.0, float(request.query.get("seconds", "4"))))
        if self._searches.locked():
            return _trouble(Trouble.BUSY)
        async with self._searches:
            response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
            await response.prepare(request)
            async for found in find_cameras(Search(seconds, hosts)):
                await response.write(json.dumps(asdict(found)).encode() + b"\n")
            await response.write(b'{"done": true}\n')
        return response

    async def _probe(self, request: web.Request) -> web.Response:
        self._admit(request, SETUP_NAME, View.SETUP)
        asked = _read(ProbeIn, await _body(request))
        if self._looks.locked():
            return _trouble(Trouble.BUSY)
        try:
            async with self._looks, asyncio.timeout(LONGEST_LOOK_S):
                facts = await look_at(Login(asked.address, asked.user, asked.password))
        except LookFailed as failed:
            return _trouble(failed.trouble)
        except TimeoutError:
            return _trouble(Trouble.NO_ANSWER)
        return web.json_response(_device_answer(facts))

    async def _probe_stream(self, request: web.Request) -> web.Response:
        self._admit(request, SETUP_NAME, View.SETUP)
        asked = _read(StreamIn, await _body(request))
        if self._looks.locked():
            return _trouble(Trouble.BUSY)
        try:
            async with self._looks:
                facts = await look_at_stream(asked.source_url, self._cache, self._shared)
        except LookFailed as failed:
            return _trouble(failed.trouble)
        return web.json_response(asdict(facts) | {"jpeg": _base64(facts.jpeg)})

    async def _presets(self, request: web.Request) -> web.Response:
        camera = self._camera(request)
        try:
            presets = await self._steering.presets(camera)
        except LookFailed as failed:
            return _trouble(failed.trouble)
        return web.json_response({"presets": [asdict(preset) for preset in presets]})

    async def _steer(self, request: web.Request) -> web.Response:
        camera = self._camera(request)
        wish = _read(SteerIn, await _body(request))
        try:
            if wish.preset:
                await self._steering.go_to(camera, wish.preset)
            else:
                move = Move() if wish.stop else Move(wish.pan, wish.tilt, wish.zoom)
                await self._steering.move(camera, move)
        except LookFailed as failed:
            return _trouble(failed.trouble)
        return web.json_response({"done": True})


async def _body(request: web.Request) -> object:
    """Raises ValueError, without what was in it, for what is no JSON or too long."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise ValueError("the request is too long")
    try:
        return json.loads(await request.content.read(MAX_BODY_BYTES))
    except ValueError:
        raise ValueError("the request is no JSON") from None


def _read(model: type[_Body], told: object) -> _Body:
    """Raises ValueError that names the fields and never repeats what was in them."""
    try:
        return model.model_validate(told)
    except ValidationError as error:
        names = sorted({".".join(map(str, fault["loc"])) for fault in error.errors()})
        raise ValueError(f"not valid: {', '.join(names)}") from None


def _trouble(trouble: Trouble) -> web.Response:
    status = 503 if trouble is Trouble.BUSY else 422
    return web.json_response({"code": trouble.value, "message": trouble.value}, status=status)


def _device_answer(facts: DeviceFacts) -> dict[str, object]:
    snapshot = _base64(facts.snapshot) if facts.snapshot else None
    return asdict(facts) | {"snapshot": snapshot}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
