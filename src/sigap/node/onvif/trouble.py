"""Why a camera could not be looked at: a fixed list. What a camera says may quote a password."""

from __future__ import annotations

from enum import StrEnum

from onveef.exceptions import (
    OnvifAuthError,
    OnvifCapabilityMissingError,
    OnvifError,
    OnvifNotConfiguredError,
    OnvifOperationNotSupportedError,
    OnvifTimeoutError,
    OnvifTransportError,
)

from sigap.node.errors import CameraError, NodeError


class Trouble(StrEnum):
    WRONG_PASSWORD = "wrong_password"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no_answer"
    NO_SUCH_STREAM = "no_such_stream"
    NO_PICTURE = "no_picture"
    UNSUPPORTED_VIDEO = "unsupported_video"
    BAD_ADDRESS = "bad_address"
    NO_ONVIF = "no_onvif"
    NOT_OFFERED = "not_offered"
    CERTIFICATE = "certificate"
    BUSY = "busy"


class LookFailed(NodeError):
    """The camera could not be looked at; `trouble` says what the person has to change."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


# Words of our own receiver, and of FFmpeg behind the fallback, in the order in which they count.
_SIGNS: tuple[tuple[str, Trouble], ...] = (
    ("refuses user or password", Trouble.WRONG_PASSWORD),
    ("401", Trouble.WRONG_PASSWORD),
    ("unauthorized", Trouble.WRONG_PASSWORD),
    ("forbid", Trouble.FORBIDDEN),
    ("403", Trouble.FORBIDDEN),
    ("no such stream", Trouble.NO_SUCH_STREAM),
    ("no such file", Trouble.NO_SUCH_STREAM),
    ("404", Trouble.NO_SUCH_STREAM),
    ("certificate", Trouble.CERTIFICATE),
    ("bad address", Trouble.BAD_ADDRESS),
    ("address of unknown kind", Trouble.BAD_ADDRESS),
    ("has no address", Trouble.UNREACHABLE),
    ("cannot connect", Trouble.UNREACHABLE),
    ("refused", Trouble.UNREACHABLE),
    ("unreachable", Trouble.UNREACHABLE),
    ("no route", Trouble.UNREACHABLE),
    ("does not answer", Trouble.NO_ANSWER),
    ("timed out", Trouble.NO_ANSWER),
    ("not supported", Trouble.UNSUPPORTED_VIDEO),
    ("set it to h.264", Trouble.UNSUPPORTED_VIDEO),
    ("no video", Trouble.UNSUPPORTED_VIDEO),
)


def trouble_of_stream(error: CameraError) -> Trouble:
    """What the person has to change, of an error of our sources."""
    said = error.reason.lower()
    return next((trouble for sign, trouble in _SIGNS if sign in said), Trouble.NO_PICTURE)


def trouble_of_device(error: OnvifError) -> Trouble:
    """What the person has to change, of an error of the library."""
    if isinstance(error, OnvifAuthError):
        return Trouble.WRONG_PASSWORD
    if isinstance(error, OnvifCapabilityMissingError | OnvifOperationNotSupportedError):
        return Trouble.NOT_OFFERED
    if isinstance(error, OnvifTimeoutError):
        return Trouble.NO_ANSWER
    if isinstance(error, OnvifNotConfiguredError):
        return Trouble.BAD_ADDRESS
    if isinstance(error, OnvifTransportError) and error.retryable:
        return Trouble.UNREACHABLE
    return Trouble.NO_ONVIF
