"""How an API route is declared: one decorator that names its permission, opens the transaction and
answers repeated requests once. Used by every `<package>/api.py`.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.http import HttpRequest
from ninja import Router, Status
from ninja.security import APIKeyCookie
from pydantic import BaseModel

from sigap.accounts.identity import actor_of
from sigap.accounts.permissions import Permission, require
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.models import IdempotencyKey
from sigap.core.refusals import Conflict, Invalid, Unauthenticated
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work

PREFIX = "/api/v1"


class Access(Enum):
    """Routes that need no permission of a role, each for a stated reason."""

    PUBLIC = "public"  # citizens, without account
    SIGNED_IN = "signed_in"  # any member of staff, about themselves
    NODE = "node"  # camera nodes, by token


class ActorRequest(HttpRequest):
    """A request whose actor is known."""

    actor: Actor


class StaffSession(APIKeyCookie):
    """The session cookie of a member of staff, with Django's CSRF check on writes."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        """The actor of the session, also put on the request; None refuses with 401."""
        try:
            actor = actor_of(request)
        except Unauthenticated:
            return None
        request.actor = actor  # type: ignore[attr-defined]
        return actor


staff_session = StaffSession()

# How a caller of a route for others than staff proves who it is, checked before its body is read.
# The package that knows the proof puts it here (cctv.node_auth).
ACCESS_PROOFS: dict[Access, Callable[[HttpRequest], Actor | None]] = {}


@dataclass(frozen=True, slots=True)
class Route:
    """A declared route, for the test that walks them all."""

    method: str
    path: str
    name: str
    guard: Permission | Access


ROUTES: list[Route] = []

P = ParamSpec("P")
T = TypeVar("T")
View = Callable[Concatenate[ActorRequest, P], T]


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    permission: Permission | Access,
    response: object,
    tag: str | None = None,
) -> Callable[[View[P, T]], View[P, T]]:
    """Declare an API route.

    Staff routes run in one transaction in the actor's city: reads in `reading`, writes in a
    `unit_of_work`, so that a refusal undoes everything. `response` is what django-ninja takes: a
    schema or a dict of status → schema. A write with the header `Idempotency-Key` is carried out
    once; a repetition gets the stored answer.
    """

    def declare(view: View[P, T]) -> View[P, T]:
        run = _staff(view, method, permission) if _is_staff(permission) else view
        router.add_api_operation(
            path,
            [method],
            run,
            auth=_proof(permission),
            response=response,
            operation_id=view.__name__,
            summary=(view.__doc__ or view.__name__).strip().splitlines()[0],
            tags=[tag] if tag else None,
        )
        ROUTES.append(Route(method, path, f"{view.__module__}.{view.__name__}", permission))
        return view

    return declare


def _proof(guard: Permission | Access) -> Callable[[HttpRequest], Actor | None] | None:
    if _is_staff(guard):
        return staff_session
    return ACCESS_PROOFS[guard] if guard is Access.NODE else None


def _is_staff(guard: Permission | Access) -> bool:
    return isinstance(guard, Permission) or guard is Access.SIGNED_IN


def _staff(view: View[P, T], method: str, guard: Permission | Access) -> View[P, T]:
    @wraps(view)
    def run(request: ActorRequest, *args: P.args, **kwargs: P.kwargs) -> T:
        if isinstance(guard, Permission):
            require(request.actor, guard)
        with _transaction(request.actor, method):
            if method == "GET":
                return view(request, *args, **kwargs)
            return once(request, request.actor, lambda: view(request, *args, **kwargs))

    # functools.wraps forgets that the request may be given by position.
    return cast("View[P, T]", run)


def _transaction(actor: Actor, method: str) -> AbstractContextManager[object]:
    if method == "GET":
        return reading(actor.city_id)
    if actor.city_id is None:
        return nullcontext()
    return unit_of_work(actor)


def once(request: HttpRequest, actor: Actor, answer: Callable[[], T]) -> T:
    """Run `answer` unless the request's `Idempotency-Key` was answered before; then repeat that.

    Call it inside a unit of work, so that the change and the remembered answer commit together.
    Raises Conflict if the key was used for another request.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key or actor.city_id is None:
        return answer()
    if len(key) > 80:
        raise Invalid("key_too_long", "Idempotency-Key: at most 80 characters.")
    digest = _digest(request)
    owner = f"{actor.kind.value}:{actor.user_id or actor.node_id or ''}"
    known, created = IdempotencyKey.objects.get_or_create(
        city_id=actor.city_id,
        actor=owner,
        key=key,
        defaults={"request_digest": digest, "status": 0, "created_at": clock.now()},
    )
    if not created:
        return _repeat(known, digest)  # type: ignore[return-value]
    result = answer()
    known.status, known.body = _stored(result)
    known.save(update_fields=["status", "body"])
    return result


def _digest(request: HttpRequest) -> bytes:
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.digest()
    # A form with files was read as a stream: its fields and files stand for the body.
    for name in sorted(request.POST):
        digest.update(json.dumps([name, request.POST.getlist(name)]).encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            digest.update(hashlib.file_digest(file, "sha256").digest())
            file.seek(0)
    return digest.digest()


def _repeat(known: IdempotencyKey, digest: bytes) -> object:
    if bytes(known.request_digest) != digest:
        raise Conflict("key_reused", "This Idempotency-Key belongs to another request.")
    return Status(known.status, known.body)


def _stored(result: object) -> tuple[int, object]:
    status, body = 200, result
    if isinstance(result, Status):
        status, body = result.status_code, result.value
    if isinstance(body, BaseModel):
        body = json.loads(body.model_dump_json())
    return status, body
