"""What the core's configuration promises about recordings, in the words of `recording.keeping`."""

from __future__ import annotations

from collections.abc import Iterable

from sigap.node.recording.keeping import Hold, Promise
from sigap.node.recording.segments import Span
from sigap.node.uplink.contract import AlarmReport, CameraConfig

CLIP_MARGIN_S = 5.0


def promises_of(cameras: Iterable[CameraConfig]) -> dict[str, Promise]:
    """By camera uuid."""
    return {
        camera.uuid: Promise(
            retention_h=camera.retention_h,
            alarm_retention_h=camera.alarm_retention_h,
            purpose=camera.purpose,
            holds=tuple(
                Hold(
                    uuid=hold.uuid,
                    starts_at=hold.start.timestamp(),
                    ends_at=hold.end.timestamp(),
                )
                for hold in camera.holds
            ),
        )
        for camera in cameras
    }


def clip_of(alarm: AlarmReport) -> Span:
    """From before an alarm's start to after what is known of its end."""
    begins, ends = alarm.clip_from, alarm.clip_to
    return Span(
        begins.timestamp() if begins else alarm.started_at.timestamp() - CLIP_MARGIN_S,
        ends.timestamp()
        if ends
        else (alarm.ended_at or alarm.observed_at).timestamp() + CLIP_MARGIN_S,
    )
