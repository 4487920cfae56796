"""The one clock. Tests hold it with `frozen_at`; nothing else calls `datetime.now`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen: ContextVar[datetime | None] = ContextVar("sigap_frozen_clock", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Hold the clock of this context at `moment` (aware)."""
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
