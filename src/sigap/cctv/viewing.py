"""Addresses of a camera's video: signed for one person and a few minutes, and written down.

The node checks the signature with the same key (architecture: core ↔ node).
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from sigap.accounts.permissions import Permission, require
from sigap.cctv.events import VideoViewed
from sigap.cctv.models import Camera, Node
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import Conflict, Invalid, NotFound
from sigap.core.unit_of_work import unit_of_work

LONGEST_PLAY = timedelta(hours=24)
DEFAULT_PLAY = timedelta(hours=1)


class ViewKind(StrEnum):
    LIVE = "live"
    PLAY = "play"
    SNAPSHOT = "snapshot"


_LIFETIME = {
    ViewKind.LIVE: timedelta(minutes=10),
    ViewKind.PLAY: timedelta(minutes=10),
    ViewKind.SNAPSHOT: timedelta(seconds=60),
}
_NEEDS = {
    ViewKind.LIVE: Permission.VIEW_VIDEO,
    ViewKind.PLAY: Permission.PLAYBACK_VIDEO,
    ViewKind.SNAPSHOT: Permission.VIEW_VIDEO,
}


@dataclass(frozen=True, slots=True)
class ViewWish:
    """What somebody wants to see of a camera and what for."""

    what: ViewKind
    purpose: str
    start: datetime | None = None
    end: datetime | None = None
    incident_id: int | None = None


@dataclass(frozen=True, slots=True)
class ViewAddresses:
    """Where to fetch it; None for what was not asked for. Ask again before `expires_at`."""

    expires_at: datetime
    snapshot: str
    live_ws: str | None = None
    live_hls: str | None = None
    play: str | None = None
    index: str | None = None


def open_view(actor: Actor, camera_id: int, wish: ViewWish) -> ViewAddresses:
    """Addresses for `wish`; the log keeps who saw what, when and why.

    Raises NotFound outside the city, NotPermitted, Conflict for a camera that is switched off.
    """
    require(actor, _NEEDS[wish.what])
    with unit_of_work(actor) as work:
        camera = (
            Camera.objects.filter(pk=camera_id, city_id=work.city_id).select_related("node").first()
        )
        if camera is None:
            raise NotFound("camera")
        if not camera.enabled and wish.what is not ViewKind.PLAY:
            raise Conflict("camera_disabled", "This camera is switched off.")
        period = _period(wish) if wish.what is ViewKind.PLAY else None
        work.record(
            VideoViewed(
                camera_id=camera.pk,
                what=wish.what.value,
                purpose=wish.purpose,
                incident_id=wish.incident_id,
                period_start=period[0].isoformat() if period else None,
                period_end=period[1].isoformat() if period else None,
            )
        )
        return _addresses(actor, camera, wish.what, period)


def media_token(
    node: Node, camera: UUID, verbs: list[ViewKind], *, user_id: int, expires_at: datetime
) -> str:
    """The token of the core ↔ node contract: base64url(json) "." base64url(HMAC-SHA256)."""
    claims: dict[str, object] = {
        "c": str(camera),
        "v": [verb.value for verb in verbs],
        "u": user_id,
        "e": int(expires_at.timestamp()),
    }
    return signed_claims(node, claims)


def signed_claims(node: Node, claims: dict[str, object]) -> str:
    """Any claims, signed with the node's key."""
    body = _base64url(json.dumps(claims, separators=(",", ":")).encode())
    signature = hmac.new(bytes(node.media_key), body.encode(), hashlib.sha256).digest()
    return f"{body}.{_base64url(signature)}"


def _period(wish: ViewWish) -> tuple[datetime, datetime]:
    end = wish.end or clock.now()
    start = wish.start or end - DEFAULT_PLAY
    if end <= start:
        raise Invalid("bad_period", "The period must end after it begins.", field="to")
    if end - start > LONGEST_PLAY:
        raise Invalid("period_too_long", "Look at no more than 24 hours at once.", field="to")
    return start, end


def _addresses(
    actor: Actor, camera: Camera, what: ViewKind, period: tuple[datetime, datetime] | None
) -> ViewAddresses:
    expires_at = clock.now() + _LIFETIME[what]
    verbs: list[ViewKind] = [what] if what is ViewKind.SNAPSHOT else [what, ViewKind.SNAPSHOT]
    token = media_token(
        camera.node, camera.uuid, verbs, user_id=actor.user_id or 0, expires_at=expires_at
    )
    base = f"{camera.node.base_url.rstrip('/')}/media/{camera.uuid}"
    query = urlencode({"t": token})
    snapshot = f"{base}/snapshot.jpg?{query}"
    if what is ViewKind.LIVE:
        socket = base.replace("http", "ws", 1)
        return ViewAddresses(
            expires_at,
            snapshot,
            live_ws=f"{socket}/live?{query}",
            live_hls=f"{base}/hls/live.m3u8?{query}",
        )
    if period is not None:
        query = urlencode({"from": _stamp(period[0]), "to": _stamp(period[1]), "t": token})
        return ViewAddresses(
            expires_at, snapshot, play=f"{base}/play?{query}", index=f"{base}/index?{query}"
        )
    return ViewAddresses(expires_at, snapshot)


def _stamp(moment: datetime) -> str:
    return moment.isoformat()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
