"""Django application `cctv`."""

from django.apps import AppConfig


class CctvConfig(AppConfig):
    """CCTV."""

    name = "sigap.cctv"
    label = "cctv"
    default_auto_field = "django.db.models.BigAutoField"
