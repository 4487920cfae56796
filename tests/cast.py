"""The cast: two cities and the people in them, the same in every test."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from sigap.accounts.identity import actor_for_user
from sigap.accounts.models import User
from sigap.accounts.permissions import Role
from sigap.city.actions import NewCity, apply_presets, create_city
from sigap.city.models import Agency, Area, AreaLevel, Category, City
from sigap.core.actor import Actor, system_actor
from sigap.core.geometry import Box, LatLon
from sigap.core.tenancy import reading

KOTA = NewCity(code="kota", name="Kota", box=Box(-6.30, 106.55, -6.10, 106.75))
LAIN = NewCity(code="lain", name="Kota Lain", box=Box(-7.10, 107.50, -6.80, 107.80))
# A corner in the west of Kota; the east of its box lies in the other area.
SUDIRMAN = LatLon(-6.2000, 106.6000)


@dataclass
class Api:
    """The API as one person uses it, CSRF included."""

    client: Client

    def get(self, path: str, **query: Any) -> HttpResponse:
        """GET /api/v1/`path`."""
        return self._done(self.client.get(f"/api/v1/{path}", query))

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """POST JSON to /api/v1/`path`."""
        return self._send("POST", path, body, headers)

    def patch(self, path: str, body: Any = None) -> HttpResponse:
        """PATCH JSON."""
        return self._send("PATCH", path, body, {})

    def put(self, path: str, body: Any = None) -> HttpResponse:
        """PUT JSON."""
        return self._send("PUT", path, body, {})

    def delete(self, path: str) -> HttpResponse:
        """DELETE."""
        return self._send("DELETE", path, None, {})

    def upload(self, path: str, fields: dict[str, Any], **files: bytes) -> HttpResponse:
        """POST a multipart form with `files`."""
        parts = {name: SimpleUploadedFile(f"{name}.jpg", data) for name, data in files.items()}
        return self._done(self.client.post(f"/api/v1/{path}", {**fields, **parts}))

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> HttpResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.client.generic(
            method,
            f"/api/v1/{path}",
            json.dumps({} if body is None else body, default=str),
            content_type="application/json",
            headers=named,
        )
        return self._done(response)

    @staticmethod
    def _done(response: Any) -> HttpResponse:
        assert isinstance(response, HttpResponse)
        return response


def data(response: HttpResponse, status: int = 200) -> Any:
    """The JSON of `response`, which must have `status`."""
    assert response.status_code == status, (response.status_code, response.content[:2000])
    return json.loads(response.content) if response.content else None


@dataclass
class Cast:
    """Ana takes calls, Bima operates, Citra is in the field, Dewi heads an agency, Eko is a
    citizen, Farah works in another city; Gita dispatches for the fire brigade, Hadi administers,
    Sari supervises, Nusa watches over the nation, Putu plans."""

    kota: City
    lain: City
    users: dict[str, User] = field(default_factory=dict)

    def user(self, name: str) -> User:
        """The account of a member of the cast."""
        return self.users[name]

    def actor(self, name: str) -> Actor:
        """A member of the cast as an actor."""
        return actor_for_user(self.users[name])

    def api(self, name: str | None = None) -> Api:
        """The API as `name` uses it; None: nobody is logged in."""
        client = Client()
        if name is not None:
            client.force_login(self.users[name])
        return Api(client)

    def category(self, code: str) -> Category:
        """A preset category of Kota."""
        with reading(self.kota.pk):
            return Category.objects.select_related("agency").get(city=self.kota, code=code)

    def agency(self, code: str) -> Agency:
        """A preset agency of Kota."""
        with reading(self.kota.pk):
            return Agency.objects.get(city=self.kota, code=code)


def _square(box: Box) -> dict[str, Any]:
    ring = [
        [box.west, box.south],
        [box.east, box.south],
        [box.east, box.north],
        [box.west, box.north],
        [box.west, box.south],
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def _add_areas(city: City) -> None:
    middle = (city.west + city.east) / 2
    halves = {
        "Barat": Box(city.south, city.west, city.north, middle),
        "Timur": Box(city.south, middle, city.north, city.east),
    }
    with reading(city.pk):
        for code, (name, box) in enumerate(halves.items(), start=1):
            Area.objects.create(
                city=city,
                code=str(code),
                name=name,
                level=AreaLevel.NEIGHBOURHOOD,
                geometry=_square(box),
                center_lat=(box.south + box.north) / 2,
                center_lon=(box.west + box.east) / 2,
            )


def _agency(city: City, code: str) -> Agency:
    with reading(city.pk):
        return Agency.objects.get(city=city, code=code)


def make_cast() -> Cast:
    """Create the two cities and their people."""
    actor = system_actor("test")
    kota, lain = create_city(actor, KOTA), create_city(actor, LAIN)
    for city in (kota, lain):
        apply_presets(actor.in_city(city.pk), city)
        _add_areas(city)
    cast = Cast(kota, lain)
    people: list[tuple[str, Role, City | None, str | None]] = [
        ("ana", Role.CALL_TAKER, kota, None),
        ("bima", Role.OPERATOR, kota, None),
        ("bayu", Role.OPERATOR, kota, None),
        ("citra", Role.FIELD_OFFICER, kota, "damkar"),
        ("dewi", Role.AGENCY_HEAD, kota, "pupr"),
        ("farah", Role.OPERATOR, lain, None),
        ("gita", Role.AGENCY_DISPATCHER, kota, "damkar"),
        ("hadi", Role.ADMINISTRATOR, kota, None),
        ("nusa", Role.NATIONAL_SUPERVISOR, None, None),
        ("putu", Role.PLANNER, kota, None),
        ("sari", Role.SUPERVISOR, kota, None),
    ]
    for name, role, home, agency in people:
        user = User(username=name, first_name=name.title(), role=role.value, city=home)
        if home is not None and agency is not None:
            user.agency = _agency(home, agency)
        user.set_unusable_password()
        user.save()
        cast.users[name] = user
    return cast
