"""Addresses of a camera's video: signed for one person and a few minutes, and written down.

The node checks the signature with the same key (architecture: core ↔ node).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from sigap.accounts.models import User
from sigap.accounts.permissions import Permission, require, scope_of
from sigap.accounts.standing import standing_mark
from sigap.cctv.events import VideoViewed
from sigap.cctv.models import Camera, Node
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import Conflict, Invalid, NotFound, NotPermitted
from sigap.core.unit_of_work import unit_of_work

LONGEST_PLAY = timedelta(hours=24)
DEFAULT_PLAY = timedelta(hours=1)


class ViewKind(StrEnum):
    LIVE = "live"
    PLAY = "play"
    SNAPSHOT = "snapshot"
    CLIP = "clip"


PAST = (ViewKind.PLAY, ViewKind.CLIP)
_LIFETIME = {
    ViewKind.LIVE: timedelta(minutes=10),
    ViewKind.PLAY: timedelta(minutes=10),
    ViewKind.SNAPSHOT: timedelta(seconds=60),
    ViewKind.CLIP: timedelta(minutes=2),
}
_NEEDS = {
    ViewKind.LIVE: Permission.VIEW_VIDEO,
    ViewKind.PLAY: Permission.PLAYBACK_VIDEO,
    ViewKind.SNAPSHOT: Permission.VIEW_VIDEO,
    ViewKind.CLIP: Permission.PLAYBACK_VIDEO,
}
# What a node knows of each kind: a clip is a recording that is taken away.
_VERBS = {
    ViewKind.LIVE: ["live", "snapshot"],
    ViewKind.PLAY: ["play", "snapshot"],
    ViewKind.SNAPSHOT: ["snapshot"],
    ViewKind.CLIP: ["play"],
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
    """Where to fetch it; None for what was not asked for. Ask again before `expires_at`.

    `thumb` and `snapshot` of a recording take `at`, `motion` takes `cells` besides (docs/video.md).
    """

    expires_at: datetime
    snapshot: str
    live_ws: str | None = None
    live_sub_ws: str | None = None
    live_hls: str | None = None
    play: str | None = None
    play_hls: str | None = None
    index: str | None = None
    motion: str | None = None
    thumb: str | None = None
    clip: str | None = None


@dataclass(frozen=True, slots=True)
class MediaGrant:
    """For whom a token is, and how long. `masked`: privacy masks are burnt in for them."""

    user_id: int
    issued_at: datetime
    expires_at: datetime
    masked: bool
    mark: str = ""


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
        if not camera.enabled and wish.what not in PAST:
            raise Conflict("camera_disabled", "This camera is switched off.")
        period = _period(wish) if wish.what in PAST else None
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
        return _addresses(grant_to(actor, _LIFETIME[wish.what]), camera, wish.what, period)


def open_live_views(
    actor: Actor, camera_ids: Sequence[int], purpose: str, incident_id: int | None
) -> dict[int, ViewAddresses]:
    """Live addresses of many cameras in one transaction, each on record by itself.

    Cameras outside the city or switched off are left out. Raises NotPermitted.
    """
    require(actor, _NEEDS[ViewKind.LIVE])
    with unit_of_work(actor) as work:
        cameras = Camera.objects.filter(pk__in=camera_ids, city_id=work.city_id, enabled=True)
        found = list(cameras.select_related("node").order_by("pk"))
        for camera in found:
            work.record(
                VideoViewed(
                    camera_id=camera.pk,
                    what=ViewKind.LIVE.value,
                    purpose=purpose,
                    incident_id=incident_id,
                )
            )
        grant = grant_to(actor, _LIFETIME[ViewKind.LIVE])
        return {c.pk: _addresses(grant, c, ViewKind.LIVE, None) for c in found}


def grant_to(actor: Actor, lifetime: timedelta) -> MediaGrant:
    """What `actor` may be given now. Raises NotPermitted for who is no person."""
    user = User.objects.filter(pk=actor.user_id or 0).first()
    if user is None:
        raise NotPermitted("video")
    now = clock.now()
    return MediaGrant(
        user_id=user.pk,
        issued_at=now,
        expires_at=now + lifetime,
        masked=scope_of(actor, Permission.VIEW_UNMASKED) is None,
        mark=standing_mark(user),
    )


def media_token(node: Node, subject: UUID | str, verbs: list[str], grant: MediaGrant) -> str:
    """A token that lets `grant` see `verbs` of a camera."""
    claims: dict[str, object] = {
        "c": str(subject),
        "v": verbs,
        "u": grant.user_id,
        "e": int(grant.expires_at.timestamp()),
        "i": round(grant.issued_at.timestamp(), 3),
        "m": grant.masked,
        "k": grant.mark,
    }
    return signed_claims(node, claims)


def signed_claims(node: Node, claims: dict[str, object]) -> str:
    """The token of the core ↔ node contract: base64url(json) "." base64url(HMAC-SHA256)."""
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
    grant: MediaGrant, camera: Camera, what: ViewKind, period: tuple[datetime, datetime] | None
) -> ViewAddresses:
    token = {"t": media_token(camera.node, camera.uuid, _VERBS[what], grant)}
    base = f"{camera.node.base_url.rstrip('/')}/media/{camera.uuid}"
    snapshot = f"{base}/snapshot.jpg?{urlencode(token)}"
    if what is ViewKind.LIVE:
        socket = base.replace("http", "ws", 1)
        return ViewAddresses(
            grant.expires_at,
            snapshot,
            live_ws=f"{socket}/live?{urlencode(token)}",
            live_sub_ws=f"{socket}/live?{urlencode({'q': 'sub'} | token)}",
            live_hls=f"{base}/hls/live.m3u8?{urlencode(token)}",
        )
    if period is None:
        return ViewAddresses(grant.expires_at, snapshot)
    query = urlencode({"from": _stamp(period[0]), "to": _stamp(period[1])} | token)
    return ViewAddresses(
        grant.expires_at,
        snapshot,
        play=f"{base}/play?{query}",
        play_hls=f"{base}/hls/play.m3u8?{query}",
        index=f"{base}/index?{query}",
        motion=f"{base}/motion?{query}",
        thumb=f"{base}/thumb.jpg?{urlencode(token)}",
        clip=f"{base}/clip.mp4?{query}",
    )


def _stamp(moment: datetime) -> str:
    return moment.isoformat()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
