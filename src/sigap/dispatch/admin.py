"""Units in Django's admin: for administrators, within their city."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from sigap.accounts.identity import actor_of
from sigap.accounts.models import User
from sigap.core import clock
from sigap.core.unit_of_work import unit_of_work
from sigap.dispatch.events import UnitAdded, UnitEdited
from sigap.dispatch.models import AcceptLimit, Unit

if TYPE_CHECKING:
    UnitBase = admin.ModelAdmin[Unit]
    AcceptLimitBase = admin.ModelAdmin[AcceptLimit]
else:
    UnitBase = AcceptLimitBase = admin.ModelAdmin


def _own_city(request: HttpRequest) -> int | None:
    """The administrator's city; None for the superuser of the deployment, who chooses one."""
    return request.user.city_id if isinstance(request.user, User) else None


@admin.register(Unit)
class UnitAdmin(UnitBase):
    """Call sign, capabilities, home. Statuses are the dispatcher's; each edit is on record."""

    list_display = ("call_sign", "agency", "kind", "capabilities", "status", "active")
    list_filter = ("agency", "kind", "status", "active")
    search_fields = ("call_sign", "crew_label")
    readonly_fields = ("status", "status_at", "lat", "lon", "position_at", "version")

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """An administrator of a city does not choose it."""
        return () if _own_city(request) is None else ("city",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A unit is made inactive: its past stays."""
        return False

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        """Save with its event, so that open consoles show it."""
        obj.city_id = _own_city(request) or obj.city_id
        actor = actor_of(request).in_city(obj.city_id)
        with unit_of_work(actor, obj.city_id) as work:
            if change:
                # Only what the form holds: the status may have changed since it was opened.
                obj.save(update_fields=[*form.cleaned_data, "city"])
                work.record(UnitEdited(unit_id=obj.pk, agency_id=obj.agency_id))
            else:
                obj.status_at = clock.now()
                obj.save()
                work.record(
                    UnitAdded(unit_id=obj.pk, agency_id=obj.agency_id, call_sign=obj.call_sign)
                )


@admin.register(AcceptLimit)
class AcceptLimitAdmin(AcceptLimitBase):
    """Seconds to accept, where a category differs from the city."""

    list_display = ("category", "limit_s")

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """An administrator of a city does not choose it."""
        return () if _own_city(request) is None else ("city",)

    def save_model(self, request: HttpRequest, obj: AcceptLimit, form: Any, change: bool) -> None:
        """In the administrator's own city."""
        obj.city_id = _own_city(request) or obj.city_id
        super().save_model(request, obj, form, change)
