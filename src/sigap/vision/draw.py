"""Draws the picture that goes with an alarm. Called by the camera node for every alarm."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from sigap.vision.detections import Image
from sigap.vision.rules.events import Point, RuleAlarm, RuleSpec

WIDEST_PX = 1280
JPEG_QUALITY = 85
ZONE_BGR = (60, 60, 230)
TRACK_BGR = (0, 215, 255)
OUTLINE_BGR = (20, 20, 20)
ZONE_OPACITY = 0.18


class DrawingError(ValueError):
    """The picture cannot be encoded."""


def draw_alarm(bgr: Image, alarm: RuleAlarm, rules: Sequence[RuleSpec]) -> bytes:
    """JPEG (at most 1280 px wide) of the picture with the rule, the track and the box drawn.

    `bgr` is not changed. A rule that is gone by now is simply not drawn.
    """
    canvas = _fitted(bgr)
    for rule in rules:
        if rule.id == alarm.rule_id:
            _draw_rule(canvas, rule)
    _draw_path(canvas, alarm.track_norm)
    _draw_box(canvas, alarm)
    done, encoded = cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise DrawingError("the alarm picture could not be encoded as JPEG")
    return encoded.tobytes()


def _fitted(bgr: Image) -> Image:
    height, width = bgr.shape[:2]
    if width <= WIDEST_PX:
        return bgr.copy()
    size = (WIDEST_PX, round(height * WIDEST_PX / width))
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)


def _draw_rule(canvas: Image, rule: RuleSpec) -> None:
    corners = _pixels(canvas, rule.points)
    closed = len(corners) > 2
    if closed:
        tinted = canvas.copy()
        cv2.fillPoly(tinted, [corners], ZONE_BGR)
        cv2.addWeighted(tinted, ZONE_OPACITY, canvas, 1 - ZONE_OPACITY, 0, dst=canvas)
    cv2.polylines(canvas, [corners], closed, ZONE_BGR, _stroke(canvas), cv2.LINE_AA)


def _draw_path(canvas: Image, feet: Sequence[Point]) -> None:
    if not feet:
        return
    path = _pixels(canvas, feet)
    stroke = _stroke(canvas)
    cv2.polylines(canvas, [path], False, OUTLINE_BGR, stroke + 2, cv2.LINE_AA)
    cv2.polylines(canvas, [path], False, TRACK_BGR, stroke, cv2.LINE_AA)
    x, y = (int(value) for value in path[-1])
    cv2.circle(canvas, (x, y), stroke * 2, TRACK_BGR, -1, cv2.LINE_AA)


def _draw_box(canvas: Image, alarm: RuleAlarm) -> None:
    x0, y0, x1, y1 = alarm.box_norm
    low, high = _pixels(canvas, [(x0, y0), (x1, y1)]).tolist()
    stroke = _stroke(canvas)
    cv2.rectangle(canvas, low, high, OUTLINE_BGR, stroke + 2, cv2.LINE_AA)
    cv2.rectangle(canvas, low, high, TRACK_BGR, stroke, cv2.LINE_AA)


def _stroke(canvas: Image) -> int:
    return max(2, int(canvas.shape[1]) // 400)


def _pixels(canvas: Image, points: Sequence[Point]) -> NDArray[np.int32]:
    height, width = canvas.shape[:2]
    return np.round(np.array(points, np.float64) * (width, height)).astype(np.int32)
