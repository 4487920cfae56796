"""What a node has to watch, as it asks for it every two seconds (core ↔ node contract)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from sigap.cctv.models import Camera, Node, Rule
from sigap.cctv.shapes import Points

ANALYSIS_FPS = 5
DEFAULT_RETENTION_H = 168
DEFAULT_ALARM_RETENTION_H = 720


class NodeRule(BaseModel):
    """A rule as the node runs it. Of a line, p0→p1 is crossed forward from left to right."""

    id: int
    uuid: UUID
    kind: str
    name: str
    points: Points
    classes: list[str]
    min_score: float
    dwell_s: float
    enabled: bool
    settings: dict[str, Any]


class NodeHold(BaseModel):
    """Recordings that the node may not delete."""

    uuid: UUID
    start: datetime
    end: datetime


class NodeExportItem(BaseModel):
    """A stretch of one camera to be cut."""

    camera_uuid: UUID
    start: datetime
    end: datetime


class NodeExport(BaseModel):
    """Evidence that the node has to cut."""

    uuid: UUID
    masked: bool
    items: list[NodeExportItem]


class NodeCamera(BaseModel):
    """A camera as its node reads it; the only place where `source_url` leaves the core."""

    id: int
    uuid: UUID
    name: str
    source_url: str
    analyse: bool
    enabled: bool
    analysis_fps: int
    retention_h: int
    rules: list[NodeRule]
    masks: list[Points]
    purpose: str
    sub_url: str
    critical: bool
    keep_audio: bool
    alarm_retention_h: int
    holds: list[NodeHold]
    onvif_url: str


class NodeConfig(BaseModel):
    """All that a node needs. `media_key` is hexadecimal."""

    node_id: int
    epoch: int
    media_key: str
    cameras: list[NodeCamera]
    exports: list[NodeExport] = []
    version: int


def node_config(node: Node) -> NodeConfig:
    """The configuration of `node`."""
    cameras = Camera.objects.filter(node=node).prefetch_related("rules", "masks").order_by("id")
    return NodeConfig(
        node_id=node.pk,
        epoch=node.epoch,
        media_key=bytes(node.media_key).hex(),
        cameras=[_camera(camera) for camera in cameras],
        version=node.config_version,
    )


def _camera(camera: Camera) -> NodeCamera:
    return NodeCamera(
        id=camera.pk,
        uuid=camera.uuid,
        name=camera.name,
        source_url=camera.source_url,
        analyse=camera.analyse,
        enabled=camera.enabled,
        analysis_fps=ANALYSIS_FPS,
        retention_h=camera.retention_h or DEFAULT_RETENTION_H,
        rules=[_rule(rule) for rule in camera.rules.all() if rule.removed_at is None],
        masks=[mask.points for mask in camera.masks.all()],
        purpose=camera.purpose,
        sub_url=camera.sub_url,
        critical=camera.critical,
        keep_audio=camera.keep_audio,
        alarm_retention_h=DEFAULT_ALARM_RETENTION_H,
        holds=[],
        onvif_url=camera.onvif_url,
    )


def _rule(rule: Rule) -> NodeRule:
    return NodeRule(
        id=rule.pk,
        uuid=rule.uuid,
        kind=rule.kind,
        name=rule.name,
        points=rule.points,
        classes=rule.classes,
        min_score=rule.min_score,
        dwell_s=rule.dwell_s,
        enabled=rule.enabled,
        settings=rule.settings,
    )
