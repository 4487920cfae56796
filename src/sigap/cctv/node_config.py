"""What a node has to watch, as it asks for it every two seconds (core ↔ node contract)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from pydantic import BaseModel

from sigap.cctv.evidence import WAITING
from sigap.cctv.models import Camera, CameraPurpose, EvidenceExport, LegalHold, Node, Rule
from sigap.cctv.retention import Policy, kept_for, policies_of
from sigap.cctv.shapes import Points

ANALYSIS_FPS = 5


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
    in_force = LegalHold.objects.filter(released_at=None)
    cameras = (
        Camera.objects.filter(node=node)
        .prefetch_related("rules", "masks", Prefetch("holds", in_force))
        .order_by("id")
    )
    policies = policies_of(node.city_id)
    return NodeConfig(
        node_id=node.pk,
        epoch=node.epoch,
        media_key=bytes(node.media_key).hex(),
        cameras=[_camera(camera, policies) for camera in cameras],
        exports=_exports(node),
        version=node.config_version,
    )


def _exports(node: Node) -> list[NodeExport]:
    waiting = EvidenceExport.objects.filter(node=node, state__in=WAITING).order_by("id")
    return [
        NodeExport(
            uuid=export.uuid,
            masked=export.masked,
            items=[
                NodeExportItem(camera_uuid=item.camera.uuid, start=item.starts_at, end=item.ends_at)
                for item in export.items.all()
            ],
        )
        for export in waiting.prefetch_related("items__camera")
    ]


def _camera(camera: Camera, policies: dict[CameraPurpose, Policy]) -> NodeCamera:
    retention_h, alarm_retention_h = kept_for(camera, policies)
    return NodeCamera(
        id=camera.pk,
        uuid=camera.uuid,
        name=camera.name,
        source_url=camera.source_url,
        analyse=camera.analyse,
        enabled=camera.enabled,
        analysis_fps=ANALYSIS_FPS,
        retention_h=retention_h,
        rules=[_rule(rule) for rule in camera.rules.all() if rule.removed_at is None],
        masks=[mask.points for mask in camera.masks.all()],
        purpose=camera.purpose,
        sub_url=camera.sub_url,
        critical=camera.critical,
        keep_audio=camera.keep_audio,
        alarm_retention_h=alarm_retention_h,
        holds=[
            NodeHold(uuid=hold.uuid, start=hold.starts_at, end=hold.ends_at)
            for hold in camera.holds.all()
        ],
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
