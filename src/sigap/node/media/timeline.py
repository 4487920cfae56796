"""What there is of a camera in a stretch of time, for the time-line: recordings, gaps, motion.

Kept small: recordings that touch are one, and motion is joined until a day of it fits a screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sigap.node.analysis.motion_log import MotionSpan, read_motion
from sigap.node.media.times import iso
from sigap.node.recording.segments import (
    SMALLEST_GAP_S,
    RecordingIndex,
    Segment,
    Span,
    find_gaps,
)

MAX_MOTION = 1000
"""Rows of about 90 bytes."""
SMALLEST_JOIN_S = 1.0


@dataclass(frozen=True, slots=True)
class TimelineSource:
    """Where it is read from. `motion`: the folder of the motion log."""

    index: RecordingIndex
    motion: Path


def recordings_between(
    index: RecordingIndex, camera_uuid: str, span: Span, now: float
) -> dict[str, object]:
    """`segments`, `gaps`, and from when to when there is anything at all."""
    segments = index.between(camera_uuid, span)
    past = Span(span.starts_at, min(span.ends_at, now))
    first, last = index.recorded_from(camera_uuid), index.recorded_until(camera_uuid)
    return {
        "segments": [_row(run) for run in _runs(segments)],
        "gaps": [_row(gap) for gap in find_gaps(segments, past)],
        "recorded_from": iso(first) if first is not None else None,
        "recorded_to": iso(last) if last is not None else None,
    }


def motion_between(
    folder: Path, camera_uuid: str, span: Span, cells: int | None = None
) -> list[dict[str, object]]:
    """Stretches with the largest share of the picture that moved, 0..1. Reads files: blocks.

    `cells`: only what touches this part of the picture, as in the motion log.
    """
    found = [
        motion
        for motion in read_motion(folder, camera_uuid, span)
        if cells is None or motion.cells & cells
    ]
    return [
        {
            "start": iso(motion.starts_at),
            "end": iso(motion.ends_at),
            "share": round(motion.peak, 3),
        }
        for motion in _thinned(found)
    ]


def _runs(segments: Iterable[Segment]) -> list[Span]:
    runs: list[Span] = []
    for segment in segments:
        if runs and segment.starts_at - runs[-1].ends_at <= SMALLEST_GAP_S:
            runs[-1] = Span(runs[-1].starts_at, max(runs[-1].ends_at, segment.ends_at))
        else:
            runs.append(Span(segment.starts_at, segment.ends_at))
    return runs


def _thinned(spans: list[MotionSpan]) -> list[MotionSpan]:
    """Joined over ever longer pauses until there are few enough."""
    pause_s = SMALLEST_JOIN_S
    joined = _joined(spans, pause_s)
    while len(joined) > MAX_MOTION:
        pause_s *= 2
        joined = _joined(joined, pause_s)
    return joined


def _joined(spans: list[MotionSpan], pause_s: float) -> list[MotionSpan]:
    joined: list[MotionSpan] = []
    for span in sorted(spans, key=lambda span: span.starts_at):
        last = joined[-1] if joined else None
        if last is not None and span.starts_at - last.ends_at <= pause_s:
            joined[-1] = MotionSpan(
                last.starts_at,
                max(last.ends_at, span.ends_at),
                max(last.peak, span.peak),
                last.cells | span.cells,
            )
        else:
            joined.append(span)
    return joined


def _row(span: Span) -> dict[str, object]:
    return {"start": iso(span.starts_at), "end": iso(span.ends_at)}
