"""Django application `followup`."""

from django.apps import AppConfig


class FollowupConfig(AppConfig):
    """Follow-up."""

    name = "sigap.followup"
    label = "followup"
    default_auto_field = "django.db.models.BigAutoField"
