"""Cameras, the nodes that watch them, their rules and masks, and what they told us."""

from sigap.cctv.models.alarms import Alarm
from sigap.cctv.models.cameras import Camera, HealthSample, Mask, Node, Outage
from sigap.cctv.models.choices import (
    CameraPurpose,
    CameraState,
    Change,
    Colour,
    DecodeLevel,
    ExportProblem,
    ExportState,
    MeasureKind,
    RuleKind,
    StreetClass,
    Verdict,
)
from sigap.cctv.models.keeping import (
    EvidenceChain,
    EvidenceExport,
    EvidenceItem,
    LegalHold,
    RetentionPolicy,
)
from sigap.cctv.models.rules import LineCount, Rule, RuleMeasure

__all__ = [
    "Alarm",
    "Camera",
    "CameraPurpose",
    "CameraState",
    "Change",
    "Colour",
    "DecodeLevel",
    "EvidenceChain",
    "EvidenceExport",
    "EvidenceItem",
    "ExportProblem",
    "ExportState",
    "HealthSample",
    "LegalHold",
    "LineCount",
    "Mask",
    "MeasureKind",
    "Node",
    "Outage",
    "RetentionPolicy",
    "Rule",
    "RuleKind",
    "RuleMeasure",
    "StreetClass",
    "Verdict",
]
