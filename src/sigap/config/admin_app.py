"""Installs `CityAdminSite` as Django's admin; apart, because models are not loaded yet."""

from django.contrib.admin.apps import AdminConfig


class CityAdminConfig(AdminConfig):
    """The admin application with the city's own site."""

    default_site = "sigap.config.admin_site.CityAdminSite"
