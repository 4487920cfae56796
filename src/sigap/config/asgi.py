"""The core's ASGI application: web files and map tiles from disk, the rest from Django."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sigap.config.settings")
django.setup(set_prefix=False)

from sigap.config.pages import build_application  # noqa: E402  (settings must be configured)

application = build_application()
