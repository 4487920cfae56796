"""Verifies the signed part of media addresses; the core signs them with the same key.

TOKEN = base64url(JSON {c: camera uuid, v: [views], u: user id, e: expiry, i: issued at,
m: masked, k: mark}) . base64url(HMAC-SHA256)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum

from sigap.node.errors import TokenRefused

MAX_TOKEN_CHARACTERS = 2000
MAX_MARK_CHARACTERS = 40


class View(StrEnum):
    LIVE = "live"
    PLAY = "play"
    SNAPSHOT = "snapshot"
    PTZ = "ptz"
    SETUP = "setup"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token allows. Times in Unix seconds. `masked`: privacy masks are burnt in.

    `mark` stands for the person's password, role and city when it was issued; only the core reads
    it.
    """

    camera_uuid: str
    views: frozenset[str]
    user_id: str
    expires_at: float
    issued_at: float = 0.0
    masked: bool = True
    mark: str = ""


def verify_token(token: str, key: bytes, *, now: float) -> Pass:
    """Raises TokenRefused when forged or expired."""
    if not key or len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenRefused("no key yet, or token too long")
    body, _, signature = token.partition(".")
    expected = hmac.new(key, body.encode(), hashlib.sha256).digest()
    try:
        given = _decode(signature)
        if not hmac.compare_digest(given, expected):
            raise TokenRefused("forged")
        claims = json.loads(_decode(body))
        granted = Pass(
            camera_uuid=str(claims["c"]),
            views=frozenset(map(str, claims["v"])),
            user_id=str(claims["u"]),
            expires_at=float(claims["e"]),
            issued_at=float(claims.get("i", 0)),
            masked=bool(claims.get("m", True)),
            mark=str(claims.get("k", ""))[:MAX_MARK_CHARACTERS],
        )
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise TokenRefused("not a token") from error
    if granted.expires_at <= now:
        raise TokenRefused("expired")
    return granted


def sign_token(claims: Pass, key: bytes) -> str:
    """The core's side of the contract; here for tests and tools."""
    fields = {
        "c": claims.camera_uuid,
        "v": sorted(claims.views),
        "u": claims.user_id,
        "e": claims.expires_at,
        "i": claims.issued_at,
        "m": claims.masked,
        "k": claims.mark,
    }
    body = base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode()
    signature = hmac.new(key, body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _decode(text: str) -> bytes:
    """URL-safe base64, with or without padding."""
    bare = text.rstrip("=").encode("ascii")
    return base64.urlsafe_b64decode(bare + b"=" * (-len(bare) % 4))
