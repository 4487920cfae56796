"""Who listens to what: one page. Lower packages announce events, higher ones act on them.

The worker (`config.worker`) follows every city's log and calls these functions in order of the
log. A handler runs in the transaction that also moves its subscriber's position, and must bear
being called again with the same event.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sigap.core.models import EventRecord
from sigap.followup.subscribers import on_incident_closed, on_incident_opened, on_signal_linked
from sigap.intake.camera_health import signal_silent_camera
from sigap.intake.rule_verdicts import (
    demote_wrong_rule,
    forget_dismissal,
    judge_by_decision,
    judge_by_dismissal,
    note_quiet_rule,
)

Handler = Callable[[EventRecord], None]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A follower of the log with a position of its own. `name` is stable: the position's key."""

    name: str
    handlers: Mapping[str, Handler]


SUBSCRIBERS = (
    Subscriber("intake.cameras", {"camera.went_silent": signal_silent_camera}),
    Subscriber(
        "intake.rules",
        {
            "signal.dismissed": judge_by_dismissal,
            "signal.decided": judge_by_decision,
            "signal.restored": forget_dismissal,
            "alarm.judged": demote_wrong_rule,
            "camera.rule_quieted": note_quiet_rule,
        },
    ),
    Subscriber(
        "followup",
        {
            "incident.opened": on_incident_opened,
            "incident.signal_linked": on_signal_linked,
            "incident.closed": on_incident_closed,
        },
    ),
)
