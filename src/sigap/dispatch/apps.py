"""Django application `dispatch`."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """Dispatch."""

    name = "sigap.dispatch"
    label = "dispatch"
    default_auto_field = "django.db.models.BigAutoField"
