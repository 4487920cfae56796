"""Django application `insight`."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """Insight."""

    name = "sigap.insight"
    label = "insight"
    default_auto_field = "django.db.models.BigAutoField"
