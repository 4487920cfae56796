"""The manifest of an export: what was cut, for whom and why, its place in the chain, its signature.

`sigap evidence verify` (in `sigap.node.evidence`) reads it with no help from the core, so both hold
to this: the manifest is UTF-8 JSON with sorted keys, two blanks of indent and no fractions.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sigap import __version__
from sigap.cctv.models import EvidenceChain, EvidenceExport
from sigap.cctv.report_forms import CutFile, CutItem
from sigap.city.models import City

FORMAT = "sigap-evidence/1"
NO_PREDECESSOR = "0" * 64


def locked_chain(city_id: int) -> EvidenceChain:
    """The city's chain, locked until the transaction ends; begun with a new key if there is none.

    Call it within a unit of work.
    """
    key = Ed25519PrivateKey.generate()
    EvidenceChain.objects.get_or_create(
        city_id=city_id,
        defaults={
            "seed": key.private_bytes_raw(),
            "public_key": key.public_key().public_bytes_raw().hex(),
            "last_sha256": NO_PREDECESSOR,
        },
    )
    return EvidenceChain.objects.select_for_update().get(city_id=city_id)


def append_to_chain(
    export: EvidenceExport, chain: EvidenceChain, items: list[CutItem], made_at: datetime
) -> None:
    """Give the export its number, manifest and signature; the caller saves the export."""
    number = chain.last_number + 1
    export.number, export.previous_sha256 = number, chain.last_sha256
    export.manifest = _manifest(export, chain, items, made_at)
    text = manifest_text(export).encode()
    export.manifest_sha256 = hashlib.sha256(text).hexdigest()
    key = Ed25519PrivateKey.from_private_bytes(bytes(chain.seed))
    export.signature = key.sign(text).hex()
    chain.last_number, chain.last_sha256 = number, export.manifest_sha256
    chain.save(update_fields=["last_number", "last_sha256"])


def manifest_text(export: EvidenceExport) -> str:
    """The very bytes (UTF-8) that are signed and that lie beside the files."""
    return json.dumps(export.manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _manifest(
    export: EvidenceExport, chain: EvidenceChain, items: list[CutItem], made_at: datetime
) -> dict[str, Any]:
    city = City.objects.get(pk=export.city_id)
    by = export.requested_by
    asked = {item.camera.uuid: item.camera for item in export.items.select_related("camera")}
    return {
        "format": FORMAT,
        "number": export.number,
        "previous_sha256": export.previous_sha256,
        "export": str(export.uuid),
        "city": {"code": city.code, "name": city.name},
        "requested": {
            "by": by.display_name if by else "",
            "account": by.username if by else "",
            "role": by.role if by else "",
            "at": _stamp(export.requested_at),
            "reason": export.reason,
            "incident_number": export.incident_number,
        },
        "masked": export.masked,
        "made_at": _stamp(made_at),
        "node": export.node.name,
        "software": f"sigap {__version__}",
        "signing_key": chain.public_key,
        "items": [
            {
                "camera": {
                    "uuid": str(item.camera_uuid),
                    "name": asked[item.camera_uuid].name if item.camera_uuid in asked else "",
                },
                "requested": {"from": _stamp(item.start), "to": _stamp(item.end)},
                "recorded_ms": item.recorded_ms,
                "gaps": [{"from": _stamp(g.start), "to": _stamp(g.end)} for g in item.gaps],
                "files": [_file(file) for file in item.files],
            }
            for item in items
        ],
    }


def _file(file: CutFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "bytes": file.size_bytes,
        "sha256": file.sha256,
        "from": _stamp(file.start),
        "to": _stamp(file.end),
        "lead_ms": file.lead_ms,
        "codec": file.codec,
        "sound": file.sound,
        "width": file.width,
        "height": file.height,
        "pictures": file.pictures,
        "clock": [[film_ms, _stamp(at)] for film_ms, at in file.clock],
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
