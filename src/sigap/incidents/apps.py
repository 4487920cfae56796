"""Django application `incidents`."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Incidents."""

    name = "sigap.incidents"
    label = "incidents"
    default_auto_field = "django.db.models.BigAutoField"
