"""When a camera may be decoded by key frames only, and what counts as a stretch of motion.

Pure decisions on times and flags, so that they can be tested without video. Owned by `lane`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sigap.node.analysis.messages import MotionMessage
from sigap.node.uplink.contract import CameraConfig
from sigap.vision.background import Motion

QUIET_S = 3.0
"""Without motion and without anybody in the picture for this long: key frames are enough."""

STANDING_S = 20.0
"""Somebody who does not move: at least this long, and as long as a rule waits for him."""

STAY_MARGIN_S = 5.0
MOTION_GAP_S = 5.0
"""More than cameras leave between two key frames: one stretch while nothing else is decoded."""

LONGEST_MOTION_S = 60.0


class Quietness:
    """Feed it every analysed picture; `may_sleep` says whether the gate may close."""

    def __init__(self) -> None:
        self._moved_at_s: float | None = None
        self._seen_at_s: float | None = None

    def observe(self, at_s: float, *, moving: bool, occupied: bool) -> None:
        if moving or self._moved_at_s is None:
            self._moved_at_s = at_s
        if occupied or self._seen_at_s is None:
            self._seen_at_s = at_s

    def may_sleep(self, at_s: float, config: CameraConfig, *, tracks_needed: bool) -> bool:
        """Where no rule follows road users, key frames are enough whatever moves."""
        if config.critical or self._moved_at_s is None or self._seen_at_s is None:
            return False
        if not tracks_needed:
            return True
        still_s = at_s - self._moved_at_s
        if still_s < QUIET_S:
            return False
        if at_s - self._seen_at_s >= QUIET_S:
            return True
        waits = [rule.dwell_s for rule in config.rules if rule.enabled]
        return still_s >= max(STANDING_S, max(waits, default=0.0) + STAY_MARGIN_S)


@dataclass(slots=True)
class MotionStretch:
    """Joins pictures with motion to stretches; each is told once it is over, or a minute long."""

    camera_id: int
    _open: MotionMessage | None = None

    def observe(self, at_s: float, motion: Motion) -> MotionMessage | None:
        """A stretch that this picture ended."""
        ended = self.end(at_s)
        if motion.active and motion.share < 1:
            self._extend(at_s, motion)
        return ended

    def end(self, at_s: float) -> MotionMessage | None:
        """The stretch that is over at `at_s`, if there is one."""
        stretch = self._open
        if stretch is None:
            return None
        too_long = at_s - stretch.starts_at >= LONGEST_MOTION_S
        if 0 <= at_s - stretch.ends_at < MOTION_GAP_S and not too_long:
            return None
        self._open = None
        return stretch

    def _extend(self, at_s: float, motion: Motion) -> None:
        before = self._open or MotionMessage(
            camera_id=self.camera_id, starts_at=at_s, ends_at=at_s, share=0, cells=0
        )
        self._open = MotionMessage(
            camera_id=self.camera_id,
            starts_at=before.starts_at,
            ends_at=at_s,
            share=max(before.share, motion.share),
            cells=before.cells | motion.cells,
        )
