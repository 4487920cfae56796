"""What the core's configuration promises about recordings, in the words of `recording.keeping`."""

from __future__ import annotations

from collections import defaultdict

from sigap.node.recording.keeping import Hold, Promise
from sigap.node.recording.segments import Span
from sigap.node.uplink.contract import AlarmReport, ExportItem, HoldConfig, NodeConfig

CLIP_MARGIN_S = 5.0


def promises_of(config: NodeConfig) -> dict[str, Promise]:
    """By camera uuid. What waits to be exported is held until it is cut."""
    awaited: defaultdict[str, list[Hold]] = defaultdict(list)
    for export in config.exports:
        for number, item in enumerate(export.items):
            awaited[item.camera_uuid].append(_hold(f"{export.uuid}/{number}", item))
    return {
        camera.uuid: Promise(
            retention_h=camera.retention_h,
            alarm_retention_h=camera.alarm_retention_h,
            purpose=camera.purpose,
            holds=(*(_hold(hold.uuid, hold) for hold in camera.holds), *awaited[camera.uuid]),
        )
        for camera in config.cameras
    }


def _hold(uuid: str, span: HoldConfig | ExportItem) -> Hold:
    return Hold(uuid=uuid, starts_at=span.start.timestamp(), ends_at=span.end.timestamp())


def clip_of(alarm: AlarmReport) -> Span:
    """From before an alarm's start to after what is known of its end."""
    begins, ends = alarm.clip_from, alarm.clip_to
    return Span(
        begins.timestamp() if begins else alarm.started_at.timestamp() - CLIP_MARGIN_S,
        ends.timestamp()
        if ends
        else (alarm.ended_at or alarm.observed_at).timestamp() + CLIP_MARGIN_S,
    )
