"""What tests of evidence stand on: recordings of a film, orders, and the core's signed answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sigap.node.frames import CLOCK_HZ, AccessUnit
from sigap.node.mux.boxes import Sample
from sigap.node.recording.writer import Fragment, SegmentWriter
from sigap.node.testbed import UUID

NOON = 1_700_000_000.0
FPS = 10
ORDER = "7e0c1b7a-2f77-4f0e-9a35-0e3c8c1f2b11"
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


def record_film(root: Path, film: list[AccessUnit], *starts: float) -> None:
    """The film once from each start, a fragment a second."""
    writer = SegmentWriter(root, UUID, segment_s=3.0)
    step = CLOCK_HZ // FPS
    for start in starts:
        for number, first in enumerate(range(0, len(film), FPS)):
            units = film[first : first + FPS]
            samples = [Sample(unit.payload, unit.key, step) for unit in units]
            at = start + number
            base = round((at - NOON) * CLOCK_HZ)
            writer.write(Fragment(units[0].format, samples, base, at, continues=number > 0))
    writer.close()


def signed_manifest(report: dict[str, Any]) -> dict[str, Any]:
    """As the core answers when all is cut."""
    if report["state"] != "ready":
        return {"wanted": report["state"] == "cutting"}
    files = [
        {"name": file["name"], "bytes": file["size_bytes"], "sha256": file["sha256"]}
        for item in report["items"]
        for file in item["files"]
    ]
    manifest: dict[str, Any] = {
        "format": "sigap-evidence/1",
        "number": 1,
        "previous_sha256": "0" * 64,
    }
    manifest |= {"city": {"code": "kota"}, "items": [{"files": files}]}
    manifest["signing_key"] = KEY.public_key().public_bytes_raw().hex()
    text = json.dumps(manifest, indent=2, sort_keys=True)
    signature = KEY.sign(text.encode()).hex()
    return {"wanted": True, "manifest": text, "signature": signature}


def wanted(begin: float, end: float, uuid: str = ORDER) -> dict[str, Any]:
    span = {"start": iso(begin), "end": iso(end)}
    return {"uuid": uuid, "masked": False, "items": [{"camera_uuid": UUID} | span]}


def iso(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat()
