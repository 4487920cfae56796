"""Where the detector looks."""

from __future__ import annotations

import numpy as np
import pytest

from sigap.vision.closer_look import WHOLE_EVERY_S, CloserLook, find_window
from sigap.vision.detections import Boxes, Detections, Image
from sigap.vision.street_class import StreetClass

HD = (1920, 1080)


def _boxes(*rows: tuple[float, float, float, float]) -> Boxes:
    return np.array(rows, np.float32).reshape(-1, 4)


class SpotDetector:
    """Finds the white spots of a picture, and remembers how large the pictures were."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def detect(self, bgr: Image, /) -> Detections:
        self.sizes.append((bgr.shape[1], bgr.shape[0]))
        rows, columns = np.nonzero(bgr[:, :, 0] > 200)
        return Detections.of(
            [((x, y, x + 1, y + 1), 0.9 - 0.0001 * x, StreetClass.PERSON)
             for x, y in zip(columns.tolist(), rows.tolist(), strict=True)]
        )  # fmt: skip


def test_the_window_holds_all_with_room_in_the_aspect_of_the_picture() -> None:
    window = find_window(_boxes((300, 400, 340, 500), (700, 420, 760, 520)), HD)

    assert window is not None
    x0, y0, x1, y1 = window
    assert x0 < 300
    assert x1 > 760
    assert y0 < 400
    assert y1 > 520
    assert (x1 - x0) / (y1 - y0) == pytest.approx(16 / 9, abs=0.02)


@pytest.mark.parametrize("corner", [(0, 0), (1900, 0), (0, 1060), (1900, 1060), (-50, -50)])
def test_the_window_stays_inside_the_picture_and_is_never_enlarged(
    corner: tuple[float, float],
) -> None:
    x, y = corner
    window = find_window(_boxes((x, y, x + 20, y + 20)), HD)

    assert window is not None
    x0, y0, x1, y1 = window
    assert x0 >= 0
    assert y0 >= 0
    assert x1 <= HD[0]
    assert y1 <= HD[1]
    assert (x1 - x0, y1 - y0) == (480, 270)


@pytest.mark.parametrize(
    ("boxes", "frame_size"),
    [
        (_boxes(), HD),
        (_boxes((0, 0, 1920, 1080)), HD),
        (_boxes((10, 10, 60, 60), (1800, 900, 1900, 1000)), HD),
        (_boxes((200, 200, 500, 900)), HD),
        (_boxes((10, 10, 60, 60)), (768, 576)),
    ],
)
def test_the_whole_picture_is_looked_at_where_nothing_is_gained(
    boxes: Boxes, frame_size: tuple[int, int]
) -> None:
    assert find_window(boxes, frame_size) is None


def test_what_is_found_closer_is_told_in_pixels_of_the_picture_once() -> None:
    detector = SpotDetector()
    look = CloserLook(detector, HD)
    picture = np.zeros((1080, 1920, 3), np.uint8)
    picture[500, 600] = picture[100, 1800] = 255
    moving = _boxes((580, 480, 620, 520))

    first = look.detect(picture, moving, 10.0)
    second = look.detect(picture, moving, 10.2)
    third = look.detect(picture, moving, 10.0 + WHOLE_EVERY_S)

    both = [[600, 500, 601, 501], [1800, 100, 1801, 101]]
    assert first.boxes.tolist() == both
    assert second.boxes.tolist() == both[:1]
    assert third.boxes.tolist() == both
    assert detector.sizes == [HD, (480, 270), (480, 270), HD, (480, 270)]
