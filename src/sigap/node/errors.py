"""What can go wrong in the node. Each exception states the decision that its catcher needs."""

from __future__ import annotations


class NodeError(Exception):
    """Base of all errors that the node raises on purpose."""


class CameraError(NodeError):
    """The picture cannot be had. `misconfigured`: waiting will not help until a person acts."""

    def __init__(self, reason: str, *, misconfigured: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.misconfigured = misconfigured


class UnsupportedByReceiver(CameraError):
    """Our own RTSP receiver cannot serve this camera; the PyAV fallback may, over `transport`."""

    def __init__(self, reason: str, *, transport: str = "tcp") -> None:
        super().__init__(reason)
        self.transport = transport


class Moved(CameraError):
    """The camera answers that it is to be asked at `url` instead."""

    def __init__(self, url: str) -> None:
        super().__init__("camera sends us elsewhere")
        self.url = url


class DamagedFile(NodeError):
    """A recording that holds no playable fragment."""


class DiskFull(NodeError):
    """A fragment could not be written for want of space."""


class MaskingFailed(NodeError):
    """Privacy masks could not be burnt in: nothing may be shown instead."""


class TokenRefused(NodeError):
    """A media address that is forged, expired, or meant for something else."""


class CoreUnavailable(NodeError):
    """The core did not answer, or (`answered`) not with what we need; try again later."""

    def __init__(self, reason: str, *, answered: bool = False) -> None:
        super().__init__(reason)
        self.answered = answered


class CoreRefused(NodeError):
    """The core answered that this will never be accepted."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"HTTP {status}: {text}")
        self.status = status
