"""What node and analysis process say to each other over pipes. Both sides use this page.

A message is its length (4 bytes), its kind (1 byte), and its body. To the worker: CONFIGURE (JSON
`WorkerConfig`), and FRAME, REPLAY, PEEK (binary head, payload). From the worker, in JSON: ALARM,
COUNT, MEASURE, MOTION, STATS, and WAKE, SLEEP, which move a camera's gate.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from pydantic import BaseModel

from sigap.node.frames import Codec, Frame
from sigap.node.uplink.contract import CameraConfig, Measure

MAX_MESSAGE_BYTES = 32 << 20
LENGTH = struct.Struct(">IB")
_FRAME_HEAD = struct.Struct(">IBBqdI")
_CODECS = (Codec.H264, Codec.H265)


class Kind(IntEnum):
    CONFIGURE = 1
    FRAME = 2
    ALARM = 3
    COUNT = 4
    STATS = 5
    PEEK = 6
    REPLAY = 7
    WAKE = 8
    SLEEP = 9
    MOTION = 10
    MEASURE = 11


class WorkerConfig(BaseModel):
    """The cameras that this worker analyses, all of them each time."""

    model_path: str
    cameras: list[CameraConfig]


class CountMessage(BaseModel):
    camera_id: int
    rule_id: int
    street_class: str
    at: float
    forward: bool


class MeasureMessage(BaseModel):
    """One reading at `at` (Unix seconds), in the unit that `measure` names."""

    camera_id: int
    rule_id: int
    measure: Measure
    street_class: str
    value: float
    at: float


class GateMessage(BaseModel):
    """The camera whose gate opens (WAKE) or closes (SLEEP)."""

    camera_id: int


class MotionMessage(BaseModel):
    """A stretch in which something moved. Unix seconds; `cells` as in `vision.background`."""

    camera_id: int
    starts_at: float
    ends_at: float
    share: float
    cells: int


class CameraStats(BaseModel):
    """Since the process began. `dropped`: pictures that should have been analysed and were not.

    `peeked`: key frames that were looked at while the camera was quiet. `wait_ms`: the longest that
    it waited for its turn since the last message.
    """

    camera_id: int
    decoded: int = 0
    peeked: int = 0
    analysed: int = 0
    detected: int = 0
    dropped: int = 0
    wait_ms: float = 0.0
    problem: str = ""


class Stats(BaseModel):
    """`has_model`: False when there is no detector to run.

    `busy`: share of the time since the last message that was worked, 0..1; `queue_ms`: the longest
    wait of any camera in it.
    """

    has_model: bool
    busy: float = 0.0
    queue_ms: float = 0.0
    cameras: list[CameraStats]


@dataclass(frozen=True, slots=True)
class CodedFrame:
    """A frame as the worker sees it. `decoder_record` is empty but for key frames."""

    camera_id: int
    key: bool
    codec: Codec
    pts: int
    received_at: float
    decoder_record: bytes
    payload: bytes


def pack(kind: Kind, body: bytes) -> bytes:
    return LENGTH.pack(len(body), kind) + body


def pack_json(kind: Kind, body: BaseModel) -> bytes:
    return pack(kind, body.model_dump_json(by_alias=True).encode())


def pack_frame(camera_id: int, frame: Frame, kind: Kind = Kind.FRAME) -> bytes:
    """FRAME, REPLAY or PEEK."""
    record = frame.format.decoder_record if frame.key else b""
    head = _FRAME_HEAD.pack(
        camera_id,
        frame.key,
        _CODECS.index(frame.format.codec),
        frame.pts,
        frame.received_at,
        len(record),
    )
    return pack(kind, head + record + frame.payload)


def unpack_frame(body: bytes) -> CodedFrame:
    camera_id, key, codec, pts, received_at, record_bytes = _FRAME_HEAD.unpack_from(body)
    begin = _FRAME_HEAD.size + record_bytes
    return CodedFrame(
        camera_id=camera_id,
        key=bool(key),
        codec=_CODECS[codec],
        pts=pts,
        received_at=received_at,
        decoder_record=body[_FRAME_HEAD.size : begin],
        payload=body[begin:],
    )


class MessageReader:
    """Cuts a byte stream into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Kind, bytes]]:
        """Raises ValueError when the stream makes no sense."""
        self._buffer += data
        while len(self._buffer) >= LENGTH.size:
            length, kind = LENGTH.unpack_from(self._buffer)
            if length > MAX_MESSAGE_BYTES:
                raise ValueError("message too long")
            end = LENGTH.size + length
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[LENGTH.size : end])
            del self._buffer[:end]
            yield Kind(kind), body
