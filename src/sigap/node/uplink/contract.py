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


class _Received(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


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


class NodeConfig(_Received):
    """`media_key`: hex; the HMAC key of media addresses."""

    node_id: int | str
    epoch: int
    version: int
    media_key: str = Field(pattern=r"^[0-9a-fA-F]{32,}$")
    cameras: list[CameraConfig]


class CameraHealth(BaseModel):
    """The fields from `analysis` on tell more than the core asks for."""

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


class HealthReport(BaseModel):
    sent_at: datetime
    epoch: int
    cameras: list[CameraHealth]
    rss_bytes: int
    cpu_s: float


class AlarmReport(BaseModel):
    """Boxes and points are 0..1 of the picture; `picture` is a JPEG in base64."""

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
