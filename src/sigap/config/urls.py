"""All addresses that Django serves; files and pages of the web are served by `config.asgi`."""

from django.contrib import admin
from django.urls import include, path

from sigap.config.api import api
from sigap.console.stream import event_stream

urlpatterns = [
    path("api/v1/stream", event_stream),
    path("api/", api.urls),
    path("_allauth/", include("allauth.headless.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "sigap.config.errors.bad_request"
handler404 = "sigap.config.errors.not_found"
handler500 = "sigap.config.errors.server_error"
