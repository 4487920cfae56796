"""The node's HTTP addresses: `/media/{camera uuid}/…`, each with a token from the core.

Called by browsers. Forged, expired or misused tokens get 403, unknown cameras 404, pictures that
cannot be had (or not with their masks) 503.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from sigap.node.errors import CameraError, DamagedFile, MaskingFailed, TokenRefused
from sigap.node.media.archive_routes import ArchiveRoutes
from sigap.node.media.door import Door
from sigap.node.media.hls_play import HlsPlayRoutes
from sigap.node.media.live_routes import LiveRoutes
from sigap.node.media.masked import MaskedFeeds
from sigap.node.media.playback import Projector
from sigap.node.media.timeline import TimelineSource

BURNING_THREADS = 2
EXPOSED = "X-Sigap-Start, X-Sigap-End, Content-Disposition, Content-Length"


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals that handlers raise, as answers."""
    try:
        return await handler(request)
    except TokenRefused as error:
        return web.json_response({"code": "forbidden", "message": str(error)}, status=403)
    except ValueError as error:
        return web.json_response({"code": "invalid", "message": str(error)}, status=422)
    except CameraError as error:
        return web.json_response({"code": "no_picture", "message": str(error)}, status=503)
    except MaskingFailed as error:
        return web.json_response({"code": "not_maskable", "message": str(error)}, status=503)
    except DamagedFile as error:
        return web.json_response({"code": "damaged", "message": str(error)}, status=503)


class MediaRoutes:
    """All media addresses. `work`: a folder for clips that are being put together."""

    def __init__(
        self,
        door: Door,
        *,
        projector: Projector,
        timeline: TimelineSource,
        origins: frozenset[str],
        work: Path,
    ) -> None:
        self._origins = origins
        self._burning = ThreadPoolExecutor(BURNING_THREADS, thread_name_prefix="burning")
        self._feeds = MaskedFeeds(door.find_camera, self._burning)
        self._parts = (
            LiveRoutes(door, self._feeds),
            ArchiveRoutes(door, projector, timeline, work=work),
            HlsPlayRoutes(door, projector),
        )

    def application(self) -> web.Application:
        application = web.Application(middlewares=[refuse])
        for part in self._parts:
            part.add_to(application)
        application.on_response_prepare.append(self._allow_origin)
        application.on_cleanup.append(self._close)
        return application

    async def _close(self, _: web.Application) -> None:
        await self._feeds.close()
        self._burning.shutdown(cancel_futures=True)

    async def _allow_origin(self, request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get("Origin", "")
        response.headers["Vary"] = "Origin"
        response.headers["Cache-Control"] = "no-store"
        if origin in self._origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
