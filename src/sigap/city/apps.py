"""Django application `city`."""

from django.apps import AppConfig


class CityConfig(AppConfig):
    """City."""

    name = "sigap.city"
    label = "city"
    default_auto_field = "django.db.models.BigAutoField"
