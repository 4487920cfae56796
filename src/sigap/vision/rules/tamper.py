"""A camera that was covered, put out of focus, turned away, or that sends a standing picture.

Decode level: key frames. Each is told against a reference that the rule learns while all is well:
covered = hardly any contrast left, and no edge where it was; blurred = contrast, but no fine
detail; turned = edges in other places; frozen = not a single pixel changes while pictures keep
coming. `settings.sensitivity` moves the limits. The alarm ends when the picture is as before; a
new view is taken as the camera's own after ten minutes.
Causes of false alarms: the light goes out in a windowless room (covered), fog or a wet lens
(blurred, rightly), a lorry that parks in front (covered or turned), a camera on a tour
(turned: do not use the rule there), a test source without noise (frozen).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sigap.vision.detections import Image
from sigap.vision.rules.events import (
    AlarmDetails,
    Change,
    RuleAlarm,
    RuleEnded,
    RuleEvent,
    RuleSpec,
)
from sigap.vision.rules.rule import Scenery
from sigap.vision.street_class import StreetClass

LOOK_EVERY_S = 0.9
WIDTH_PX = 640
EDGE_SIZE = (64, 36)
LEARNING_S = 60.0
WARM_UP_PICTURES = 4
SHARPEST = 98
"""Percentile of the second derivative that says how sharp the sharpest edges are."""

LASTING_S = {
    Change.COVERED: 4.0,
    Change.BLURRED: 8.0,
    Change.TURNED: 6.0,
    Change.FROZEN: 30.0,
}
BACK_S = 4.0
NEW_VIEW_S = 600.0
FLAT_CONTRAST = 4.0
"""Standard deviation of brightness under which there is nothing to see, whatever was before."""

SAME_VIEW = 0.5
"""Likeness of edges from which it is the same view, however dark: dusk covers nothing."""


@dataclass(frozen=True, slots=True)
class TamperLimits:
    """Shares of the reference under which a figure is wrong; `likeness` is a correlation."""

    contrast: float
    detail: float
    likeness: float

    @classmethod
    def at(cls, sensitivity: float) -> TamperLimits:
        """Between the coarse (0) and the fine (1)."""
        return cls(
            contrast=0.15 + 0.3 * sensitivity,
            detail=0.2 + 0.3 * sensitivity,
            likeness=0.15 + 0.3 * sensitivity,
        )


@dataclass(frozen=True, slots=True)
class _Look:
    """Figures of one picture, in steps of brightness; `edges`: where they are, coarsely."""

    contrast: float
    detail: float
    edges: NDArray[np.float32]
    luma: Image


@dataclass(slots=True)
class _Memory:
    """What is known of the view so far; `candidate`: what seems wrong, since when."""

    reference: _Look | None = None
    pictures: int = 0
    last: Image | None = None
    has_noise: bool = False
    looked_s: float = float("-inf")
    still_since_s: float = float("-inf")
    candidate: tuple[Change, float] | None = None
    well_since_s: float | None = None


class TamperRule:
    """Serves `RuleKind.TAMPER`. `frame_size` is (width, height) in pixels."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int]) -> None:
        self._spec = spec
        width, height = frame_size
        small_width = min(WIDTH_PX, width)
        self._size = (small_width, max(1, round(height * small_width / width)))
        sensitivity = spec.settings.sensitivity
        self._limits = TamperLimits.at(0.5 if sensitivity is None else sensitivity)
        self._alarm: RuleAlarm | None = None
        self._memory = _Memory()

    @property
    def spec(self) -> RuleSpec:
        return self._spec

    def observe_picture(self, scenery: Scenery, at_s: float) -> list[RuleEvent]:
        if at_s - self._memory.looked_s < LOOK_EVERY_S:
            return []
        elapsed_s = min(LEARNING_S, at_s - self._memory.looked_s)
        self._memory.looked_s = at_s
        look = self._look(scenery.luma)
        change = self._what_is_wrong(look, at_s)
        if change is None and self._memory.candidate is None:
            self._learn(look, elapsed_s)
        return self._judge(change, at_s)

    def _look(self, luma: Image) -> _Look:
        small = np.asarray(cv2.resize(luma, self._size, interpolation=cv2.INTER_AREA), np.uint8)
        contrast = float(small.std())
        # Softened a little: the sensor's noise stays when the lens loses its focus.
        quiet = cv2.GaussianBlur(small, (0, 0), 1.0)
        fine = np.percentile(np.abs(cv2.Laplacian(quiet, cv2.CV_32F))[::2, ::2], SHARPEST)
        soft = cv2.GaussianBlur(small, (0, 0), 2.0).astype(np.float32)
        edges = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
        cells = cv2.resize(edges, EDGE_SIZE, interpolation=cv2.INTER_AREA)
        return _Look(contrast, float(fine), np.asarray(np.sqrt(cells), np.float32), small)

    def _what_is_wrong(self, look: _Look, at_s: float) -> Change | None:
        if self._is_frozen(look, at_s):
            return Change.FROZEN
        if self._memory.reference is None or self._memory.pictures < WARM_UP_PICTURES:
            return None
        usual = self._memory.reference
        likeness = _likeness(look.edges, usual.edges)
        faint = look.contrast < self._limits.contrast * usual.contrast and likeness < SAME_VIEW
        if faint or look.contrast < FLAT_CONTRAST:
            return Change.COVERED
        if likeness < self._limits.likeness:
            return Change.TURNED
        if look.detail / look.contrast < self._limits.detail * usual.detail / usual.contrast:
            return Change.BLURRED
        return None

    def _is_frozen(self, look: _Look, at_s: float) -> bool:
        """Whether the picture has not changed at all since long, though it did before."""
        same = self._memory.last is not None and np.array_equal(self._memory.last, look.luma)
        self._memory.has_noise |= self._memory.last is not None and not same
        self._memory.last = look.luma
        if not same:
            self._memory.still_since_s = at_s
        return (
            self._memory.has_noise and at_s - self._memory.still_since_s >= LASTING_S[Change.FROZEN]
        )

    def _learn(self, look: _Look, elapsed_s: float) -> None:
        self._memory.pictures += 1
        usual = self._memory.reference
        if usual is None:
            self._memory.reference = look
            return
        rate = max(1 - float(np.exp(-elapsed_s / LEARNING_S)), 1 / (self._memory.pictures + 1))
        self._memory.reference = _Look(
            usual.contrast + rate * (look.contrast - usual.contrast),
            usual.detail + rate * (look.detail - usual.detail),
            np.asarray(usual.edges + rate * (look.edges - usual.edges), np.float32),
            look.luma,
        )

    def _judge(self, change: Change | None, at_s: float) -> list[RuleEvent]:
        if self._alarm is not None:
            return self._over(change, self._alarm, at_s)
        if change is None:
            self._memory.candidate = None
            return []
        if self._memory.candidate is None or self._memory.candidate[0] is not change:
            began_s = at_s if self._memory.candidate is None else self._memory.candidate[1]
            if change is Change.FROZEN:
                began_s = self._memory.still_since_s
            self._memory.candidate = (change, began_s)
        began_s = self._memory.candidate[1]
        if at_s - began_s < LASTING_S[change]:
            return []
        self._alarm = self._raised(change, began_s, at_s)
        self._memory.well_since_s = None
        return [self._alarm]

    def _over(self, change: Change | None, alarm: RuleAlarm, at_s: float) -> list[RuleEvent]:
        if change is not None:
            self._memory.well_since_s = None
        elif self._memory.well_since_s is None:
            self._memory.well_since_s = at_s
        well = self._memory.well_since_s is not None and at_s - self._memory.well_since_s >= BACK_S
        frozen = alarm.details.change is Change.FROZEN
        settled = not frozen and at_s - alarm.observed_at_s >= NEW_VIEW_S
        if not well and not settled:
            return []
        self._alarm = self._memory.candidate = None
        if settled:
            self._memory = _Memory()
        return [RuleEnded(self._spec.id, alarm.alarm_key, at_s)]

    def _raised(self, change: Change, began_s: float, at_s: float) -> RuleAlarm:
        return RuleAlarm(
            rule_id=self._spec.id,
            track_id=0,
            street_class=StreetClass.UNKNOWN,
            score=1.0,
            box_norm=(0.0, 0.0, 1.0, 1.0),
            track_norm=(),
            started_at_s=began_s,
            observed_at_s=at_s,
            kind=self._spec.kind,
            details=AlarmDetails(change=change),
        )


def _likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Correlation of two maps of edges."""
    first, second = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / scale if scale else 1.0
