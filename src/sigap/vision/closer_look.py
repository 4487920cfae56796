"""Where the detector looks: at the whole picture, or closer where all that matters is in a part.

The detector sees a picture 480 pixels wide: somebody 50 pixels tall in a picture of 1080p is 12 to
it, and lost. Where everything that moves and everybody who is followed fits into a window, the
window is looked at instead, for the same price; once a second the whole picture is looked at, too.
Used by `pipeline`, one object per camera.
"""

from __future__ import annotations

import numpy as np

from sigap.vision.detections import Boxes, Detections, Detector, Image

LEAST_WIDTH_PX = 480
"""A narrower window would be enlarged, and shows nothing more."""

WIDEST_SHARE = 0.6
"""A window wider than this share of the picture is not worth it."""

MARGIN_SHARE = 0.1
ROOM_SHARE = 2.0
"""A window is so many times as wide and high as the largest thing: what fills it is not found."""

WHOLE_EVERY_S = 1.0

Window = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels."""


class CloserLook:
    """`frame_size` is (width, height) in pixels."""

    def __init__(self, detector: Detector, frame_size: tuple[int, int]) -> None:
        self._detector = detector
        self._frame_size = frame_size
        self._whole_at_s = float("-inf")

    def detect(self, bgr: Image, interesting: Boxes, at_s: float) -> Detections:
        """`interesting` (N, 4): what moves and who is followed, in pixels."""
        window = find_window(interesting, self._frame_size)
        is_due = not 0 <= at_s - self._whole_at_s < WHOLE_EVERY_S
        if window is None or is_due:
            self._whole_at_s = at_s
            whole = self._detector.detect(bgr)
            return whole if window is None else _joined(whole, self._near(bgr, window), window)
        return self._near(bgr, window)

    def _near(self, bgr: Image, window: Window) -> Detections:
        x0, y0, x1, y1 = window
        near = self._detector.detect(bgr[y0:y1, x0:x1])
        return Detections(
            near.boxes + np.array([x0, y0, x0, y0], np.float32), near.scores, near.classes
        )


def find_window(interesting: Boxes, frame_size: tuple[int, int]) -> Window | None:
    """The window of the picture's own aspect around all boxes; None: the whole picture."""
    width, height = frame_size
    if len(interesting) == 0:
        return None
    boxes = np.clip(interesting, 0, np.array(frame_size * 2, np.float32))
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    largest = (boxes[:, 2:] - boxes[:, :2]).max(axis=0)
    needed = np.maximum((high - low) * (1 + 2 * MARGIN_SHARE), largest * ROOM_SHARE)
    share = max(needed[0] / width, needed[1] / height, LEAST_WIDTH_PX / max(frame_size))
    if share > WIDEST_SHARE:
        return None
    size = np.array([round(width * share), round(height * share)])
    corner = np.clip(np.rint((low + high) / 2 - size / 2), 0, np.array(frame_size) - size)
    x0, y0 = (int(edge) for edge in corner)
    return (x0, y0, x0 + int(size[0]), y0 + int(size[1]))


def _joined(whole: Detections, near: Detections, window: Window) -> Detections:
    """Of the whole picture what lies outside the window; best score first."""
    middles = (whole.boxes[:, :2] + whole.boxes[:, 2:]) / 2
    inside = np.all((middles >= window[:2]) & (middles <= window[2:]), axis=1)
    outside = whole.where(np.logical_not(inside))
    scores = np.concatenate([outside.scores, near.scores])
    order = np.argsort(-scores, kind="stable")
    return Detections(
        np.concatenate([outside.boxes, near.boxes])[order],
        scores[order],
        np.concatenate([outside.classes, near.classes])[order],
    )
