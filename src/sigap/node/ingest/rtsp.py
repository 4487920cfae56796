"""RTSP messages and authentication (RFC 2326, RFC 7616). For the receiver and the simulator."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from sigap.node.errors import CameraError

DEFAULT_PORT = 554
DEFAULT_TLS_PORT = 322
MAX_MESSAGE_BYTES = 64 << 10
INTERLEAVED = ord("$")
_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class _Hash(Protocol):
    def hexdigest(self) -> str: ...


_ALGORITHMS: dict[str, Callable[[bytes], _Hash]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response: `start` is its first line, header names are lower case."""

    start: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def status(self) -> int:
        """Status code of a response; 0 for a request."""
        parts = self.start.split(" ", 2)
        return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


def parse_message(data: bytes | bytearray, begin: int, end: int) -> tuple[Message, int] | None:
    """The message at `begin` and where it ends; None while it is incomplete.

    Raises CameraError for what is neither RTSP nor short enough to become it.
    """
    head_end = data.find(b"\r\n\r\n", begin, end)
    if head_end < 0:
        if end - begin > MAX_MESSAGE_BYTES or not _looks_like_text(data[begin : begin + 8]):
            raise CameraError("camera sends rubbish")
        return None
    lines = bytes(data[begin:head_end]).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_MESSAGE_BYTES:
        raise CameraError("camera sends rubbish")
    body_end = head_end + 4 + int(length)
    if body_end > end:
        return None
    return Message(lines[0], headers, bytes(data[head_end + 4 : body_end])), body_end


def _looks_like_text(start: bytes | bytearray) -> bool:
    return all(32 <= byte < 127 or byte in (9, 10, 13) for byte in start)


@dataclass(frozen=True, slots=True)
class RtspAddress:
    """A camera's address, with the credentials taken out of the URL that goes over the wire."""

    host: str
    port: int
    url: str
    user: str
    password: str
    tls: bool = False

    @classmethod
    def parse(cls, url: str) -> RtspAddress:
        """Raises CameraError when it is no RTSP address."""
        try:
            parts = urlsplit(url)
            tls = parts.scheme == "rtsps"
            port = parts.port or (DEFAULT_TLS_PORT if tls else DEFAULT_PORT)
        except ValueError as error:
            raise CameraError(f"bad address: {error}", misconfigured=True) from error
        if parts.scheme not in ("rtsp", "rtsps") or not parts.hostname:
            raise CameraError("bad address", misconfigured=True)
        place = parts.netloc.rpartition("@")[2]
        bare = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, bare, user, password, tls)


@dataclass(slots=True)
class Credentials:
    """Answers a camera's challenge. Digest with or without qop; Basic."""

    user: str
    password: str
    _challenge: dict[str, str] = field(default_factory=dict)
    _basic: bool = False
    _uses: int = 0

    def take_challenge(self, header: str) -> bool:
        """Remember a WWW-Authenticate header. False when there is no way to answer it."""
        if not self.user:
            return False
        scheme = header.split(" ", 1)[0].lower()
        self._basic = scheme == "basic"
        self._challenge = parse_parameters(header) if scheme == "digest" else {}
        return self._basic or self._challenge.get("algorithm", "MD5").upper() in _ALGORITHMS

    def header(self, method: str, uri: str) -> str:
        """Value of the Authorization header; empty before a challenge."""
        if self._basic:
            pair = f"{self.user}:{self.password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        if not self._challenge:
            return ""
        self._uses += 1
        return digest_header(self, self._challenge, (method, uri), count=self._uses)


def parse_parameters(header: str) -> dict[str, str]:
    """`key="value"` pairs of an authentication header."""
    return {
        name.lower(): quoted or plain
        for name, quoted, plain in _PARAMETER.findall(header.partition(" ")[2])
    }


def digest_header(
    who: Credentials, challenge: Mapping[str, str], request: tuple[str, str], *, count: int
) -> str:
    """The Authorization value of RFC 7616; `request` is (method, URI)."""
    method, uri = request
    realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")
    name = challenge.get("algorithm", "MD5").upper()
    cnonce, uses = secrets.token_hex(8), f"{count:08x}"
    with_qop = "auth" in challenge.get("qop", "").split(",")
    middle = f"{nonce}:{uses}:{cnonce}:auth" if with_qop else nonce
    secret = _hash(name, f"{who.user}:{realm}:{who.password}")
    response = _hash(name, f"{secret}:{middle}:{_hash(name, f'{method}:{uri}')}")
    fields = f'username="{who.user}", realm="{realm}", nonce="{nonce}", uri="{uri}"'
    if with_qop:
        fields += f', qop=auth, nc={uses}, cnonce="{cnonce}"'
    if "algorithm" in challenge:
        fields += f", algorithm={challenge['algorithm']}"
    if "opaque" in challenge:
        fields += f', opaque="{challenge["opaque"]}"'
    return f'Digest {fields}, response="{response}"'


def expected_response(header: str, method: str, password: str) -> str:
    """What the `response` of a client's Digest header must be. For the simulator."""
    given = parse_parameters(header)
    secret = _hash("MD5", f"{given.get('username')}:{given.get('realm')}:{password}")
    request = _hash("MD5", f"{method}:{given.get('uri')}")
    middle = given.get("nonce", "")
    if given.get("qop"):
        middle += f":{given.get('nc')}:{given.get('cnonce')}:auth"
    return _hash("MD5", f"{secret}:{middle}:{request}")


def _hash(algorithm: str, text: str) -> str:
    return _ALGORITHMS[algorithm](text.encode()).hexdigest()
