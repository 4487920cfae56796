"""The event types' base. Each domain package lists its own in `<package>/events.py`.

An event says what happened, in the past tense, as a frozen typed model. `unit_of_work` appends it
to the log in the transaction of the change.
"""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """Something that happened in one city.

    `kind` is the stable name ("signal.acknowledged"). `table` names the console table whose row
    the event changes, `row_id` gives the row's key; both None for events that change no row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str]
    table: ClassVar[str | None] = None

    incident_id: int | None = None

    @property
    def row_id(self) -> int | None:
        """Key of the changed row in `table`."""
        return None


_registry: dict[str, type[Event]] = {}


def register(*types: type[Event]) -> None:
    """Make event types known to the log's readers; a kind may have one type only."""
    for event_type in types:
        known = _registry.setdefault(event_type.kind, event_type)
        if known is not event_type:
            raise ValueError(f"two event types claim the kind {event_type.kind!r}")


def event_type(kind: str) -> type[Event]:
    """The type of `kind`. Raises KeyError for a kind nobody registered."""
    return _registry[kind]


def known_kinds() -> frozenset[str]:
    """All registered kinds."""
    return frozenset(_registry)
