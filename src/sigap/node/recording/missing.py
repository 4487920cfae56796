"""What is missing of a camera's recordings, and what is missing though pictures came: recording
that fails in silence.

Asked by `camera` at every report. It looks at what the index holds, so whatever the reason is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from sigap.node.recording.segments import RecordingIndex

LATE_S = 10.0
"""A fragment is at most two seconds long; a disk may take some more before this is a failure."""
WINDOW_S = 86400.0
BUCKET_S = 600.0


@dataclass(frozen=True, slots=True)
class Figures:
    """`recorded_from` in Unix seconds. `gap_s`: missing since the first recording, or within 24
    hours; `unrecorded_s`: of this, while pictures came."""

    recorded_from: float | None
    gap_s: float
    unrecorded_s: float


class MissingWatch:
    """Of one camera, over the last 24 hours. Times in Unix seconds."""

    def __init__(self, index: RecordingIndex, camera_uuid: str) -> None:
        self._index, self._camera_uuid = index, camera_uuid
        self._buckets: deque[tuple[float, float]] = deque()
        self._looked_at: float | None = None
        self._up_since: float | None = None

    def look(self, now: float, *, is_up: bool) -> Figures:
        """Count the time since the last look. `is_up`: pictures come."""
        former, self._looked_at = self._looked_at, now
        until = self._index.recorded_until(self._camera_uuid)
        if not is_up:
            self._up_since = None
        elif self._up_since is None:
            self._up_since = now
        elif former is not None:
            self._add(former, now, max(until or 0.0, self._up_since))
        while self._buckets and self._buckets[0][0] < now - WINDOW_S:
            self._buckets.popleft()
        return Figures(
            self._index.recorded_from(self._camera_uuid),
            round(self._gap_s(now, until), 1),
            round(sum(seconds for _, seconds in self._buckets), 1),
        )

    def _gap_s(self, now: float, until: float | None) -> float:
        since = now - WINDOW_S
        if until is None:
            return 0.0
        tail_s = now - max(until, since)
        return self._index.gap_s(self._camera_uuid, since) + (tail_s if tail_s > LATE_S else 0.0)

    def _add(self, former: float, now: float, reached: float) -> None:
        late_s = now - reached
        if late_s <= LATE_S:
            return
        begins = former if former - reached > LATE_S else reached
        bucket = now - now % BUCKET_S
        if self._buckets and self._buckets[-1][0] == bucket:
            bucket, before = self._buckets.pop()
            self._buckets.append((bucket, before + now - begins))
        else:
            self._buckets.append((bucket, now - begins))
