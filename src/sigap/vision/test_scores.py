"""Our scores against `motmetrics` on the same, disturbed tracks."""

from __future__ import annotations

import motmetrics
import numpy as np
import pytest

from sigap.vision.detections import Detections
from sigap.vision.geometry import overlap
from sigap.vision.ground_truth import TruthFrame
from sigap.vision.scores import PrecisionScore, TrackScore
from sigap.vision.street_class import StreetClass

BOX = (0.0, 0.0, 10.0, 20.0)
FAR = (50.0, 50.0, 60.0, 70.0)


def _truth(*boxes: tuple[float, float, float, float]) -> TruthFrame:
    return TruthFrame(np.arange(len(boxes)), np.array(boxes, np.float32).reshape(-1, 4))


def _found(*rows: tuple[tuple[float, float, float, float], float]) -> Detections:
    return Detections.of([(box, score, StreetClass.PERSON) for box, score in rows])


def test_perfect_detections_have_precision_one() -> None:
    score = PrecisionScore()
    score.add(_found((BOX, 0.9), (FAR, 0.8)), _truth(BOX, FAR))

    assert score.average_precision == pytest.approx(1.0)


def test_a_confident_false_detection_costs_more_than_a_faint_one() -> None:
    confident, faint = PrecisionScore(), PrecisionScore()
    confident.add(_found((BOX, 0.5), (FAR, 0.9)), _truth(BOX))
    faint.add(_found((BOX, 0.9), (FAR, 0.5)), _truth(BOX))

    assert confident.average_precision == pytest.approx(0.5)
    assert faint.average_precision == pytest.approx(1.0)


def test_a_second_detection_of_the_same_person_is_false() -> None:
    score = PrecisionScore()
    score.add(_found((BOX, 0.9), (BOX, 0.8)), _truth(BOX, FAR))

    assert score.average_precision == pytest.approx(0.5)


def test_nothing_to_find_has_no_precision() -> None:
    score = PrecisionScore()
    score.add(_found((BOX, 0.9)), _truth())

    assert score.average_precision is None
    assert TrackScore().mota is None
    assert TrackScore().idf1 is None


@pytest.mark.parametrize("seed", range(5))
def test_track_scores_agree_with_motmetrics(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ours, oracle = TrackScore(), motmetrics.MOTAccumulator(auto_id=True)
    speeds = rng.normal(0, 4, (8, 2))
    starts = rng.uniform(0, 120, (8, 2))
    names = np.arange(8)
    for index in range(60):
        places = starts + speeds * index / 3
        truth = TruthFrame(np.arange(8), _boxes(places))
        if rng.random() < 0.2:
            names = rng.permutation(10)[:8]
        seen = rng.random(8) < 0.8
        boxes = _boxes(places + rng.normal(0, 2.5, places.shape))[seen]
        ids = names[seen].astype(np.int64)

        ours.add(ids, boxes, truth)
        shared = overlap(truth.boxes, boxes).astype(np.float64)
        oracle.update(truth.ids, ids, np.where(shared >= 0.5, 1 - shared, np.nan))

    wanted = ["mota", "idf1", "num_switches", "num_misses", "num_false_positives"]
    expected = motmetrics.metrics.create().compute(oracle, metrics=wanted, name="run").iloc[0]
    assert ours.mota == pytest.approx(expected["mota"])
    assert ours.idf1 == pytest.approx(expected["idf1"])
    assert (ours.switches, ours.missed, ours.false) == (
        expected["num_switches"],
        expected["num_misses"],
        expected["num_false_positives"],
    )


def _boxes(
    places: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.concatenate([places, places + np.array([14, 30])], axis=1).astype(np.float32)
