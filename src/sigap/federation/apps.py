"""Django application `federation`."""

from django.apps import AppConfig


class FederationConfig(AppConfig):
    """Federation."""

    name = "sigap.federation"
    label = "federation"
    default_auto_field = "django.db.models.BigAutoField"
