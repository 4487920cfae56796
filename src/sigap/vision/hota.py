"""HOTA (Luiten et al. 2021): how well tracks find road users and keep them, in one figure.

Used by `evaluate`. Written from the paper: the geometric mean of detection accuracy and association
accuracy, averaged over 19 demands on the overlap (0.05 to 0.95).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from sigap.vision.detections import Boxes
from sigap.vision.geometry import overlap
from sigap.vision.ground_truth import TruthFrame

DEMANDS = np.arange(1, 20) * 0.05
_TINY = 1e-9
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Hota:
    """Means over the demands, each 0..1: `hota`, detection and association accuracy."""

    hota: float
    detection: float
    association: float


@dataclass(frozen=True, slots=True)
class _Seen:
    """One picture: true identities (N,), track numbers (M,), their overlaps (N, M)."""

    identities: NDArray[np.int64]
    tracks: NDArray[np.int64]
    overlaps: NDArray[np.float64]


class HotaScore:
    """Gathers pictures; pairs are made at the end, because they depend on the whole clip."""

    def __init__(self) -> None:
        self._pictures: list[_Seen] = []

    def add(self, track_ids: NDArray[np.int64], boxes: Boxes, truth: TruthFrame) -> None:
        """One picture with its confirmed, seen tracks."""
        overlaps = overlap(truth.boxes, boxes).astype(np.float64)
        self._pictures.append(_Seen(truth.ids, track_ids, overlaps))

    def result(self) -> Hota | None:
        """None where there is nobody to find and nobody was reported."""
        pictures, lengths = _compact(self._pictures)
        total = sum(len(seen.identities) + len(seen.tracks) for seen in pictures)
        if total == 0:
            return None
        affinity = _affinity(pictures, lengths)
        pairs = np.zeros((len(DEMANDS), *affinity.shape))
        for seen in pictures:
            _count_pairs(seen, affinity, pairs)
        return _scored(pairs, lengths, total)


_Lengths = tuple[NDArray[np.float64], NDArray[np.float64]]
"""In how many pictures each identity (column vector) and each track (row vector) is."""


def _compact(pictures: list[_Seen]) -> tuple[list[_Seen], _Lengths]:
    """The same pictures with identities and tracks numbered from 0."""
    nobody = np.zeros(0, np.int64)
    identities = np.unique(np.concatenate([nobody, *(seen.identities for seen in pictures)]))
    tracks = np.unique(np.concatenate([nobody, *(seen.tracks for seen in pictures)]))
    numbered = [
        _Seen(
            np.searchsorted(identities, seen.identities),
            np.searchsorted(tracks, seen.tracks),
            seen.overlaps,
        )
        for seen in pictures
    ]
    true_length, track_length = np.zeros((len(identities), 1)), np.zeros((1, len(tracks)))
    for seen in numbered:
        true_length[seen.identities, 0] += 1
        track_length[0, seen.tracks] += 1
    return numbered, (true_length, track_length)


def _affinity(pictures: list[_Seen], lengths: _Lengths) -> NDArray[np.float64]:
    """How well each track fits each identity over the whole clip: steers the pairs (eq. 7)."""
    together = np.zeros((len(lengths[0]), lengths[1].shape[1]))
    for seen in pictures:
        rivals = seen.overlaps.sum(0) + seen.overlaps.sum(1, keepdims=True) - seen.overlaps
        share = np.where(rivals > _TINY, seen.overlaps / np.maximum(rivals, _TINY), 0.0)
        together[np.ix_(seen.identities, seen.tracks)] += share
    return together / np.maximum(lengths[0] + lengths[1] - together, _TINY)


def _count_pairs(seen: _Seen, affinity: NDArray[np.float64], pairs: NDArray[np.float64]) -> None:
    """Pair this picture's boxes; each pair counts for every demand that it meets."""
    if not seen.overlaps.size:
        return
    liking = affinity[np.ix_(seen.identities, seen.tracks)] * seen.overlaps
    rows, columns = linear_sum_assignment(liking, maximize=True)
    met = seen.overlaps[rows, columns] >= DEMANDS[:, np.newaxis] - _ROUNDING
    pairs[:, seen.identities[rows], seen.tracks[columns]] += met


def _scored(pairs: NDArray[np.float64], lengths: _Lengths, total: int) -> Hota:
    right = pairs.sum((1, 2))
    detection = right / np.maximum(total - right, 1)
    kept = pairs / np.maximum(lengths[0] + lengths[1] - pairs, 1)
    association = (pairs * kept).sum((1, 2)) / np.maximum(right, 1)
    hota = np.sqrt(detection * association)
    return Hota(float(hota.mean()), float(detection.mean()), float(association.mean()))
