"""What can happen to what is kept: retention, legal holds, evidence; and to the disks below."""

from typing import ClassVar

from sigap.cctv.events import CameraEvent
from sigap.core.events import Event, register


class RetentionChanged(Event):
    """How long recordings of a purpose are kept was decided anew.

    `shortens_at`: when a shorter time begins to count; None where it counts at once.
    """

    kind: ClassVar[str] = "retention.changed"

    purpose: str
    retention_h: int
    alarm_retention_h: int
    legal_basis: str
    former_retention_h: int = 0
    former_alarm_retention_h: int = 0
    shortens_at: str | None = None


class RetentionTookEffect(Event):
    """A shorter time that was decided before counts from now on: nodes delete what is older."""

    kind: ClassVar[str] = "retention.took_effect"

    purpose: str
    retention_h: int
    alarm_retention_h: int


class HoldPlaced(Event):
    """Recordings of a camera may not be deleted any more."""

    kind: ClassVar[str] = "hold.placed"

    hold: str
    camera_id: int
    period_start: str
    period_end: str
    reason: str


class HoldReleased(Event):
    """A legal hold ended; what is past its time is deleted."""

    kind: ClassVar[str] = "hold.released"

    hold: str
    camera_id: int
    reason: str


class EvidenceRequested(Event):
    """Somebody asked for recordings as evidence, and said why."""

    kind: ClassVar[str] = "evidence.requested"

    export: str
    cameras: list[int]
    masked: bool
    reason: str


class EvidenceReady(Event):
    """The files are cut; `number` and `manifest_sha256` put them into the city's chain."""

    kind: ClassVar[str] = "evidence.ready"

    export: str
    number: int
    manifest_sha256: str
    size_bytes: int


class EvidenceFailed(Event):
    """The node could not cut an export."""

    kind: ClassVar[str] = "evidence.failed"

    export: str
    problem: str


class EvidenceCancelled(Event):
    """Somebody no longer wants an export."""

    kind: ClassVar[str] = "evidence.cancelled"

    export: str


class EvidenceRetried(Event):
    """Somebody had a failed export tried again."""

    kind: ClassVar[str] = "evidence.retried"

    export: str


class EvidenceDownloaded(Event):
    """Somebody was given the address of an export's files, and said what for."""

    kind: ClassVar[str] = "evidence.downloaded"

    export: str
    number: int
    purpose: str


class RecordingFailing(CameraEvent):
    """Pictures came and were not recorded for longer than is tolerated within 24 hours."""

    kind: ClassVar[str] = "camera.recording_failing"

    name: str
    unrecorded_s: float


class RecordingHealed(CameraEvent):
    """The last 24 hours are recorded again, as far as pictures came."""

    kind: ClassVar[str] = "camera.recording_healed"

    name: str


class DiskFilling(Event):
    """A node foresees that recordings must be deleted sooner than promised."""

    kind: ClassVar[str] = "node.disk_filling"

    node_id: int
    name: str
    full_at: str


class DiskEased(Event):
    """A node keeps again what is promised."""

    kind: ClassVar[str] = "node.disk_eased"

    node_id: int
    name: str


register(
    RetentionChanged,
    RetentionTookEffect,
    HoldPlaced,
    HoldReleased,
    EvidenceRequested,
    EvidenceReady,
    EvidenceFailed,
    EvidenceCancelled,
    EvidenceRetried,
    EvidenceDownloaded,
    RecordingFailing,
    RecordingHealed,
    DiskFilling,
    DiskEased,
)
