"""The writer of staff accounts. Called by the admin, the demo and the command line."""

from dataclasses import dataclass

from sigap.accounts.events import AccountCreated
from sigap.accounts.models import User
from sigap.accounts.permissions import Role
from sigap.core.actor import Actor
from sigap.core.refusals import Conflict
from sigap.core.unit_of_work import unit_of_work


@dataclass(frozen=True, slots=True)
class NewStaff:
    """An account to make. `city_id` is None for national roles only."""

    username: str
    password: str
    role: Role
    label: str = ""
    city_id: int | None = None
    agency_id: int | None = None
    unit_id: int | None = None


def create_staff(actor: Actor, new: NewStaff) -> User:
    """Make an account; recorded in its city's log. Raises Conflict if the name is taken."""
    if User.objects.filter(username=new.username).exists():
        raise Conflict("name_taken", "There is an account of this name.", field="username")
    user = User(
        username=new.username,
        first_name=new.label,
        role=new.role.value,
        city_id=new.city_id,
        agency_id=new.agency_id,
        unit_id=new.unit_id,
    )
    user.set_password(new.password)
    if new.city_id is None:
        # National accounts belong to no city and so to no city's log.
        user.save()
        return user
    with unit_of_work(actor, new.city_id) as work:
        user.save()
        work.record(AccountCreated(user_id=user.pk, role=user.role))
    return user
