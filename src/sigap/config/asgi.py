"""The core's ASGI application: web files and map tiles from disk, the rest from Django."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sigap.config.settings")
django_application = get_asgi_application()

from sigap.config.pages import build_application  # noqa: E402  (settings must be configured)

application = build_application(django_application)
