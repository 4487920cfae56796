"""What can happen to cameras, and who looked through them."""

from typing import ClassVar

from sigap.core.events import Event, register


class CameraEvent(Event):
    """An event about one camera."""

    table: ClassVar[str | None] = "cameras"

    camera_id: int

    @property
    def row_id(self) -> int | None:
        """The camera."""
        return self.camera_id


class CameraAdded(CameraEvent):
    """A camera joined the city."""

    kind: ClassVar[str] = "camera.added"

    name: str


class CameraChanged(CameraEvent):
    """What is configured of a camera changed; `fields` names it, never its values."""

    kind: ClassVar[str] = "camera.changed"

    fields: list[str]


class RuleChanged(CameraEvent):
    """A rule was drawn, changed or removed."""

    kind: ClassVar[str] = "camera.rule_changed"

    rule_id: int
    change: str
    fields: list[str] = []


class RuleQuieted(CameraEvent):
    """A rule's alarms no longer come into the queue; `by_system`: it fell under its floor."""

    kind: ClassVar[str] = "camera.rule_quieted"

    rule_id: int
    name: str
    reason: str
    by_system: bool


class RuleRestored(CameraEvent):
    """A person put a quiet rule back, and said why."""

    kind: ClassVar[str] = "camera.rule_restored"

    rule_id: int
    reason: str


class MasksChanged(CameraEvent):
    """The masked parts of a camera's picture changed."""

    kind: ClassVar[str] = "camera.masks_changed"

    masks: int


class CameraWentSilent(CameraEvent):
    """No usable picture for too long. `since` is the last frame, or when we began to wait."""

    kind: ClassVar[str] = "camera.went_silent"

    name: str
    state: str
    reason: str
    since: str


class CameraReturned(CameraEvent):
    """Pictures arrive; `outage_s` is how long they did not, 0 on the first sight."""

    kind: ClassVar[str] = "camera.returned"

    name: str
    outage_s: float


class VideoViewed(Event):
    """Somebody was given addresses of a camera's video, and said what for."""

    kind: ClassVar[str] = "video.viewed"

    camera_id: int
    what: str
    purpose: str
    # ISO stamps of the period looked back at; None for live.
    period_start: str | None = None
    period_end: str | None = None


class AlarmsSearched(Event):
    """Somebody looked through past alarms, and said what for; `cameras`: in how many, 0: in all."""

    kind: ClassVar[str] = "alarms.searched"

    purpose: str
    text: str
    cameras: int
    found: int


class AlarmsJudged(Event):
    """A person said what alarms of a rule were worth; an empty verdict takes an older one back.

    `by_decision`: the verdict follows from what was done with their signal.
    """

    kind: ClassVar[str] = "alarm.judged"

    camera_id: int
    rule_id: int
    verdict: str
    alarms: list[str]
    signal_id: int | None = None
    by_decision: bool = False


class CameraSetupOpened(Event):
    """Somebody was given leave to look for cameras and at streams through a node."""

    kind: ClassVar[str] = "camera.setup_opened"

    node_id: int


class CameraSteeringOpened(Event):
    """Somebody was given leave to turn a camera, and said what for."""

    kind: ClassVar[str] = "camera.steering_opened"

    camera_id: int
    purpose: str


class CamerasImported(Event):
    """Cameras came in from a table; each has an event of its own too."""

    kind: ClassVar[str] = "camera.imported"

    added: int
    changed: int


class NodeEnrolled(Event):
    """A camera node got a (new) token."""

    kind: ClassVar[str] = "node.enrolled"

    node_id: int
    name: str
    epoch: int


register(
    CameraAdded,
    CameraChanged,
    RuleChanged,
    RuleQuieted,
    RuleRestored,
    MasksChanged,
    CameraWentSilent,
    CameraReturned,
    VideoViewed,
    CameraSetupOpened,
    CameraSteeringOpened,
    CamerasImported,
    AlarmsSearched,
    AlarmsJudged,
    NodeEnrolled,
)
