"""What a node tells of an export that it cuts (core ↔ node contract). See `evidence_report`."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from sigap.cctv.inputs import BIGGEST_ID, BIGGEST_INT, Moment
from sigap.cctv.models import ExportProblem

FileName = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,119}\.mp4$")]
Milliseconds = Annotated[int, Field(ge=0, le=BIGGEST_INT)]
Pixels = Annotated[int, Field(ge=0, le=20_000)]


class ReportedExport(StrEnum):
    """How far the node is."""

    CUTTING = "cutting"
    READY = "ready"
    FAILED = "failed"


class CutFile(BaseModel):
    """One film. `start`: wall clock of its first picture, `lead_ms` before what was asked for;
    `clock`: which moment of the film is which wall clock."""

    name: FileName
    size_bytes: int = Field(ge=1, le=BIGGEST_ID)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    start: Moment
    end: Moment
    lead_ms: Milliseconds = 0
    codec: str = Field("", max_length=40)
    sound: str = Field("", max_length=20)
    width: Pixels = 0
    height: Pixels = 0
    pictures: int = Field(0, ge=0, le=BIGGEST_INT)
    clock: list[tuple[Milliseconds, Moment]] = Field(default=[], max_length=5000)


class Missing(BaseModel):
    """What was asked for and not recorded."""

    start: Moment
    end: Moment


class CutItem(BaseModel):
    """What became of one stretch of one camera."""

    camera_uuid: UUID
    start: Moment
    end: Moment
    recorded_ms: Milliseconds
    gaps: list[Missing] = Field(default=[], max_length=5000)
    files: list[CutFile] = Field(default=[], max_length=5000)


class ExportReport(BaseModel):
    """A node's word on one export."""

    uuid: UUID
    state: ReportedExport
    progress: float = Field(0, ge=0, le=1, allow_inf_nan=False)
    problem: ExportProblem | None = None
    items: list[CutItem] = Field(default=[], max_length=64)


class ExportAnswer(BaseModel):
    """`wanted`: go on; if not, the node forgets it. With READY, the manifest's text to be kept
    beside the files, byte for byte, and its signature (Ed25519, hexadecimal)."""

    wanted: bool
    manifest: str | None = None
    signature: str | None = None
