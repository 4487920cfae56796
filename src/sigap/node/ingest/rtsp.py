"""RTSP messages and authentication (RFC 2326, RFC 7616). For the receiver and the simulator."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from sigap.node.errors import CameraError

BAD_ADDRESS = "bad address: in user and password write / as %2F, # as %23, ? as %3F, @ as %40"
DEFAULT_PORT = 554
DEFAULT_TLS_PORT = 322
MAX_MESSAGE_BYTES = 64 << 10
INTERLEAVED = ord("$")
CHALLENGE = "www-authenticate"
_PARAMETER = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_ESCAPED = re.compile(r"\\(.)")
_SESSION = "-SESS"


class _Hash(Protocol):
    def hexdigest(self) -> str: ...


_ALGORITHMS: dict[str, Callable[[bytes], _Hash]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
_STRENGTH = ("SHA-256", "MD5")


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

    Raises CameraError for what is neither RTSP nor short enough to become it. Text between two
    messages is the rest of a description that is longer than it was said to be, and passed over.
    """
    head_end = data.find(b"\r\n\r\n", begin, end)
    if head_end < 0:
        if end - begin > MAX_MESSAGE_BYTES or not _looks_like_text(data[begin : begin + 8]):
            raise CameraError("camera sends rubbish")
        return None
    message = _parse_head(bytes(data[begin:head_end]))
    length = message.header("content-length") or "0"
    if not length.isdigit() or int(length) > MAX_MESSAGE_BYTES:
        raise CameraError("camera sends rubbish")
    body_end = head_end + 4 + int(length)
    if body_end > end:
        return None
    if message.header("content-type").startswith("application/sdp"):
        body_end = _end_of_description(data, body_end, end)
    return replace(message, body=bytes(data[head_end + 4 : body_end])), body_end


def parse_cut_message(data: bytes) -> Message | None:
    """A description that is shorter than it was said to be, once nothing more comes of it."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator or not body.startswith(b"v=") or not body.endswith(b"\n"):
        return None
    return replace(_parse_head(head), body=body)


def _parse_head(head: bytes) -> Message:
    lines = head.decode("latin-1").split("\r\n")
    first = next((n for n, line in enumerate(lines) if "RTSP/1." in line), 0)
    headers: dict[str, str] = {}
    for line in lines[first + 1 :]:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        # Each challenge may have a header of its own.
        more = f"{headers[key]}\n" if key == CHALLENGE and key in headers else ""
        headers[key] = more + value.strip()
    return Message(lines[first], headers)


def _end_of_description(data: bytes | bytearray, said: int, end: int) -> int:
    """Nothing but a packet or a message can follow it: what else is there belongs to it."""
    rest = bytes(data[said:end])
    if not rest or rest[0] == INTERLEAVED or rest.startswith(b"RTSP/"):
        return said
    following = rest.find(b"RTSP/1.")
    return said + following if following >= 0 else end


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
            # The words of the error may hold a part of the password.
            raise CameraError(BAD_ADDRESS, misconfigured=True) from error
        if parts.scheme not in ("rtsp", "rtsps") or not parts.hostname:
            raise CameraError(BAD_ADDRESS, misconfigured=True)
        place = parts.netloc.rpartition("@")[2]
        bare = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, bare, user, password, tls)

    def moved_to(self, url: str) -> RtspAddress:
        """Where a camera sends us. Login stays with the host it was given for, TLS stays on."""
        there = RtspAddress.parse(url)
        if self.tls and not there.tls:
            raise CameraError("camera sends us from rtsps:// to rtsp://")
        if there.host != self.host:
            return replace(there, user="", password="")
        return replace(there, user=self.user, password=self.password)


@dataclass(slots=True)
class Credentials:
    """Answers a camera's challenge. Digest with or without qop; Basic where there is no other."""

    user: str
    password: str
    _challenge: dict[str, str] = field(default_factory=dict)
    _basic: bool = False
    _uses: int = 0

    def take_challenge(self, header: str) -> bool:
        """Remember the WWW-Authenticate headers, a line each.

        False when there is no way to answer, or the last answer to the same was wrong.
        """
        if not self.user:
            return False
        offers = [line for line in header.split("\n") if line.lower().startswith("digest ")]
        known = [(_rank(parse_parameters(line)), parse_parameters(line)) for line in offers]
        best = min((pair for pair in known if pair[0] >= 0), key=lambda pair: pair[0], default=None)
        if best is None:
            was_basic, self._basic = self._basic, "basic" in header.lower()
            return self._basic and not was_basic
        is_new = best[1].get("nonce") != self._challenge.get("nonce")
        self._challenge, self._basic = best[1], False
        self._uses = 0 if is_new else self._uses
        return is_new

    def header(self, method: str, uri: str) -> str:
        """Value of the Authorization header; empty before a challenge."""
        if self._basic:
            pair = f"{self.user}:{self.password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        if not self._challenge:
            return ""
        self._uses += 1
        return digest_header(self, self._challenge, (method, uri), count=self._uses)


def _rank(challenge: Mapping[str, str]) -> int:
    """The strongest first; negative for what we cannot do."""
    name = challenge.get("algorithm", "MD5").upper().removesuffix(_SESSION)
    return _STRENGTH.index(name) if name in _STRENGTH else -1


def parse_parameters(header: str) -> dict[str, str]:
    """`key="value"` pairs of an authentication header."""
    return {
        name.lower(): _ESCAPED.sub(r"\1", quoted) or plain
        for name, quoted, plain in _PARAMETER.findall(header.partition(" ")[2])
    }


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def digest_header(
    who: Credentials, challenge: Mapping[str, str], request: tuple[str, str], *, count: int
) -> str:
    """The Authorization value of RFC 7616; `request` is (method, URI)."""
    method, uri = request
    realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")
    name = challenge.get("algorithm", "MD5").upper()
    cnonce, uses = secrets.token_hex(8), f"{count:08x}"
    with_qop = "auth" in re.split(r"[,\s]+", challenge.get("qop", ""))
    middle = f"{nonce}:{uses}:{cnonce}:auth" if with_qop else nonce
    secret = _hash(name, f"{who.user}:{realm}:{who.password}")
    if name.endswith(_SESSION):
        secret = _hash(name, f"{secret}:{nonce}:{cnonce}")
    response = _hash(name, f"{secret}:{middle}:{_hash(name, f'{method}:{uri}')}")
    fields = f"username={_quoted(who.user)}, realm={_quoted(realm)}"
    fields += f', nonce={_quoted(nonce)}, uri="{uri}"'
    if with_qop:
        fields += f', qop=auth, nc={uses}, cnonce="{cnonce}"'
    if "algorithm" in challenge:
        fields += f", algorithm={challenge['algorithm']}"
    if "opaque" in challenge:
        fields += f", opaque={_quoted(challenge['opaque'])}"
    return f'Digest {fields}, response="{response}"'


def expected_response(header: str, method: str, password: str) -> str:
    """What the `response` of a client's Digest header must be. For the simulator."""
    given = parse_parameters(header)
    name = given.get("algorithm", "MD5").upper()
    if _rank(given) < 0:
        return ""
    secret = _hash(name, f"{given.get('username')}:{given.get('realm')}:{password}")
    request = _hash(name, f"{method}:{given.get('uri')}")
    middle = given.get("nonce", "")
    if given.get("qop"):
        middle += f":{given.get('nc')}:{given.get('cnonce')}:auth"
    return _hash(name, f"{secret}:{middle}:{request}")


def _hash(algorithm: str, text: str) -> str:
    return _ALGORITHMS[algorithm.removesuffix(_SESSION)](text.encode()).hexdigest()
