"""The demo's accounts: one a role, named by the role, with random passwords. Called by `demo`."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from sigap.accounts.models import User
from sigap.accounts.permissions import Role
from sigap.accounts.staff import NewStaff, create_staff
from sigap.city.models import Agency, AgencyKind, City
from sigap.core.actor import system_actor
from sigap.core.geometry import LatLon, distance_m
from sigap.core.tenancy import reading
from sigap.dispatch.models import Unit
from sigap.runtime.demo_request import DemoAccount

PASSWORD_BYTES = 9


@dataclass(frozen=True, slots=True)
class Post:
    """An account to have. `page` is where its work begins."""

    username: str
    label: str
    role: Role
    page: str
    agency_id: int | None = None
    unit_id: int | None = None


_CITY_POSTS = (
    Post("penerima-112", "Penerima 112", Role.CALL_TAKER, "/console"),
    Post("operator", "Operator", Role.OPERATOR, "/console"),
    Post("operator-2", "Operator 2", Role.OPERATOR, "/console"),
    Post("pengawas", "Pengawas", Role.SUPERVISOR, "/console"),
    Post("perencana", "Perencana", Role.PLANNER, "/evaluasi"),
    Post("administrator", "Administrator", Role.ADMINISTRATOR, "/admin/"),
)
_CREWED = (AgencyKind.PUBLIC_ORDER, AgencyKind.POLICE, AgencyKind.FIRE, AgencyKind.AMBULANCE)


def city_accounts(city: City, near: LatLon, earlier: list[DemoAccount]) -> list[DemoAccount]:
    """Accounts of all roles of a city; crews are those of the units nearest to `near`."""
    with reading(city.pk):
        posts = [*_CITY_POSTS, *_agency_posts(city), *_crew_posts(city, near)]
    return [_have(post, city, earlier) for post in posts]


def other_accounts(other: City, earlier: list[DemoAccount]) -> list[DemoAccount]:
    """An operator of the second city, and the national police's supervisor."""
    operator = Post("operator-lain", "Operator Kota Lain", Role.OPERATOR, "/console")
    national = Post("pengawas-nasional", "Pengawas nasional", Role.NATIONAL_SUPERVISOR, "/nasional")
    return [_have(operator, other, earlier), _have(national, None, earlier)]


def _agency_posts(city: City) -> Iterator[Post]:
    agencies = {agency.code: agency for agency in Agency.objects.filter(city=city)}
    dispatcher, head = agencies.get("damkar"), agencies.get("pupr")
    if dispatcher is not None:
        role = Role.AGENCY_DISPATCHER
        yield Post("dispatcher-damkar", "Dispatcher damkar", role, "/console", dispatcher.pk)
    if head is not None:
        role = Role.AGENCY_HEAD
        yield Post("kepala-pupr", "Kepala Dinas PU", role, "/tugas", head.pk)


def _crew_posts(city: City, near: LatLon) -> Iterator[Post]:
    units = list(Unit.objects.filter(city=city, active=True).select_related("agency"))
    units.sort(key=lambda unit: distance_m(LatLon(unit.home_lat, unit.home_lon), near))
    for kind in _CREWED:
        nearest = next((unit for unit in units if unit.agency.kind == kind), None)
        if nearest is not None:
            sign = nearest.call_sign
            yield Post(
                f"petugas-{sign.lower()}",
                f"Petugas {sign}",
                Role.FIELD_OFFICER,
                "/petugas",
                nearest.agency_id,
                nearest.pk,
            )


def _have(post: Post, city: City | None, earlier: list[DemoAccount]) -> DemoAccount:
    """The account of `post`, made if it is not there; a password nobody knows any more is new."""
    city_id = city.pk if city else None
    user = User.objects.filter(username=post.username).first()
    username = post.username
    if user is not None and user.city_id != city_id:
        # Another city was the demo before and keeps its people.
        username = f"{post.username}-{city.code}" if city else post.username
        user = User.objects.filter(username=username).first()
    known = {account.username: account.password for account in earlier}
    password = known.get(username) or secrets.token_urlsafe(PASSWORD_BYTES)
    if user is None:
        create_staff(
            system_actor("demo"),
            NewStaff(
                username=username,
                password=password,
                role=post.role,
                label=post.label,
                city_id=city_id,
                agency_id=post.agency_id,
                unit_id=post.unit_id,
            ),
        )
    elif username not in known:
        user.set_password(password)
        user.save(update_fields=["password"])
    return DemoAccount(username, password, post.role.value, post.page)
