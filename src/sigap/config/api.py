"""The API: every package's router under one address, refusals as JSON."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from sigap import __version__
from sigap.config.closing import install_closing_guards
from sigap.config.lookups import install_lookups
from sigap.config.parser import StrictParser
from sigap.config.routers import ROUTERS
from sigap.core.refusals import Refusal

logger = logging.getLogger(__name__)

install_closing_guards()
install_lookups()

api = NinjaAPI(
    title="Sigap",
    version=__version__,
    docs_url=None,
    openapi_url="/openapi.json",
    parser=StrictParser(),
)
for prefix, router in ROUTERS:
    api.add_router(prefix, router)


def _answer(
    request: HttpRequest, status: int, code: str, message: str, detail: object = None
) -> HttpResponse:
    body = {"code": code, "message": message, "detail": detail or {}}
    return api.create_response(request, body, status=status)


@api.exception_handler(Refusal)
def on_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A stated refusal, with its own status."""
    response = _answer(request, refusal.status, refusal.code, refusal.message, refusal.detail)
    retry_after_s = refusal.detail.get("retry_after_s")
    if retry_after_s is not None:
        response["Retry-After"] = str(retry_after_s)
    return response


@api.exception_handler(AuthenticationError)
def on_unauthenticated(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    """Nobody is logged in."""
    return _answer(request, 401, "unauthenticated", "Log in first.")


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The request does not fit the schema; names each field, never repeats its value."""
    fields = [
        {"field": ".".join(str(part) for part in e["loc"]), "problem": e["msg"]}
        for e in error.errors
    ]
    return _answer(request, 422, "invalid", "Some fields are not valid.", {"fields": fields})


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Errors of the framework: unreadable JSON, a failed CSRF check."""
    code = {403: "csrf", 400: "unreadable"}.get(error.status_code, "refused")
    return _answer(request, error.status_code, code, str(error))


@api.exception_handler(Http404)
def on_not_found(request: HttpRequest, _: Http404) -> HttpResponse:
    """No such route or object."""
    return _answer(request, 404, "not_found", "Not found.")
