"""Whom a simulated camera lets in: its challenges, and what answers them. Used by `session`."""

from __future__ import annotations

import base64
import secrets
import time
from dataclasses import dataclass

from sigap.node.ingest.rtsp import Message, expected_response, parse_parameters

REALM = "sigap"


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials a simulated camera asks for; an empty user means none.

    `schemes`: what it offers, each in a header of its own, in this order: names of hashes for
    Digest, or `Basic`.
    """

    user: str = ""
    password: str = ""
    schemes: tuple[str, ...] = ("MD5",)


class Doorkeeper:
    """Of one connection. `nonce_s`: how long a nonce holds."""

    def __init__(self, login: Login) -> None:
        self.nonce_s = float("inf")
        self._login = login
        self._nonce, self._made_at = secrets.token_hex(8), time.monotonic()
        self._uses = 0

    def refuses(self, request: Message, method: str) -> list[str]:
        """The challenges to answer with; empty for who may come in."""
        if not self._login.user or method == "OPTIONS":
            return []
        header, is_stale = request.header("authorization"), False
        if header.lower().startswith("basic "):
            if self._knows(header):
                return []
        elif self._is_right(header, method):
            if time.monotonic() - self._made_at <= self.nonce_s and self._counts(header):
                return []
            self._nonce, self._made_at, self._uses = secrets.token_hex(8), time.monotonic(), 0
            is_stale = True
        return [self._challenge(scheme, is_stale=is_stale) for scheme in self._login.schemes]

    def _knows(self, header: str) -> bool:
        pair = f"{self._login.user}:{self._login.password}".encode()
        right = header[6:].strip() == base64.b64encode(pair).decode()
        return "Basic" in self._login.schemes and right

    def _is_right(self, header: str, method: str) -> bool:
        given = parse_parameters(header)
        scheme = given.get("algorithm", "MD5")
        return (
            scheme in self._login.schemes
            and given.get("username") == self._login.user
            and given.get("nonce") == self._nonce
            and given.get("response") == expected_response(header, method, self._login.password)
        )

    def _counts(self, header: str) -> bool:
        """RFC 7616 3.4.5: the count begins at 1 with each nonce and goes up by one."""
        self._uses += 1
        return int(parse_parameters(header).get("nc", "0"), 16) == self._uses

    def _challenge(self, scheme: str, *, is_stale: bool) -> str:
        if scheme == "Basic":
            return f'Basic realm="{REALM}"'
        text = f'Digest realm="{REALM}", nonce="{self._nonce}", qop="auth", algorithm={scheme}'
        return text + ", stale=true" if is_stale else text
