"""Addresses of video sources: what is allowed, and how one is shown without its password."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit, urlunsplit

from sigap.core.refusals import Invalid

SCHEMES = ("rtsp", "rtsps", "file")


def checked_source(url: str) -> str:
    """`url`, if it is RTSP or a file. Raises Invalid."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        raise _refused() from None
    if parts.scheme not in SCHEMES or any(ord(sign) < 32 for sign in url):
        raise _refused()
    if parts.scheme == "file":
        path = PurePosixPath(parts.path)
        if parts.netloc or not path.is_absolute() or ".." in path.parts:
            raise _refused()
    elif not parts.hostname:
        raise _refused()
    return urlunsplit(parts)


def shown_source(url: str) -> str:
    """`url` with the password covered."""
    parts = urlsplit(url)
    if not parts.password:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:•••@{host}"))


def bare_source(url: str) -> str:
    """`url` without user and password, for telling whether two are the same stream."""
    parts = urlsplit(url.strip())
    host = parts.netloc.rpartition("@")[2].lower()
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=host, fragment=""))


def _refused() -> Invalid:
    return Invalid(
        "bad_source",
        "Give the camera as rtsp://host/path, or a clip as file:///path.",
        field="source_url",
    )
