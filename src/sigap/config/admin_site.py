"""Django's admin behind the same second lock: its pages see the administrator's city only."""

from contextlib import AbstractContextManager
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from sigap.accounts.identity import actor_for_user
from sigap.accounts.models import User
from sigap.accounts.permissions import Permission, scope_of
from sigap.core.tenancy import reading, reading_every_city


class CityAdminSite(AdminSite):
    """The admin for administrators of a city, and for the superuser of the deployment."""

    site_header = site_title = "Sigap"

    def has_permission(self, request: HttpRequest) -> bool:
        """Superusers, and staff whose role may manage the city."""
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        # First, because a superuser made on the command line has no role.
        if user.is_superuser:
            return True
        return scope_of(actor_for_user(user), Permission.MANAGE_CITY) is not None

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The web's own login: Django's form knows neither throttling nor the second factor."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied  # another login would come back here
        wanted = urlencode({"next": request.GET.get("next") or "/admin/"})
        return HttpResponseRedirect(f"/login?{wanted}")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Run `view` and render its page in one transaction in the user's city."""

        @wraps(view)
        def in_city(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with _cities_of(request):
                response = view(request, *args, **kwargs)
                # A template response would otherwise be rendered after the transaction.
                render = getattr(response, "render", None)
                return render() if callable(render) else response  # type: ignore[no-any-return]

        return super().admin_view(in_city, cacheable)


def _cities_of(request: HttpRequest) -> AbstractContextManager[None]:
    user = request.user
    if isinstance(user, User) and user.is_superuser and user.city_id is None:
        return reading_every_city()
    return reading(user.city_id if isinstance(user, User) else None)
