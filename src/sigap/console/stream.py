"""Placeholder while the stream is written."""

from django.http import HttpRequest, HttpResponse


def event_stream(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=503)
