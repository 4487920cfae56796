"""Django application `citizen`."""

from django.apps import AppConfig


class CitizenConfig(AppConfig):
    """Citizen."""

    name = "sigap.citizen"
    label = "citizen"
    default_auto_field = "django.db.models.BigAutoField"
