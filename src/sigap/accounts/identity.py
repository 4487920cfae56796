"""From a request to an `Actor`. Called by `routing.operation` and the event stream."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from sigap.accounts.models import User
from sigap.core.actor import Actor, ActorKind
from sigap.core.refusals import Unauthenticated


def actor_for_user(user: User) -> Actor:
    """The actor that `user` is."""
    return Actor(
        kind=ActorKind.USER,
        label=user.display_name,
        city_id=user.city_id,
        user_id=user.pk,
        role=user.role,
        agency_id=user.agency_id,
        unit_id=user.unit_id,
    )


def actor_of(request: HttpRequest) -> Actor:
    """The logged-in actor of `request`. Raises Unauthenticated."""
    user: User | AnonymousUser = request.user
    if not isinstance(user, User) or not user.is_active:
        raise Unauthenticated
    return actor_for_user(user)
