"""What goes over the wire between core and node, as the core's API defines it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

Point = tuple[float, float]


class CameraState(StrEnum):
    UP = "up"
    SILENT = "silent"
    CONNECTING = "connecting"
    DISABLED = "disabled"
    BAD = "bad"


class AnalysisState(StrEnum):
    """OVERLOADED: pictures are being skipped; how many is in `analysis_dropped`."""

    OFF = "off"
    STARTING = "starting"
    ON = "on"
    NO_MODEL = "no model"
    OVERLOADED = "overloaded"
    FAILED = "failed"


class DecodeLevel(StrEnum):
    """How much of a camera is being decoded now, cheapest first."""

    OFF = "off"
    KEYFRAMES = "keyframes"
    ANALYSIS = "analysis"
    FULL = "full"


class Measure(StrEnum):
    """What a measuring rule reads, beside crossings."""

    SPEED_KMH = "speed_kmh"
    QUEUE_M = "queue_m"
    QUEUE_COUNT = "queue_count"
    CROWD_COUNT = "crowd_count"


class _Received(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


GroundPoint = tuple[float, float, float, float]
"""x, y of the picture (0..1) and the place on the ground that is seen there: east, north in m."""


class RuleSettings(_Received):
    """What only some kinds of rule need. `ground`: at least four points, or empty."""

    direction: str | None = None
    min_count: int | None = None
    limit_kmh: float | None = None
    limit_m: float | None = None
    ground: list[GroundPoint] = Field(default=[], max_length=40)
    sensitivity: float | None = None


class HoldConfig(_Received):
    """Recordings that may not be deleted, whatever their age."""

    uuid: str
    start: datetime
    end: datetime


class ExportItem(_Received):
    camera_uuid: str
    start: datetime
    end: datetime


class ExportConfig(_Received):
    """Evidence that somebody asked for; the node cuts it and reports the files' digests."""

    uuid: str = Field(pattern=r"^[0-9A-Za-z-]{1,64}$")
    masked: bool = False
    items: list[ExportItem] = Field(max_length=64)


class RuleConfig(_Received):
    id: int
    uuid: str
    kind: str
    name: str
    points: list[Point] = Field(max_length=200)
    classes: list[str] = ["person"]
    min_score: float = 0.4
    dwell_s: float = 0.0
    enabled: bool = True
    settings: RuleSettings = RuleSettings()


class CameraConfig(_Received):
    id: int
    uuid: str = Field(pattern=r"^[0-9A-Za-z-]{1,64}$")
    name: str
    source_url: str = Field(max_length=2000)
    analyse: bool = True
    enabled: bool = True
    analysis_fps: float = Field(default=5.0, gt=0, le=30)
    retention_h: float = Field(default=24.0, ge=0)
    rules: list[RuleConfig] = []
    masks: list[list[Point]] = []
    purpose: str = "security"
    sub_url: str = Field(default="", max_length=2000)
    critical: bool = False
    keep_audio: bool = False
    alarm_retention_h: float = Field(default=720.0, ge=0)
    holds: list[HoldConfig] = []
    onvif_url: str = Field(default="", max_length=500)


class NodeConfig(_Received):
    """`media_key`: hex; the HMAC key of media addresses."""

    node_id: int | str
    epoch: int
    version: int
    media_key: str = Field(pattern=r"^[0-9a-fA-F]{32,}$")
    cameras: list[CameraConfig]
    exports: list[ExportConfig] = []


class CameraHealth(BaseModel):
    """The fields from `analysis` on tell more than the core asks for.

    `gap_s_24h`: missing between the first recording and now; `unrecorded_s_24h`: of this, while
    pictures came.
    """

    camera_id: int
    state: CameraState
    reason: str
    fps: float
    bitrate_bps: int
    last_frame_at: datetime | None
    width: int
    height: int
    codec: str
    recording: bool
    segments_bytes: int
    analysis: AnalysisState = AnalysisState.OFF
    analysis_dropped: int = 0
    packets_lost: int = 0
    fragments_lost: int = 0
    timestamp_jumps: int = 0
    viewers: int = 0
    recorded_from: datetime | None = None
    gap_s_24h: float = 0.0
    unrecorded_s_24h: float = 0.0
    clock_skew_s: float | None = None
    key_interval_s: float = 0.0
    audio_codec: str = ""
    decode_level: DecodeLevel = DecodeLevel.OFF
    detector_wait_ms: float = 0.0


class ViewerReport(BaseModel):
    """Somebody who is watching now. `mark`: as it stands in the token, for the core to compare."""

    user_id: str
    camera_uuid: str
    view: str
    since: datetime
    mark: str = ""


class HealthAnswer(_Received):
    """What the core says to a report: whose viewing ends now."""

    cut: list[str] = []


class HealthReport(BaseModel):
    """`disk_full_at`: when recordings will be deleted sooner than promised, None if never.

    `detector_busy`: share of the detector's budget that is used, 0..1.
    """

    sent_at: datetime
    epoch: int
    cameras: list[CameraHealth]
    rss_bytes: int
    cpu_s: float
    disk_total_bytes: int = 0
    disk_free_bytes: int = 0
    disk_full_at: datetime | None = None
    detector_busy: float = 0.0
    detector_queue_ms: float = 0.0
    viewers: list[ViewerReport] = []


class AlarmDetails(BaseModel):
    """What a rule tells beside the track. `also_rule_ids`: others that the same track tripped."""

    kind: str = ""
    count: int | None = None
    speed_kmh: float | None = None
    length_m: float | None = None
    change: str | None = None
    also_rule_ids: list[int] = []
    colour: str | None = None


class AlarmReport(BaseModel):
    """Boxes and points are 0..1 of the picture; `picture` is a JPEG in base64.

    The same uuid may come again, with its end, its clip and the rules it tripped since.
    """

    uuid: str
    camera_id: int
    rule_id: int
    started_at: datetime
    observed_at: datetime
    class_: str = Field(serialization_alias="class", validation_alias="class")
    score: float
    track_id: int
    box: tuple[float, float, float, float]
    track: list[Point]
    picture: str
    ended_at: datetime | None = None
    clip_from: datetime | None = None
    clip_to: datetime | None = None
    details: AlarmDetails = AlarmDetails()


class MeasureRow(BaseModel):
    """What one rule read in one minute; absolute, so that sending twice does no harm."""

    camera_id: int
    rule_id: int
    minute: datetime
    measure: Measure
    class_: str = Field(serialization_alias="class", validation_alias="class")
    samples: int
    mean: float
    largest: float


class CountRow(BaseModel):
    """Crossings of one line in one minute; absolute, so that sending twice does no harm."""

    camera_id: int
    rule_id: int
    minute: datetime
    class_: str = Field(serialization_alias="class", validation_alias="class")
    forward: int
    backward: int


def instant(unix_s: float) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)
