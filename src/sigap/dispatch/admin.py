"""Units in Django's admin: for administrators, within their city."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from sigap.accounts.admin_base import CityModelAdmin, admin_actor, own_city
from sigap.core import clock
from sigap.core.unit_of_work import unit_of_work
from sigap.dispatch.events import UnitAdded, UnitEdited
from sigap.dispatch.models import AcceptLimit, Unit


@admin.register(Unit)
class UnitAdmin(CityModelAdmin):
    """Call sign, capabilities, home. Statuses are the dispatcher's; each edit is on record."""

    list_display = ("call_sign", "agency", "kind", "capabilities", "status", "active")
    list_filter = ("agency", "kind", "status", "active")
    search_fields = ("call_sign", "crew_label")
    readonly_fields = ("status", "status_at", "lat", "lon", "position_at", "version")

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        """Save with its event, so that open consoles show it."""
        city_id = own_city(request) or obj.city_id
        with unit_of_work(admin_actor(request, city_id), city_id) as work:
            if change:
                # Only what the form holds: the status may have changed since it was opened.
                obj.save(update_fields=list(form.cleaned_data))
                work.record(UnitEdited(unit_id=obj.pk, agency_id=obj.agency_id))
            else:
                obj.city_id = city_id
                obj.status_at = clock.now()
                obj.save()
                work.record(
                    UnitAdded(unit_id=obj.pk, agency_id=obj.agency_id, call_sign=obj.call_sign)
                )


@admin.register(AcceptLimit)
class AcceptLimitAdmin(CityModelAdmin):
    """Seconds to accept, where a category differs from the city."""

    list_display = ("category", "limit_s")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Without the row the city's own limit holds again."""
        return self.has_change_permission(request, obj)
