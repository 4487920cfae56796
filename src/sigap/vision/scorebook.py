"""Gathers what detector and tracker said of each annotated picture, and scores it at the end.

Used by `evaluate`. At the end, because a ground truth may not tell what it annotated: then the
kinds of road user are scored that the detector sees in the annotated boxes. Whatever else is in the
clip (a parked car in a ground truth of people) is neither right nor wrong.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sigap.vision.detections import Boxes, Detections
from sigap.vision.geometry import overlap
from sigap.vision.ground_truth import GroundTruth, TruthFrame
from sigap.vision.hota import Hota, HotaScore
from sigap.vision.pipeline import AnalysisResult
from sigap.vision.scores import MATCHING_OVERLAP, PrecisionScore, TrackScore
from sigap.vision.street_class import (
    EVERY_CLASS,
    KIND_OF_INDEX,
    StreetClass,
    StreetKind,
    classes_of_kinds,
)

LEAST_SCORE = 0.3
LEAST_SHARE = 0.02
"""A kind is annotated where so many of the boxes that the detector finds hold it."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Over all pictures together. None where there was nothing to find."""

    ap50: float | None
    mota: float | None
    idf1: float | None
    identity_switches: int
    hota: Hota | None


@dataclass(frozen=True, slots=True)
class _Picture:
    """Seen tracks: numbers (M,), boxes (M, 4), classes (M,)."""

    expected: TruthFrame
    found: Detections
    track_ids: NDArray[np.int64]
    boxes: Boxes
    classes: NDArray[np.int64]


class Scorebook:
    def __init__(self, truth: GroundTruth) -> None:
        self._truth = truth
        self._pictures: list[_Picture] = []
        self._kinds: Counter[StreetKind] = Counter()

    def add(self, result: AnalysisResult, index: int) -> None:
        """One analysed picture; `index` counts the clip's pictures from 0."""
        seen = [track for track in result.tracks if not track.coasting]
        picture = _Picture(
            expected=self._truth.at(index),
            found=result.detections or Detections.empty(),
            track_ids=np.array([track.track_id for track in seen], np.int64),
            boxes=np.array([track.box for track in seen], np.float32).reshape(-1, 4),
            classes=np.array([int(track.street_class) for track in seen], np.int64),
        )
        self._pictures.append(picture)
        self._note_kinds(picture)

    def annotated(self) -> frozenset[StreetClass]:
        """What the ground truth is about; every class where nothing of it was found."""
        told = self._truth.classes
        if told is not None:
            return classes_of_kinds({street_class.kind for street_class in told})
        enough = LEAST_SHARE * self._kinds.total()
        kinds = {kind for kind, count in self._kinds.items() if count >= enough}
        return classes_of_kinds(kinds) if kinds else EVERY_CLASS

    def scorecard(self, classes: frozenset[StreetClass]) -> Scorecard:
        wanted = [int(street_class) for street_class in classes]
        precision, tracking, hota = PrecisionScore(), TrackScore(), HotaScore()
        for picture in self._pictures:
            found = picture.found.where(np.isin(picture.found.classes, wanted))
            mine = np.isin(picture.classes, wanted)
            track_ids, boxes = picture.track_ids[mine], picture.boxes[mine]
            precision.add(found, picture.expected)
            tracking.add(track_ids, boxes, picture.expected)
            hota.add(track_ids, boxes, picture.expected)
        return Scorecard(
            precision.average_precision,
            tracking.mota,
            tracking.idf1,
            tracking.switches,
            hota.result(),
        )

    def _note_kinds(self, picture: _Picture) -> None:
        found = picture.found.where(picture.found.scores >= LEAST_SCORE)
        if not len(found.scores) or not len(picture.expected.ids):
            return
        near = overlap(picture.expected.boxes, found.boxes) >= MATCHING_OVERLAP
        best = np.where(near, found.scores, -1.0).argmax(axis=1)
        for row in np.flatnonzero(near.any(axis=1)).tolist():
            self._kinds[KIND_OF_INDEX[int(found.classes[best[row]])]] += 1
