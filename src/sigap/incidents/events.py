"""What can happen to incidents."""

from typing import ClassVar

from sigap.core.events import Event, register


class IncidentEvent(Event):
    """An event about one incident."""

    table: ClassVar[str | None] = "incidents"

    incident_id: int

    @property
    def row_id(self) -> int | None:
        """The incident."""
        return self.incident_id


class IncidentOpened(IncidentEvent):
    """The city decided to act."""

    kind: ClassVar[str] = "incident.opened"

    signal_id: int | None
    category: str
    emergency: bool
    priority: int
    area_id: int | None
    received_at: str


class SignalLinked(IncidentEvent):
    """A signal was joined to an incident; the signal's own row changes with `SignalDecided`."""

    kind: ClassVar[str] = "incident.signal_linked"

    signal_id: int


class SignalUnlinked(IncidentEvent):
    """A signal was taken out of an incident again."""

    kind: ClassVar[str] = "incident.signal_unlinked"

    signal_id: int


class SignalDecided(Event):
    """A signal left the queue for an incident, or came back from it."""

    kind: ClassVar[str] = "signal.decided"
    table: ClassVar[str | None] = "signals"

    signal_id: int
    action: str

    @property
    def row_id(self) -> int | None:
        """The signal."""
        return self.signal_id


class IncidentEdited(IncidentEvent):
    """Priority, category, title or place was corrected; `changes` is field → [before, after]."""

    kind: ClassVar[str] = "incident.edited"

    changes: dict[str, list[str]]


class IncidentBegun(IncidentEvent):
    """Somebody works on it."""

    kind: ClassVar[str] = "incident.begun"


class IncidentResolved(IncidentEvent):
    """The work is done; a person has yet to close it."""

    kind: ClassVar[str] = "incident.resolved"


class IncidentClosed(IncidentEvent):
    """The incident ended, with its proof."""

    kind: ClassVar[str] = "incident.closed"

    disposition: str
    note: str
    photo: str | None


class IncidentReopened(IncidentEvent):
    """The incident goes on."""

    kind: ClassVar[str] = "incident.reopened"

    reason: str


class IncidentNoted(IncidentEvent):
    """Somebody wrote or photographed something about it."""

    kind: ClassVar[str] = "incident.noted"

    text: str
    photo: str | None


class PartyInvolved(IncidentEvent):
    """An agency or unit takes part from now on."""

    kind: ClassVar[str] = "incident.party_involved"

    agency_id: int
    unit_id: int | None


register(
    IncidentOpened,
    SignalLinked,
    SignalUnlinked,
    SignalDecided,
    IncidentEdited,
    IncidentBegun,
    IncidentResolved,
    IncidentClosed,
    IncidentReopened,
    IncidentNoted,
    PartyInvolved,
)
