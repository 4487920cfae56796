"""HOTA of tracks whose score can be worked out by hand."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from sigap.vision.ground_truth import TruthFrame
from sigap.vision.hota import Hota, HotaScore

NEAR = (0.0, 0.0, 10.0, 20.0)
FAR = (100.0, 0.0, 110.0, 20.0)
SHIFTED = (0.0, 5.0, 10.0, 25.0)
"""Shares three fifths with NEAR."""

_Box = tuple[float, float, float, float]
_Boxes = dict[int, _Box]


def _score(*pictures: tuple[_Boxes, _Boxes]) -> Hota:
    """Each picture: (who is there, what the tracks say), both number → box."""
    score = HotaScore()
    for there, said in pictures:
        score.add(_ids(said), _boxes(said), TruthFrame(_ids(there), _boxes(there)))
    result = score.result()
    assert result is not None
    return result


def _ids(named: _Boxes) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.array(list(named), np.int64)


def _boxes(named: _Boxes) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(list(named.values()), np.float32).reshape(-1, 4)


def test_perfect_tracks_score_one() -> None:
    found = _score(*[({1: NEAR, 2: FAR}, {7: NEAR, 9: FAR})] * 5)

    assert (found.hota, found.detection, found.association) == pytest.approx((1, 1, 1))


def test_a_track_that_breaks_in_the_middle_is_half_associated() -> None:
    found = _score(*[({1: NEAR}, {7: NEAR})] * 4, *[({1: NEAR}, {8: NEAR})] * 4)

    assert found.detection == pytest.approx(1)
    assert found.association == pytest.approx(0.5)
    assert found.hota == pytest.approx(sqrt(0.5))


def test_two_tracks_that_change_places_are_associated_by_a_third() -> None:
    found = _score(
        *[({1: NEAR, 2: FAR}, {7: NEAR, 8: FAR})] * 3,
        *[({1: NEAR, 2: FAR}, {8: NEAR, 7: FAR})] * 3,
    )

    # Of each pair: 3 pictures together, 3 of the identity alone, 3 of the track alone.
    assert found.association == pytest.approx(1 / 3)
    assert found.detection == pytest.approx(1)


def test_who_is_missed_half_of_the_time_counts_in_both() -> None:
    found = _score(*[({1: NEAR}, {7: NEAR})] * 4, *[({1: NEAR}, {})] * 4)

    assert (found.hota, found.detection, found.association) == pytest.approx((0.5, 0.5, 0.5))


def test_an_invented_track_costs_detection_only() -> None:
    found = _score(*[({1: NEAR}, {7: NEAR, 9: FAR})] * 4)

    assert found.detection == pytest.approx(0.5)
    assert found.association == pytest.approx(1)
    assert found.hota == pytest.approx(sqrt(0.5))


def test_a_loose_box_meets_only_the_lower_demands() -> None:
    found = _score(*[({1: NEAR}, {7: SHIFTED})] * 4)

    # An overlap of 0.6 meets 0.05 … 0.60: 12 of the 19 demands.
    assert found.hota == pytest.approx(12 / 19)


def test_the_whole_clip_decides_between_two_tracks_on_one_person() -> None:
    found = _score(
        *[({1: NEAR}, {7: NEAR})] * 6,
        *[({1: NEAR}, {7: SHIFTED, 8: NEAR})] * 2,
    )

    # The long track keeps the person although the short one fits better for two pictures: all 8
    # pictures at the 12 demands up to 0.60, and 6 of the 10 that either has at the others.
    assert found.association == pytest.approx((12 + 7 * 0.6) / 19)


def test_nothing_at_all_has_no_score() -> None:
    empty = HotaScore()
    empty.add(np.zeros(0, np.int64), np.zeros((0, 4), np.float32), TruthFrame.empty())

    assert HotaScore().result() is None
    assert empty.result() is None


def test_nobody_there_and_somebody_reported_scores_zero() -> None:
    assert _score(({}, {7: NEAR})).hota == 0
