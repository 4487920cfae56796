"""Scores of the detector's classes."""

from __future__ import annotations

import numpy as np
import pytest

from sigap.vision.nanodet import kind_scores
from sigap.vision.street_class import DETECTED_CLASSES, StreetClass


def _row(**scores: float) -> list[float]:
    return [scores.get(street_class.label, 0.0) for street_class in DETECTED_CLASSES]


def test_doubt_between_classes_of_one_kind_is_no_doubt_about_the_kind() -> None:
    street = np.array(
        [
            _row(car=0.3, bus=0.2, truck=0.1, person=0.25),
            _row(person=0.6, bicycle=0.5),
            _row(bicycle=0.4, motorcycle=0.5, car=0.3),
        ],
        np.float32,
    )
    order = list(DETECTED_CLASSES)
    named = np.array(
        [
            order.index(StreetClass.CAR),
            order.index(StreetClass.PERSON),
            order.index(StreetClass.MOTORCYCLE),
        ]
    )

    assert kind_scores(street, named) == pytest.approx([1 - 0.7 * 0.8 * 0.9, 0.6, 1 - 0.6 * 0.5])
