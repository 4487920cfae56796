"""A thing that was left in a zone, or taken from it: one alarm a thing.

Decode level: key frames. No class of thing is known: whatever changes the scene and stays for
`dwell_s` counts, unless a road user stands there. *Left* when the picture now has the stronger
edges around the changed place, *taken* when it had them before (after Connell et al. 2004).
`settings.sensitivity` sets the smallest thing: 0.4 % of the picture at 0, 0.025 % at 1.
Causes of false alarms: shadows and patches of light that stop (most are told by the texture that
stays), a vehicle or person that stands still and that the detector does not know, a door that is
left open, leaves blown together. Missed: what has the brightness of the ground, what is left in a
place where people stand all the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from sigap.vision.detections import Boxes
from sigap.vision.geometry import overlap
from sigap.vision.rules.events import (
    AlarmDetails,
    Change,
    NormBox,
    RuleAlarm,
    RuleEnded,
    RuleEvent,
    RuleSpec,
)
from sigap.vision.rules.rule import Scenery
from sigap.vision.static_foreground import Mask, Plane, StaticForeground
from sigap.vision.street_class import StreetClass
from sigap.vision.tracks import TrackView

LOOK_EVERY_S = 0.9
COARSE_AREA, FINE_AREA = 0.004, 0.00025
USUAL_SENSITIVITY = 0.6
LEAST_FILL = 0.3
"""Share of its bounding box that a thing fills; shadows' edges and wires fill less."""

SAME_TEXTURE = 0.85
"""Correlation of a place with its background from which only the light has changed."""

LEAST_KNOWN_S = 8.0
"""So long the place must have been seen as it was before."""

STANDER_MEMORY_S = 600.0
STANDER_OVERLAP = 0.3
STANDING_HITS_S = 3.0
BACK_SHARE = 0.4
LONGEST_S = 1800.0


@dataclass(slots=True)
class _Thing:
    alarm: RuleAlarm
    region: Mask
    back_since_s: float | None = None


class ObjectRule:
    """Serves `RuleKind.OBJECT`. `frame_size` is (width, height) in pixels."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int]) -> None:
        self._spec = spec
        self._frame_size = frame_size
        self._model = StaticForeground(frame_size)
        self._zone = self._drawn_zone()
        sensitivity = spec.settings.sensitivity
        fine = USUAL_SENSITIVITY if sensitivity is None else sensitivity
        self._least_area = COARSE_AREA * (FINE_AREA / COARSE_AREA) ** fine
        self._looked_s = float("-inf")
        self._things: list[_Thing] = []
        self._standers: list[tuple[Boxes, float]] = []

    @property
    def spec(self) -> RuleSpec:
        return self._spec

    def observe_picture(self, scenery: Scenery, at_s: float) -> list[RuleEvent]:
        if at_s - self._looked_s < LOOK_EVERY_S:
            return []
        self._looked_s = at_s
        self._remember_standers(scenery.tracks, at_s)
        busy = self._busy(scenery.tracks)
        if not self._model.observe(scenery.luma, busy, at_s):
            return self._all_over(at_s)
        events = self._ended(at_s)
        events.extend(self._found(busy, at_s))
        return events

    def _found(self, busy: Mask, at_s: float) -> list[RuleEvent]:
        changed = (self._model.changed(self._spec.dwell_s) & self._zone).astype(np.uint8)
        for thing in self._things:
            changed[thing.region] = 0
        closed = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
        events: list[RuleEvent] = []
        for label in range(1, count):
            region = np.asarray(labels == label, np.bool_)
            # What touches a road user may be its foot: judged when it has gone.
            if self._is_large(stats[label]) and not busy[_grown(region)].any():
                events.extend(self._judge(region, stats[label].tolist(), at_s))
        return events

    def _is_large(self, row: np.ndarray) -> bool:
        area = int(row[cv2.CC_STAT_AREA])
        box_area = int(row[cv2.CC_STAT_WIDTH]) * int(row[cv2.CC_STAT_HEIGHT])
        return area >= self._least_area * self._zone.size and area >= LEAST_FILL * box_area

    def _judge(self, region: Mask, row: list[int], at_s: float) -> list[RuleEvent]:
        """An alarm for one changed place, or none where something explains it."""
        box = self._box(row)
        now, before = self._model.now, self._model.background
        unknown = self._model.known_s(region) < LEAST_KNOWN_S
        lit = _correlation(now, before, region) >= SAME_TEXTURE
        if unknown or lit or self._was_stander(box):
            self._model.absorb(region)
            return []
        edge = _edge(region)
        is_left = _strength(now, edge) >= _strength(before, edge)
        alarm = self._alarm(box, Change.LEFT if is_left else Change.TAKEN, at_s)
        if not is_left:
            self._model.absorb(region)
            return [alarm, RuleEnded(self._spec.id, alarm.alarm_key, at_s)]
        self._things.append(_Thing(alarm, _grown(region)))
        return [alarm]

    def _ended(self, at_s: float) -> list[RuleEvent]:
        """Left things that are gone again, and those that have become part of the scene."""
        events: list[RuleEvent] = []
        for thing in list(self._things):
            there = float(self._model.differs[thing.region].mean())
            if there > BACK_SHARE * self._filled(thing):
                thing.back_since_s = None
            elif thing.back_since_s is None:
                thing.back_since_s = at_s
            gone = thing.back_since_s is not None and at_s - thing.back_since_s >= 2 * LOOK_EVERY_S
            if gone or at_s - thing.alarm.observed_at_s >= LONGEST_S:
                self._things.remove(thing)
                self._model.absorb(thing.region)
                events.append(RuleEnded(self._spec.id, thing.alarm.alarm_key, at_s))
        return events

    def _filled(self, thing: _Thing) -> float:
        """Share of its (grown) region that the thing filled when it was found."""
        x0, y0, x1, y1 = thing.alarm.box_norm
        box_px = (x1 - x0) * (y1 - y0) * self._zone.size
        return float(min(1.0, LEAST_FILL * box_px / max(1, int(thing.region.sum())) / 0.5))

    def _all_over(self, at_s: float) -> list[RuleEvent]:
        """The scene is a new one: nothing is known of what was left in the old."""
        things, self._things = self._things, []
        return [RuleEnded(self._spec.id, thing.alarm.alarm_key, at_s) for thing in things]

    def _remember_standers(self, tracks: Sequence[TrackView], at_s: float) -> None:
        """Road users who stand: where they were, nothing was taken when they go."""
        self._standers = [
            (box, seen_s) for box, seen_s in self._standers if at_s - seen_s <= STANDER_MEMORY_S
        ]
        for track in tracks:
            box = np.array([track.box], np.float32)
            if track.last_seen_s - track.first_seen_s < STANDING_HITS_S:
                continue
            self._standers = [
                item for item in self._standers if float(overlap(item[0], box)[0, 0]) < 0.8
            ]
            self._standers.append((box, at_s))

    def _was_stander(self, box: NormBox) -> bool:
        pixels = np.array([box], np.float32) * np.array(self._frame_size * 2, np.float32)
        return any(
            float(overlap(stander, pixels)[0, 0]) >= STANDER_OVERLAP
            for stander, _ in self._standers
        )

    def _busy(self, tracks: Sequence[TrackView]) -> Mask:
        width, height = self._model.size
        busy = np.zeros((height, width), np.bool_)
        for track in tracks:
            x0, y0, x1, y1 = track.box_norm
            rows = slice(max(0, int(y0 * height) - 1), max(0, int(y1 * height) + 2))
            columns = slice(max(0, int(x0 * width) - 1), max(0, int(x1 * width) + 2))
            busy[rows, columns] = True
        return busy

    def _drawn_zone(self) -> Mask:
        width, height = self._model.size
        zone = np.zeros((height, width), np.uint8)
        corners = np.round(np.array(self._spec.points) * (width, height)).astype(np.int32)
        cv2.fillPoly(zone, [corners], 1)
        return np.asarray(zone > 0, np.bool_)

    def _box(self, row: list[int]) -> NormBox:
        width, height = self._model.size
        x, y, across, down = row[:4]
        return (x / width, y / height, (x + across) / width, (y + down) / height)

    def _alarm(self, box: NormBox, change: Change, at_s: float) -> RuleAlarm:
        return RuleAlarm(
            rule_id=self._spec.id,
            track_id=0,
            street_class=StreetClass.UNKNOWN,
            score=1.0,
            box_norm=box,
            track_norm=(),
            started_at_s=at_s - self._spec.dwell_s,
            observed_at_s=at_s,
            kind=self._spec.kind,
            details=AlarmDetails(change=change),
        )


def _grown(region: Mask) -> Mask:
    """By three pixels on every side."""
    return np.asarray(cv2.dilate(region.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0, np.bool_)


def _edge(region: Mask) -> Mask:
    """A ring of two pixels on the outline of the region."""
    grown = cv2.dilate(region.astype(np.uint8), np.ones((3, 3), np.uint8))
    shrunk = cv2.erode(region.astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(grown > shrunk, np.bool_)


def _strength(picture: Plane, where: Mask) -> float:
    """Mean gradient, in steps of brightness a pixel."""
    across = cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(picture, cv2.CV_32F, 0, 1, ksize=3)
    return float(np.hypot(across, down)[where].mean())


def _correlation(one: Plane, other: Plane, where: Mask) -> float:
    """Of two looks at one place, free of brightness and contrast; 0 where there is no texture."""
    first, second = one[where], other[where]
    first, second = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / scale if scale > 2.0 * len(first) else 0.0
