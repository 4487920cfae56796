"""Times in addresses and answers of the media server: ISO 8601, UTC where no zone is said."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from sigap.node.recording.segments import Span


def span_of(request: web.Request, longest_s: float) -> Span:
    """Raises ValueError for times that are none, the wrong way round, or too far apart."""
    begin, end = moment_of(request, "from"), moment_of(request, "to")
    if not 0 < end - begin <= longest_s:
        raise ValueError(f"`to` must come after `from`, by at most {longest_s:.0f} s")
    return Span(begin, end)


def moment_of(request: web.Request, name: str) -> float:
    """Unix seconds. Raises ValueError."""
    text = request.query.get(name, "")
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise ValueError(f"`{name}` is no time") from error


def iso(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds")
