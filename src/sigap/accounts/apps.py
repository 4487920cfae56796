"""Django application `accounts`."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "sigap.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
