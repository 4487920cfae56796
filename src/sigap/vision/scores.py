"""How good detections and tracks are against a ground truth: AP50, MOTA, IDF1. Used by `evaluate`.

MOTA after Bernardin & Stiefelhagen 2008, IDF1 after Ristani et al. 2016, boxes matching at an
overlap of 0.5. Written here, and not taken from `motmetrics`, to keep pandas out of the program;
the tests compare with `motmetrics` on the same tracks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from sigap.vision.detections import Boxes, Detections
from sigap.vision.geometry import overlap
from sigap.vision.ground_truth import TruthFrame

MATCHING_OVERLAP = 0.5
_FORBIDDEN = 1e6


class PrecisionScore:
    """Average precision at overlap 0.5, over all pictures together."""

    def __init__(self) -> None:
        self._scores: list[float] = []
        self._right: list[bool] = []
        self._expected = 0

    def add(self, found: Detections, truth: TruthFrame) -> None:
        """One picture; each true box is found once, by the detection with the best score."""
        self._expected += len(truth.ids)
        overlaps = overlap(found.boxes, truth.boxes)
        for row in np.argsort(-found.scores, kind="stable").tolist():
            column = int(overlaps[row].argmax()) if len(truth.ids) else -1
            right = column >= 0 and bool(overlaps[row, column] >= MATCHING_OVERLAP)
            self._scores.append(float(found.scores[row]))
            self._right.append(right)
            if right:
                overlaps[:, column] = -1

    @property
    def average_precision(self) -> float | None:
        """None when there was nothing to find."""
        if self._expected == 0:
            return None
        order = np.argsort(-np.array(self._scores), kind="stable")
        right = np.cumsum(np.array(self._right, bool)[order])
        recall = right / self._expected
        precision = right / np.arange(1, len(right) + 1)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float(np.sum(np.diff(recall, prepend=0.0) * envelope))


@dataclass(slots=True)
class TrackScore:
    """MOTA and IDF1 over all pictures together."""

    expected: int = 0
    reported: int = 0
    missed: int = 0
    false: int = 0
    switches: int = 0
    _last_match: dict[int, int] = field(default_factory=dict)
    _together: Counter[tuple[int, int]] = field(default_factory=Counter)

    def add(self, track_ids: NDArray[np.int64], boxes: Boxes, truth: TruthFrame) -> None:
        """One picture with its confirmed, seen tracks."""
        overlaps = overlap(truth.boxes, boxes)
        near = overlaps >= MATCHING_OVERLAP
        for row, column in np.argwhere(near).tolist():
            self._together[int(truth.ids[row]), int(track_ids[column])] += 1
        matches = self._kept_matches(near, truth.ids, track_ids)
        matches.update(_new_matches(overlaps, near, matches))
        for row, column in matches.items():
            self._note_match(int(truth.ids[row]), int(track_ids[column]))
        self.expected += len(truth.ids)
        self.reported += len(track_ids)
        self.missed += len(truth.ids) - len(matches)
        self.false += len(track_ids) - len(matches)

    @property
    def mota(self) -> float | None:
        if self.expected == 0:
            return None
        return 1 - (self.missed + self.false + self.switches) / self.expected

    @property
    def idf1(self) -> float | None:
        if self.expected + self.reported == 0:
            return None
        identities = sorted({pair[0] for pair in self._together})
        tracks = sorted({pair[1] for pair in self._together})
        counts = np.array(
            [[self._together[identity, track] for track in tracks] for identity in identities]
        ).reshape(len(identities), len(tracks))
        rows, columns = linear_sum_assignment(counts, maximize=True)
        return float(2 * counts[rows, columns].sum() / (self.expected + self.reported))

    def _kept_matches(
        self, near: NDArray[np.bool_], ids: NDArray[np.int64], track_ids: NDArray[np.int64]
    ) -> dict[int, int]:
        """Row → column of pairs that were matched before and still fit."""
        column_of = {track: column for column, track in enumerate(track_ids.tolist())}
        kept: dict[int, int] = {}
        for row, identity in enumerate(ids.tolist()):
            column = column_of.get(self._last_match.get(identity, -1))
            if column is not None and near[row, column] and column not in kept.values():
                kept[row] = column
        return kept

    def _note_match(self, identity: int, track: int) -> None:
        before = self._last_match.get(identity)
        if before is not None and before != track:
            self.switches += 1
        self._last_match[identity] = track


def _new_matches(
    overlaps: NDArray[np.float32], near: NDArray[np.bool_], kept: dict[int, int]
) -> dict[int, int]:
    """The best pairs among what is not matched yet."""
    cost = np.where(near, 1 - overlaps, _FORBIDDEN)
    cost[list(kept.keys()), :] = _FORBIDDEN
    cost[:, list(kept.values())] = _FORBIDDEN
    rows, columns = linear_sum_assignment(cost)
    return {
        row: column
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if cost[row, column] < _FORBIDDEN
    }
