"""Rules about the whole: every route guarded, every table behind the second lock, small rooms."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from sigap.accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from sigap.accounts.routing import ROUTES, Access, Route
from sigap.config.api import api
from sigap.core.machine import StateMachine
from sigap.dispatch.transitions import ASSIGNMENT_MACHINE, UNIT_MACHINE
from sigap.followup.transitions import TASK_MACHINE
from sigap.incidents.transitions import INCIDENT_MACHINE
from sigap.intake.transitions import BY_REPORTER, REPORT_MACHINE, SIGNAL_MACHINE
from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "src", ROOT / "tests", ROOT / "bench", ROOT / "tools"]
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
# Exceptions by name, each with its reason; the list only shrinks.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "managers", "misc"}

# Tables with a city that are readable across cities, and why.
OPEN_TABLES = {
    "accounts_user": "who logs in is looked up before the city is known",
    "city_place": "public OpenStreetMap data; the trigram index is useless behind row security",
}

MACHINES: list[StateMachine[Any, Any]] = [
    SIGNAL_MACHINE,
    REPORT_MACHINE,
    INCIDENT_MACHINE,
    ASSIGNMENT_MACHINE,
    UNIT_MACHINE,
    TASK_MACHINE,
]

# What anybody may call without an account; a new one is added here knowingly.
PUBLIC_PREFIXES = ("/healthz", "/csrf", "/public", "/open311", "/node")


def python_files() -> Iterator[Path]:
    for source in SOURCES:
        if source.is_dir():
            yield from (p for p in source.rglob("*.py") if "migrations" not in p.parts)


def test_every_route_of_the_api_is_declared_with_its_guard() -> None:
    declared = {route.name.rsplit(".", 1)[-1] for route in ROUTES}
    operations = {
        operation["operationId"]
        for path in api.get_openapi_schema()["paths"].values()
        for operation in path.values()
    }
    assert operations == declared


def test_operation_names_are_unique() -> None:
    names = [route.name.rsplit(".", 1)[-1] for route in ROUTES]
    assert sorted(names) == sorted(set(names))


def test_open_routes_are_known() -> None:
    is_open = [r for r in ROUTES if r.guard in (Access.PUBLIC, Access.NODE)]
    assert [r.path for r in is_open if not r.path.startswith(PUBLIC_PREFIXES)] == []


@cache
def _schema() -> dict[str, Any]:
    return dict(api.get_openapi_schema())


def _address(route: Route) -> str:
    schema = _schema()
    for path, operations in schema["paths"].items():
        operation = operations.get(route.method.lower())
        if operation and operation["operationId"] == route.name.rsplit(".", 1)[-1]:
            return str(path)
    raise AssertionError(route)


def _fill(path: str) -> str:
    parts = []
    for part in path.strip("/").split("/"):
        is_uuid = part in {"{photo_id}", "{uuid}", "{report_photo}"}
        value = "00000000-0000-4000-8000-000000000000" if is_uuid else "1"
        parts.append(value if part.startswith("{") else part)
    return "/" + "/".join(parts)


STAFF = [r for r in ROUTES if isinstance(r.guard, Permission)]


def test_no_staff_route_answers_without_a_session(cast: Cast) -> None:
    client = cast.api().client
    answers = {
        f"{route.method} {route.path}": client.generic(
            route.method, _fill(_address(route)), "{}", content_type="application/json"
        ).status_code
        for route in STAFF
    }
    assert {name for name, status in answers.items() if status != 401} == set()


@pytest.mark.parametrize("role", list(Role))
def test_every_route_refuses_roles_without_its_permission(cast: Cast, role: Role) -> None:
    name = next(user.username for user in cast.users.values() if user.role == role)
    client = cast.api(name).client
    forbidden = [r for r in STAFF if r.guard not in ROLE_PERMISSIONS[role]]
    answers = {
        f"{route.method} {route.path}": client.generic(
            route.method, _fill(_address(route)), "{}", content_type="application/json"
        ).status_code
        for route in forbidden
    }
    # A body that does not fit is told before the permission; nothing else may pass.
    assert {k: s for k, s in answers.items() if s not in (403, 422)} == {}


def test_every_role_has_its_page_of_permissions() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_every_transition_names_a_permission() -> None:
    known = {p.value for p in Permission} | {BY_REPORTER}
    for machine in MACHINES:
        assert {row.permission for row in machine.rows} <= known, machine.name


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_every_state_can_be_reached(machine: StateMachine[Any, Any]) -> None:
    states = list(machine.states.__members__.values())
    reached = {states[0]} | {row.target for row in machine.rows}
    assert reached == set(states)


@pytest.mark.django_db
def test_every_table_with_a_city_is_behind_the_second_lock() -> None:
    tables = {
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith("sigap.")
        and any(f.column == "city_id" for f in model._meta.concrete_fields)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        locked = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,), "the tests' role would pass every lock"
    assert tables - locked == set(OPEN_TABLES)


def test_files_are_small_rooms() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files()
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert set(long) == set(LONG_FILES), long


def test_functions_are_short() -> None:
    long = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = length
    assert set(long) == set(LONG_FUNCTIONS), long


def test_no_room_for_leftovers() -> None:
    names = {p for path in python_files() for p in (path.stem, path.parent.name)}
    assert not names & FORBIDDEN_NAMES


def test_modules_say_what_they_own() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if path.stat().st_size and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []
