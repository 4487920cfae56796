"""The event stream of a console: server-sent events, nothing lost on reconnect."""

import asyncio
import json
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from sigap.accounts.identity import actor_for_user
from sigap.accounts.models import User
from sigap.accounts.permissions import Permission, scope_of
from sigap.console.changes import LONGEST_BACKLOG, Change, changes_after
from sigap.console.fanout import Reader, fanout, in_thread
from sigap.console.tables import TABLES
from sigap.core import clock
from sigap.core.actor import Actor

BEAT_S = 5.0
CHECK_SESSION_EVERY_BEATS = 6
RESET = "event: reset\ndata: {}\n\n"


async def event_stream(request: HttpRequest) -> HttpResponseBase:
    """`GET /api/v1/stream?after=SEQ`: the changes after `Last-Event-ID` (or `after`), then live.

    Every 5 s an event `beat` tells that the link lives; `reset` asks for a fresh snapshot.
    Declared outside the API's routes because it never ends; permission: VIEW_CONSOLE.
    """
    user = await request.auser()
    # Django gives a request's connection back when the request ends; this one does not. Kept, a
    # pool's worth of consoles would leave no connection for anything else.
    await sync_to_async(connections.close_all)()
    if not isinstance(user, User) or not user.is_active:
        return _refusal(401, "unauthenticated", "Log in first.")
    actor = actor_for_user(user)
    if scope_of(actor, Permission.VIEW_CONSOLE) is None or actor.city_id is None:
        return _refusal(403, "not_permitted", "Your role does not allow this.")
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    if not after.isdigit() or len(after) > 18:
        return _refusal(422, "invalid", "Name the last event that you know: ?after=NUMBER.")
    response = StreamingHttpResponse(
        _messages(user, actor, int(after)), content_type="text/event-stream"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _refusal(status: int, code: str, message: str) -> HttpResponse:
    body = json.dumps({"code": code, "message": message, "detail": {}})
    return HttpResponse(body, status=status, content_type="application/json")


async def _messages(user: User, actor: Actor, after: int) -> AsyncIterator[str]:
    hub = fanout()
    reader = await hub.join(actor.city)
    try:
        # The first byte opens the stream in the browser even if nothing happens.
        yield _beat()
        last, backlog = await in_thread(lambda: changes_after(actor.city, after))
        if last - after > LONGEST_BACKLOG:
            yield RESET
            return
        for message in _visible(actor, backlog, after):
            yield message
        async for message in _live(user, actor, reader, max(last, after)):
            yield message
    finally:
        hub.leave(reader)


async def _live(user: User, actor: Actor, reader: Reader, sent: int) -> AsyncIterator[str]:
    beats = 0
    while not reader.overflowed:
        try:
            changes = await asyncio.wait_for(reader.queue.get(), timeout=BEAT_S)
        except TimeoutError:
            beats += 1
            if beats % CHECK_SESSION_EVERY_BEATS == 0 and not await _still_allowed(user, actor):
                return
            yield _beat()
            continue
        for message in _visible(actor, changes, sent):
            yield message
        sent = max([sent, *(c.seq for c in changes if c.seq is not None)])


def _visible(actor: Actor, changes: list[Change], sent: int) -> list[str]:
    new = (c for c in changes if c.seq is None or c.seq > sent)
    permitted = (c for c in new if scope_of(actor, TABLES[c.table].permission) is not None)
    return [message for c in permitted if (message := c.message_for(actor)) is not None]


async def _still_allowed(user: User, actor: Actor) -> bool:
    """A user who was blocked or given another role must not go on listening."""
    same = User.objects.filter(pk=user.pk, is_active=True, role=actor.role)
    return await in_thread(same.exists)


def _beat() -> str:
    return f'event: beat\ndata: {{"at": "{clock.now().isoformat()}"}}\n\n'
