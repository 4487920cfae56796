"""What can happen to signals, calls and reports."""

from typing import ClassVar

from sigap.core.events import Event, register


class SignalEvent(Event):
    """An event about one signal."""

    table: ClassVar[str | None] = "signals"

    signal_id: int

    @property
    def row_id(self) -> int | None:
        """The signal."""
        return self.signal_id


class SignalReceived(SignalEvent):
    """A signal of any source arrived."""

    kind: ClassVar[str] = "signal.received"

    source: str
    priority: int
    category: str | None
    area_id: int | None
    camera_id: int | None = None
    rule_id: int | None = None
    observed_at: str


class SignalRepeated(SignalEvent):
    """The same rule of the same camera told again of what is still waiting."""

    kind: ClassVar[str] = "signal.repeated"

    repeat_count: int
    observed_at: str


class SignalSharpened(SignalEvent):
    """The node knows more of the alarm behind a signal: how it ended, what else it tripped."""

    kind: ClassVar[str] = "signal.sharpened"

    priority: int
    ended: bool


class SignalAcknowledged(SignalEvent):
    """An operator took the signal."""

    kind: ClassVar[str] = "signal.acknowledged"

    waited_s: float


class SignalDismissed(SignalEvent):
    """An operator decided that nothing is to be done, and said why."""

    kind: ClassVar[str] = "signal.dismissed"

    reason: str
    note: str


class SignalRestored(SignalEvent):
    """A dismissal was undone."""

    kind: ClassVar[str] = "signal.restored"


class CallTaken(Event):
    """A call to 112 was classed and kept. Holds no number: the log outlives personal data."""

    kind: ClassVar[str] = "call.taken"

    call_id: int
    call_class: str
    signal_id: int | None
    handling_s: float


class CallsOfNumberViewed(Event):
    """Somebody saw the earlier calls of a number."""

    kind: ClassVar[str] = "personal.calls_viewed"

    calls: int
    purpose: str


class ReportReceived(Event):
    """A citizen's report was accepted and routed."""

    kind: ClassVar[str] = "report.received"

    report_id: int
    signal_id: int
    agency_id: int
    verify_due_at: str


class ReportAdvanced(Event):
    """A citizen's report took a step."""

    kind: ClassVar[str] = "report.advanced"
    table: ClassVar[str | None] = "signals"

    report_id: int
    signal_id: int
    action: str
    state: str

    @property
    def row_id(self) -> int | None:
        """The report's signal."""
        return self.signal_id


class ReporterViewed(Event):
    """Somebody saw who sent a report or who called."""

    kind: ClassVar[str] = "personal.reporter_viewed"

    signal_id: int


register(
    SignalReceived,
    SignalRepeated,
    SignalSharpened,
    SignalAcknowledged,
    SignalDismissed,
    SignalRestored,
    CallTaken,
    CallsOfNumberViewed,
    ReportReceived,
    ReportAdvanced,
    ReporterViewed,
)
