"""What the city consists of, in the admin: its settings, areas, agencies, categories, stations."""

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest

from sigap.accounts.admin_base import CityModelAdmin, is_superuser
from sigap.city.models import Agency, Area, Category, City, Place, Station


class CityConfigAdmin(CityModelAdmin):
    """Every edit raises the city's `config_version`: caches and clients compare it."""

    def store(self, obj: Any, *, form: Any, change: bool) -> None:
        """Save, then tell."""
        super().store(obj, form=form, change=change)
        raised = F("config_version") + 1
        City.objects.filter(pk=self.city_id_of(obj)).update(config_version=raised)


@admin.register(City)
class CityAdmin(CityConfigAdmin):
    """Limits and names. Cities are made by `sigap city import`."""

    city_lookup = "pk"
    superuser_fields = ()
    list_display = ("name", "code", "time_zone", "emergency_number")
    readonly_fields = (
        "code", "south", "west", "north", "east", "center_lat", "center_lon", "config_version",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A city comes with its map."""
        return False

    def city_id_of(self, obj: Any) -> int:
        """Itself."""
        return int(obj.pk)

    def put_in_city(self, obj: Any, city_id: int) -> None:
        """It is the city."""

    def store(self, obj: Any, *, form: Any, change: bool) -> None:
        """Only what the form holds: the version below rises in the database."""
        obj.save(update_fields=list(form.cleaned_data))
        raised = F("config_version") + 1
        City.objects.filter(pk=obj.pk).update(config_version=raised)


@admin.register(Area)
class AreaAdmin(CityConfigAdmin):
    """Names and codes; shapes come from an import."""

    list_display = ("name", "code", "level", "parent", "current")
    list_filter = ("level", "current")
    search_fields = ("name", "code")
    exclude = ("geometry", "center_lat", "center_lon")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """An area without a shape is none."""
        return False


@admin.register(Agency)
class AgencyAdmin(CityConfigAdmin):
    """Who acts."""

    list_display = ("name", "code", "kind", "inside_city_government", "active")
    list_filter = ("kind", "active")
    search_fields = ("name", "code")


@admin.register(Category)
class CategoryAdmin(CityConfigAdmin):
    """What it is about: responsible agency, priority, clocks and their legal basis."""

    list_display = ("name_id", "code", "agency", "priority", "resolve_limit_h", "active")
    list_filter = ("agency", "priority", "emergency", "active")
    search_fields = ("name_id", "name_en", "code")


@admin.register(Station)
class StationAdmin(CityConfigAdmin):
    """Where units stand."""

    list_display = ("name", "agency", "lat", "lon")
    list_filter = ("agency",)
    search_fields = ("name",)
    exclude = ("source_ref",)


@admin.register(Place)
class PlaceAdmin(CityModelAdmin):
    """The gazetteer, to look things up; it comes from an import."""

    list_display = ("name", "kind", "area")
    list_filter = ("kind",)
    search_fields = ("search_text",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By import only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By import only."""
        return is_superuser(request)
