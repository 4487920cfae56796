"""Django application `console`."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Console."""

    name = "sigap.console"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"
