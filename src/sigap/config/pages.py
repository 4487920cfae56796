"""Serves the built web, the base map (with Range) and static files. Used by `asgi`."""

import json
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.handlers.asgi import ASGIHandler
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sigap.config.body_limit import limit_body
from sigap.config.handlers import OneHopHandler

NOT_BUILT = "The web is not built yet: run `make demo`, or `npm ci && npm run build` in web/."
# A citizen on a slow phone loads half as much; map tiles are compressed already.
SMALLER = Middleware(GZipMiddleware, minimum_size=1000)
HASHED_FILES_CACHE = "public, max-age=31536000, immutable"


def build_application() -> Starlette:
    """The application: /assets and pages of web/dist, /tiles, everything else to Django."""
    # The handler serves the admin's files from the installed packages; no collectstatic needed.
    requests = limit_body(_django(ASGIStaticFilesHandler(OneHopHandler())))
    # The stream lives in the event loop, so it gets Django's own asynchronous handler.
    stream = _django(ASGIHandler())
    routes: list[BaseRoute] = [
        Route("/assets/{path:path}", _asset, middleware=[SMALLER]),
        Route("/tiles/{city:str}.pmtiles", _tiles),
        Mount("/api/v1/stream", app=stream),
        Mount("/api", app=requests),
        Mount("/_allauth", app=requests),
        Mount("/admin", app=requests),
        Mount("/static", app=requests),
        Route("/{path:path}", _page, middleware=[SMALLER]),
    ]
    return Starlette(routes=routes)


def _django(app: ASGIHandler | ASGIStaticFilesHandler) -> ASGIApp:
    """Hand a mounted request on with its whole path, as Django's own routes expect."""

    async def whole_path(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "root_path": ""}, receive, send)  # type: ignore[arg-type]

    return whole_path


async def _asset(request: Request) -> Response:
    path = _inside(settings.WEB_DIST / "assets", request.path_params["path"])
    if path is None:
        return PlainTextResponse("Not found", status_code=404)
    return FileResponse(path, headers={"Cache-Control": HASHED_FILES_CACHE})


async def _tiles(request: Request) -> Response:
    path = _inside(settings.TILES, f"{request.path_params['city']}/basemap.pmtiles")
    if path is None:
        return PlainTextResponse("No base map for this city", status_code=404)
    return FileResponse(path, media_type="application/vnd.pmtiles")


async def _page(request: Request) -> Response:
    """A file of the build, else the page whose prefix the path has (web/routes.json)."""
    wanted = request.path_params["path"]
    path = _inside(settings.WEB_DIST, wanted) if wanted else None
    if path is None:
        path = settings.WEB_DIST / _page_for("/" + wanted)
    if not path.is_file():
        return PlainTextResponse(NOT_BUILT, status_code=503)
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _policy()}
    return FileResponse(path, headers=headers)


def _page_for(path: str) -> str:
    routes_file = settings.WEB_DIST / "routes.json"
    if routes_file.is_file():
        for route in json.loads(routes_file.read_text()):
            prefix = route["prefix"].rstrip("/")
            if path == prefix or path.startswith(prefix + "/"):
                return str(route["html"])
    return "index.html"


def _policy() -> str:
    """Nothing leaves the machine: only this origin and the camera node."""
    node = settings.NODE_URL
    sockets = node.replace("http", "ws", 1)
    return (
        "default-src 'self'; "
        f"connect-src 'self' {node} {sockets}; img-src 'self' data: blob: {node}; "
        f"media-src 'self' blob: {node}; worker-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'self'"
    )


def _inside(folder: Path, relative: str) -> Path | None:
    """The file `relative` of `folder`; None if it is absent or escapes the folder."""
    path = (folder / relative).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return None
    return path
