"""The base of all admin pages: an administrator sees and changes the own city only, on record.

Every `<package>/admin.py` builds on `CityModelAdmin`. The site (config.admin_site) opens the
transaction in the administrator's city, so that row-level security is the second lock here too.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from sigap.accounts.events import ConfigurationChanged
from sigap.accounts.identity import actor_of
from sigap.accounts.models import User
from sigap.accounts.permissions import Permission, Role, scope_of
from sigap.core.actor import Actor
from sigap.core.refusals import Refusal
from sigap.core.unit_of_work import unit_of_work

if TYPE_CHECKING:
    AdminBase = ModelAdmin[Any]
else:
    AdminBase = ModelAdmin


def own_city(request: HttpRequest) -> int | None:
    """The administrator's city; None for the superuser of the deployment, who chooses one."""
    user = request.user
    return user.city_id if isinstance(user, User) else None


def is_superuser(request: HttpRequest) -> bool:
    """Whether the deployment's superuser asks."""
    return isinstance(request.user, User) and request.user.is_superuser


def may_manage(request: HttpRequest) -> bool:
    """Whether the user administers a city, or all."""
    if is_superuser(request):
        return True
    if not isinstance(request.user, User) or own_city(request) is None:
        return False
    return scope_of(actor_of(request), Permission.MANAGE_CITY) is not None


def admin_actor(request: HttpRequest, city_id: int) -> Actor:
    """The actor of the request in `city_id`; a superuser acts as its administrator."""
    actor = actor_of(request).in_city(city_id)
    return replace(actor, role=Role.ADMINISTRATOR.value) if is_superuser(request) else actor


class CityModelAdmin(AdminBase):
    """A model with a city. Nothing is deleted: things are made inactive, their past stays."""

    city_lookup = "city_id"
    # Fields that only the superuser of the deployment sees.
    superuser_fields: tuple[str, ...] = ("city",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Administrators, without Django's own permissions."""
        return may_manage(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators."""
        return may_manage(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Administrators."""
        return may_manage(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators."""
        return may_manage(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the own city."""
        rows = super().get_queryset(request)
        return (
            rows if is_superuser(request) else rows.filter(**{self.city_lookup: own_city(request)})
        )

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """An administrator of a city does not choose it."""
        hidden = tuple(super().get_exclude(request, obj) or ())
        return hidden if is_superuser(request) else (*hidden, *self.superuser_fields)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer things of the own city only."""
        if not is_superuser(request) and _has_city(db_field.related_model):
            rows = db_field.related_model._default_manager.filter(city_id=own_city(request))
            kwargs["queryset"] = rows
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """A refusal of an action is told on the page, and nothing is changed."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as refusal:
            return self.refused(request, refusal)

    def refused(self, request: HttpRequest, refusal: Refusal) -> HttpResponse:
        """Back to the form with the reason."""
        self.message_user(request, refusal.message, messages.ERROR)
        return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save with its event, in the own city."""
        city_id = own_city(request) or self.city_id_of(obj)
        self.put_in_city(obj, city_id)
        with unit_of_work(admin_actor(request, city_id), city_id) as work:
            self.store(obj, form=form, change=change)
            work.record(
                ConfigurationChanged(
                    model=obj._meta.label_lower,
                    object_id=obj.pk,
                    change="changed" if change else "added",
                    fields=list(form.changed_data),
                )
            )

    def city_id_of(self, obj: Any) -> int:
        """The city of `obj`."""
        return int(obj.city_id)

    def put_in_city(self, obj: Any, city_id: int) -> None:
        """Give a new `obj` its city; an old one keeps it."""
        if obj.pk is None:
            obj.city_id = city_id

    def store(self, obj: Any, *, form: Any, change: bool) -> None:
        """Write `obj`, inside the unit of work."""
        obj.save()


def _has_city(model: type[Model]) -> bool:
    try:
        model._meta.get_field("city")
    except FieldDoesNotExist:
        return False
    return True
