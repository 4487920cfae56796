"""Whether the core answers and the cameras are up. Called while `up` and `demo` wait."""

import json
import time
import urllib.error
import urllib.request

_HEALTH = "/api/v1/healthz"
_TIMEOUT_S = 2.0
_ASK_EVERY_S = 0.4


class Readiness:
    """Asks the health address now and then; called again and again by the supervisor's loop."""

    def __init__(self, address: str, *, cameras: int = 0) -> None:
        self._address = address + _HEALTH
        self._cameras = cameras
        self._ask_at = 0.0

    def __call__(self) -> bool:
        if time.monotonic() < self._ask_at:
            return False
        self._ask_at = time.monotonic() + _ASK_EVERY_S
        told = self._ask()
        if told is None:
            return False
        up = told.get("cameras_up")
        return self._cameras == 0 or (isinstance(up, int) and up >= self._cameras)

    def _ask(self) -> dict[str, object] | None:
        """The health document; None while there is no good answer."""
        try:
            with urllib.request.urlopen(self._address, timeout=_TIMEOUT_S) as answer:
                told = json.loads(answer.read())
        except (urllib.error.URLError, OSError, ValueError):
            return None
        return told if isinstance(told, dict) else {}
