"""Who am I: what the web needs to know of the person who is logged in."""

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router
from pydantic import BaseModel

from sigap.accounts.models import User
from sigap.accounts.permissions import ROLE_PERMISSIONS, Permission, Role, Scope
from sigap.accounts.routing import Access, ActorRequest, operation
from sigap.core.refusals import Unauthenticated

router = Router(tags=["accounts"])


class Me(BaseModel):
    """The person behind the session. `city_code` is None for national roles, `role` for a
    superuser of the deployment who has none: the admin is their page."""

    user_id: int
    name: str
    role: Role | None
    city_code: str | None
    agency_id: int | None
    unit_id: int | None
    permissions: dict[Permission, Scope]
    node_url: str


class CsrfCookie(BaseModel):
    """The token that writes must repeat in the header X-CSRFToken."""

    csrf_token: str


@operation(router, "GET", "/me", permission=Access.SIGNED_IN, response=Me)
def me(request: ActorRequest) -> Me:
    """The logged-in member of staff."""
    user = request.user
    if not isinstance(user, User):
        raise Unauthenticated
    role = Role(user.role) if user.role else None
    return Me(
        user_id=user.pk,
        name=user.display_name,
        role=role,
        city_code=user.city.code if user.city else None,
        agency_id=user.agency_id,
        unit_id=user.unit_id,
        permissions=ROLE_PERMISSIONS[role] if role else {},
        node_url=settings.NODE_URL,
    )


@operation(router, "GET", "/csrf", permission=Access.PUBLIC, response=CsrfCookie)
def csrf(request: HttpRequest) -> CsrfCookie:
    """Set the CSRF cookie and return its token."""
    return CsrfCookie(csrf_token=get_token(request))
