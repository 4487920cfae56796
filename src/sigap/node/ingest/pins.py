"""Certificates of cameras: trusted when first seen, and only the same from then on.

Cameras sign theirs themselves, so no authority can vouch for them. The pins lie in one JSON file
that an administrator can read and edit. Called by `receiver` at each connection over TLS.
"""

from __future__ import annotations

import hashlib
import json
import logging
import ssl
from pathlib import Path

from sigap.node.durable import write_durably
from sigap.node.errors import CameraError

_log = logging.getLogger(__name__)


def camera_context() -> ssl.SSLContext:
    """TLS that takes any certificate, and old cameras; `CertificatePins` decides about it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("DEFAULT:@SECLEVEL=1")
    return context


class CertificatePins:
    """SHA-256 of each camera's certificate, by `host:port`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self, place: str, certificate: bytes) -> None:
        """Raises CameraError when the camera shows another certificate than before."""
        seen = hashlib.sha256(certificate).hexdigest()
        pins = self._read()
        known = pins.get(place)
        if known == seen:
            return
        if known is not None:
            raise CameraError(
                "camera shows another certificate than before (sigap camera trust)",
                misconfigured=True,
            )
        _log.warning("%s: certificate trusted from now on: %s", place, seen)
        self._write(pins | {place: seen})

    def forget(self, place: str) -> bool:
        """Trust what the camera shows next; False when nothing was known of it."""
        pins = self._read()
        known = pins.pop(place, None) is not None
        if known:
            self._write(pins)
        return known

    def _read(self) -> dict[str, str]:
        try:
            pins = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            # Not to know whom to trust is no reason to trust anybody.
            raise CameraError(f"cannot read {self._path.name}", misconfigured=True) from error
        return {str(place): str(pin) for place, pin in dict(pins).items()}

    def _write(self, pins: dict[str, str]) -> None:
        write_durably(self._path, (json.dumps(pins, indent=1, sort_keys=True) + "\n").encode())
