"""Errors that Django answers outside the API's own handlers: as JSON where JSON is due."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django cannot read, such as a form field of many megabytes."""
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    return _json(400, "unreadable", "The request cannot be read.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address."""
    if not request.path.startswith("/api/"):
        return defaults.page_not_found(request, exception)
    return _json(404, "not_found", "Not found.")


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours; the log has it."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    return _json(500, "server_error", "Something went wrong here. Try again in a moment.")


def _json(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message, "detail": {}}, status=status)
