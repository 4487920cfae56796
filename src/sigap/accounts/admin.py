"""Staff accounts in the admin. A city's administrator makes accounts of that city, never a
superuser, never a national role."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from sigap.accounts.admin_base import CityModelAdmin, admin_actor, is_superuser, own_city
from sigap.accounts.events import AccountChanged, AccountCreated
from sigap.accounts.models import User
from sigap.accounts.permissions import Role
from sigap.core.unit_of_work import unit_of_work

if TYPE_CHECKING:
    UserBase = UserAdmin[User]
else:
    UserBase = UserAdmin

NATIONAL = (Role.NATIONAL_SUPERVISOR,)
_PERSON = ("username", "first_name", "last_name", "role", "agency", "unit_id")


@admin.register(User)
class StaffAdmin(CityModelAdmin, UserBase):
    """Name, role, agency, unit, password. An account is switched off, its past stays."""

    list_display = ("username", "first_name", "last_name", "role", "agency", "is_active")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What this administrator may set."""
        passwords = ("password",) if obj else ("usable_password", "password1", "password2")
        state = ("is_active", "last_login", "date_joined") if obj else ()
        powers = ("city", "is_superuser") if is_superuser(request) else ()
        return [(None, {"fields": (*_PERSON, *passwords, *state, *powers)})]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The fieldsets name all there is."""
        return ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """The staff of the own city; a superuser is nobody's staff."""
        staff: QuerySet[User] = super().get_queryset(request)
        return staff if is_superuser(request) else staff.filter(is_superuser=False)

    def formfield_for_choice_field(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.TypedChoiceField | None:
        """Roles of a city only, for the administrator of one."""
        if db_field.name == "role" and not is_superuser(request):
            kwargs["choices"] = [(r.value, r.value) for r in Role if r not in NATIONAL]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """In the own city; the admin's pages are open to administrators only."""
        if not is_superuser(request):
            obj.city_id, obj.is_superuser = own_city(request), False
        obj.is_staff = obj.is_superuser or obj.role == Role.ADMINISTRATOR
        obj.save()

    def log_addition(self, request: HttpRequest, obj: User, message: Any) -> LogEntry:
        """Also into the city's own log."""
        if obj.city_id is not None:
            with unit_of_work(admin_actor(request, obj.city_id), obj.city_id) as work:
                work.record(AccountCreated(user_id=obj.pk, role=obj.role))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> LogEntry:
        """Also into the city's own log; a new password comes this way too."""
        if obj.city_id is not None:
            with unit_of_work(admin_actor(request, obj.city_id), obj.city_id) as work:
                work.record(AccountChanged(user_id=obj.pk, fields=_changed_fields(message)))
        return super().log_change(request, obj, message)


def _changed_fields(message: Any) -> list[str]:
    """The fields in Django's change message; it is a plain text for passwords."""
    if not isinstance(message, list):
        return ["password"]
    parts = [part.get("changed", {}) for part in message if isinstance(part, dict)]
    return [str(name) for part in parts for name in part.get("fields", [])]
