"""Whether the core answers and the cameras record. Called while `up` and `demo` wait."""

import time
import urllib.error
import urllib.request
from pathlib import Path

_HEALTH = "/api/v1/healthz"
_TIMEOUT_S = 2.0
_ASK_EVERY_S = 0.4


class Readiness:
    """Asked again and again by the supervisor's loop.

    A camera is up when its folder of `recordings` grew since we began: its pictures came by RTSP,
    through the node, to the disk.
    """

    def __init__(self, address: str, recordings: Path, *, cameras: int = 0) -> None:
        self._address = address + _HEALTH
        self._recordings = recordings
        self._cameras = cameras
        self._began = time.time()
        self._ask_at = 0.0

    def __call__(self) -> bool:
        if time.monotonic() < self._ask_at:
            return False
        self._ask_at = time.monotonic() + _ASK_EVERY_S
        return self._recording() >= self._cameras and self._answers()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self._address, timeout=_TIMEOUT_S) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _recording(self) -> int:
        if not self._cameras or not self._recordings.exists():
            return 0
        return sum(
            any(path.stat().st_mtime >= self._began for path in folder.rglob("*.*"))
            for folder in self._recordings.iterdir()
            if folder.is_dir()
        )
