"""A camera's own clock: gap-free, never backwards, whatever the camera's time stamps do.

Owned by `camera`, which lives longer than any connection. RTP stamps wrap, restart and jump.
"""

from __future__ import annotations

from bisect import insort

from sigap.node.frames import CLOCK_HZ, AccessUnit, Frame

LARGEST_STEP = 10 * CLOCK_HZ
LARGEST_REORDER = CLOCK_HZ // 2
USUAL_DEPTH = 2
LARGEST_DEPTH = 16
CLOCK_SET_S = 2.0
DRIFT_SHARE = 0.01
FIRST_GUESS = CLOCK_HZ // 25
_WRAP = 1 << 32
_UNKNOWN = float("-inf")


class Timeline:
    """Places access units. `jumps` counts the time stamps that made no sense."""

    def __init__(self) -> None:
        self.jumps = 0
        self._step = FIRST_GUESS
        self._last_raw: int | None = None
        self._last_received_at = 0.0
        self._wall_at_zero = _UNKNOWN
        self._position = 0
        self._newest = 0
        self._last_dts = -1
        self._depth = 0
        self._order: list[int] = []

    @property
    def step(self) -> int:
        """Usual ticks from one picture to the next."""
        return self._step

    def at(self, received_at: float) -> int | None:
        """Where on this timeline a wall clock lies; None before the first picture."""
        if self._last_raw is None:
            return None
        waited = int((received_at - self._last_received_at) * CLOCK_HZ)
        # Beyond this the machine's clock was set in between.
        return self._newest + (waited if 0 <= waited <= LARGEST_STEP else 0)

    def break_off(self) -> None:
        """The connection ended: the next stamp has nothing to do with the last one."""
        self._last_raw = None
        self._depth, self._order = 0, []
        self._wall_at_zero = _UNKNOWN

    def place(self, unit: AccessUnit) -> Frame:
        """The unit as a frame of this timeline."""
        if unit.dts is None and self._last_raw is not None and not self._depth:
            delta = unit.pts - self._last_raw
            if 0 < delta < CLOCK_HZ:
                return self._place_next(delta, unit)
        known_dts = unit.dts is not None
        raw = unit.dts if unit.dts is not None else unit.pts
        self._move(raw, unit)
        if known_dts:
            dts = max(self._position, self._last_dts + 1)
            pts = dts + max(-LARGEST_STEP, min(unit.pts - raw, LARGEST_STEP))
        else:
            pts = self._position
            dts = self._decode_time(pts)
        self._last_dts = dts
        return Frame(unit.payload, unit.key, dts, pts, self._wall(dts, unit), unit.format)

    def _place_next(self, delta: int, unit: AccessUnit) -> Frame:
        """The usual case, in short: the picture after the last one."""
        self._step += (delta - self._step) // 8
        self._position = self._newest = pts = self._newest + delta
        self._last_raw, self._last_received_at = unit.pts, unit.received_at
        self._last_dts = dts = pts if pts > self._last_dts else self._last_dts + 1
        return Frame(unit.payload, unit.key, dts, pts, self._wall(dts, unit), unit.format)

    def _wall(self, dts: int, unit: AccessUnit) -> float:
        """Wall clock of a picture, freed from what network and tick add to its arrival.

        That of the least delayed pictures counts, and drifts slowly with the others. It is never
        later than the arrival, and grows as long as the machine's clock does.
        """
        media_s = dts / CLOCK_HZ
        zero = unit.received_at - media_s
        late_s = zero - self._wall_at_zero
        if 0 < late_s <= CLOCK_SET_S:
            zero = self._wall_at_zero + late_s * DRIFT_SHARE
        self._wall_at_zero = zero
        return media_s + zero

    def _move(self, raw: int, unit: AccessUnit) -> None:
        if self._last_raw is None:
            if unit.dts is None:
                self._depth = min(unit.format.reorder_frames or 0, LARGEST_DEPTH)
            begin = self._newest + self._step if self._last_dts >= 0 else 0
            self._position = begin + self._depth * self._step
        else:
            delta = (raw - self._last_raw) % _WRAP
            delta = delta - _WRAP if delta >= _WRAP // 2 else delta
            self._position = self._step_by(delta, unit)
        self._last_raw, self._last_received_at = raw, unit.received_at
        self._newest = max(self._newest, self._position)

    def _step_by(self, delta: int, unit: AccessUnit) -> int:
        if 0 < delta <= LARGEST_STEP:
            moved = self._position + delta
            if delta < CLOCK_HZ and not self._depth:
                self._step += (delta - self._step) // 8
            return moved
        if -LARGEST_REORDER <= delta < 0 and unit.format.reorder_frames != 0:
            self._depth = self._depth or USUAL_DEPTH
            return self._position + delta
        self.jumps += 1
        waited = int((unit.received_at - self._last_received_at) * CLOCK_HZ)
        return self._newest + max(self._step, min(waited, LARGEST_STEP))

    def _decode_time(self, pts: int) -> int:
        """RTP carries only display times. Those of decoding are the same ones in order, later by as
        many pictures as the camera keeps back."""
        if not self._depth:
            return max(pts, self._last_dts + 1)
        if not self._order:
            self._order = [pts - n * self._step for n in range(self._depth, -1, -1)]
        else:
            if pts < self._order[0] and self._depth < LARGEST_DEPTH:
                # It keeps back more than was thought.
                self._depth += 1
            elif len(self._order) > self._depth:
                del self._order[0]
            insort(self._order, pts)
        dts = max(self._order[0], self._last_dts + 1)
        if 0 < dts - self._last_dts < CLOCK_HZ:
            self._step += (dts - self._last_dts - self._step) // 8
        return dts
