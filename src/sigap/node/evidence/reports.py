"""What the node tells the core of an export, and what it hears (core ↔ node contract)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel


class ExportStage(StrEnum):
    CUTTING = "cutting"
    READY = "ready"
    FAILED = "failed"


class ExportProblem(StrEnum):
    NOTHING_RECORDED = "nothing_recorded"
    DISK_FULL = "disk_full"
    MASKING_FAILED = "masking_failed"
    UNREADABLE = "unreadable"


class CutFile(BaseModel):
    """One film. `start`: wall clock of its first picture, `lead_ms` before what was asked for;
    `clock`: milliseconds of the film, and which wall clock they are."""

    name: str
    size_bytes: int
    sha256: str
    start: datetime
    end: datetime
    lead_ms: int
    codec: str
    sound: str
    width: int
    height: int
    pictures: int
    clock: list[tuple[int, datetime]]


class Missing(BaseModel):
    start: datetime
    end: datetime


class CutItem(BaseModel):
    """What became of one stretch of one camera."""

    camera_uuid: str
    start: datetime
    end: datetime
    recorded_ms: int
    gaps: list[Missing]
    files: list[CutFile]


class ExportReport(BaseModel):
    uuid: str
    state: ExportStage
    progress: float = 0.0
    problem: ExportProblem | None = None
    items: list[CutItem] = []


class ExportAnswer(BaseModel):
    """`wanted` False: forget it. `manifest` is kept byte for byte."""

    wanted: bool
    manifest: str | None = None
    signature: str | None = None
