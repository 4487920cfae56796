"""The background model on made-up scenes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sigap.vision.background import Background
from sigap.vision.detections import Image
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, Walker, times


def _luma(picture: Image) -> Image:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def _noisy(picture: Image, rng: np.random.Generator) -> Image:
    noise = rng.normal(0, 4, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def test_an_empty_noisy_street_is_quiet() -> None:
    rng = np.random.default_rng(3)
    background, empty = Background(SCENE_SIZE), _luma(Scene([]).picture(0))

    moving = [background.observe(_noisy(empty, rng), at_s).moving for at_s in times(0, 10, fps=5)]

    assert moving[0]
    assert sum(moving[1:]) == 0


def test_a_walker_is_seen_where_it_is() -> None:
    scene = Scene([Walker((50, 300), (550, 300), 2, 7)])
    background = Background(SCENE_SIZE)
    for at_s in times(0, 4.5, fps=5):
        motion = background.observe(_luma(scene.picture(at_s)), at_s)

    box = scene.walkers[0].box(4.4)
    assert motion.moving
    assert box is not None
    region = motion.regions[np.argmax(motion.regions[:, 2])]
    np.testing.assert_allclose(region, box, atol=30)


def test_auto_exposure_is_not_motion() -> None:
    background, empty = Background(SCENE_SIZE), _luma(Scene([]).picture(0))
    for at_s in times(0, 3, fps=5):
        background.observe(empty, at_s)

    assert not background.observe(empty + np.uint8(30), 3.2).moving


def test_a_switched_light_is_motion_once() -> None:
    background, empty = Background(SCENE_SIZE), _luma(Scene([]).picture(0))
    background.observe(empty, 0)
    # A lamp: some parts of the street turn brighter, others fall into shadow.
    steps = np.array([-55, -30, 30, 90])[np.arange(SCENE_SIZE[0]) // 40 % 4]
    other = (empty + steps).astype(np.uint8)

    changed = [background.observe(other, at_s).moving for at_s in times(0.2, 2, fps=5)]

    assert changed[0]
    assert not any(changed[1:])


@pytest.mark.parametrize("size", [(64, 48), (1920, 1080), (288, 720)])
def test_any_picture_size_is_taken(size: tuple[int, int]) -> None:
    background = Background(size)
    picture = np.zeros((size[1], size[0]), np.uint8)

    assert background.observe(picture, 0).share == 1.0
    assert not background.observe(picture, 1).moving


def test_who_has_come_and_stands_still_is_foreground_but_not_active() -> None:
    dice, background = np.random.default_rng(4), Background((640, 360))
    ground = dice.integers(60, 120, (360, 640), dtype=np.uint8)
    told = []
    for number in range(100):
        picture = ground.copy()
        if number >= 50:
            left = min(100 + (number - 50) * 12, 340)
            picture[120:240, left : left + 60] = 240
        told.append(background.observe(picture, number / 5))

    walking, standing = told[51:69], told[75:99]
    assert all(motion.moving and motion.active for motion in walking)
    assert all(motion.moving and not motion.active for motion in standing)
    assert not any(motion.moving or motion.active for motion in told[2:50])


def test_it_tells_how_much_of_a_box_moves() -> None:
    background, scene = Background(SCENE_SIZE), Scene([Walker((60, 300), (580, 300), 2, 7)])
    for at_s in times(0, 5, fps=5):
        motion = background.observe(_luma(scene.picture(at_s)), at_s)
    box = scene.walkers[0].box(5)
    assert box is not None
    x0, y0, x1, y1 = box
    boxes = np.array(
        [box, (x0, y0, x1 + (x1 - x0), y1), (10, 10, 90, 90), (5, 5, 5, 5)], np.float32
    )

    shares = motion.share_of(boxes, SCENE_SIZE)

    assert shares == pytest.approx([1, 0.5, 0, 0], abs=0.2)
