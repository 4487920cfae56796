"""Django application `core`."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Spine."""

    name = "sigap.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"
