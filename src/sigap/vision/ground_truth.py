"""What really is in a clip, as people annotated it. Read by `evaluate` and `command` (the edge).

Two formats: the XML of the PETS 2009 annotations (frame 0 = first picture, box centre and size),
and MOT `gt.txt` (frame 1 = first picture, left, top, width, height, confidence, class).
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from sigap.vision.detections import Boxes
from sigap.vision.street_class import StreetClass

MOT_CLASSES = {
    1: StreetClass.PERSON,
    3: StreetClass.CAR,
    4: StreetClass.BICYCLE,
    5: StreetClass.MOTORCYCLE,
}


class GroundTruthError(ValueError):
    """The file is not a ground truth that Sigap can read."""


@dataclass(frozen=True, slots=True)
class TruthFrame:
    """Everybody in one picture: identities (N,) and boxes (N, 4) in pixels."""

    ids: NDArray[np.int64]
    boxes: Boxes

    @classmethod
    def empty(cls) -> TruthFrame:
        return cls(np.zeros(0, np.int64), np.zeros((0, 4), np.float32))


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Annotated pictures by number, 0 = first picture of the clip."""

    frames: Mapping[int, TruthFrame]

    def at(self, index: int) -> TruthFrame:
        return self.frames.get(index) or TruthFrame.empty()

    def feet(self) -> dict[int, list[tuple[int, tuple[float, float]]]]:
        """Per identity the (picture, middle of the lower edge in pixels), in order of time."""
        paths: dict[int, list[tuple[int, tuple[float, float]]]] = defaultdict(list)
        for index in sorted(self.frames):
            frame = self.frames[index]
            for identity, box in zip(frame.ids.tolist(), frame.boxes.tolist(), strict=True):
                paths[identity].append((index, ((box[0] + box[2]) / 2, box[3])))
        return dict(paths)


_Row = tuple[int, int, float, float, float, float]
"""Picture, identity, x0, y0, x1, y1."""


def read_ground_truth(path: Path, classes: frozenset[StreetClass]) -> GroundTruth:
    """Read either format; rows of other classes are left out where the format tells the class.

    Raises GroundTruthError for a file that is neither or is broken.
    """
    try:
        rows = _pets_rows(path) if path.suffix.lower() == ".xml" else _mot_rows(path, classes)
        return _by_frame(rows)
    except (OSError, ElementTree.ParseError, AttributeError, TypeError, ValueError) as error:
        raise GroundTruthError(f"{path} is not a readable ground truth: {error}") from error


def _by_frame(rows: Iterable[_Row]) -> GroundTruth:
    found: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    if not found:
        raise ValueError("it holds no boxes")
    return GroundTruth(
        {
            index: TruthFrame(
                np.array([row[1] for row in frame], np.int64),
                np.array([row[2:] for row in frame], np.float32).reshape(-1, 4),
            )
            for index, frame in found.items()
        }
    )


def _pets_rows(path: Path) -> list[_Row]:
    rows: list[_Row] = []
    for frame in ElementTree.parse(path).getroot().iter("frame"):
        index = int(frame.attrib["number"])
        for item in frame.iter("object"):
            box = item.find("box")
            if box is None:
                continue
            x, y, width, height = (float(box.attrib[key]) for key in ("xc", "yc", "w", "h"))
            corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            rows.append((index, int(item.attrib["id"]), *corners))
    return rows


def _mot_rows(path: Path, classes: frozenset[StreetClass]) -> list[_Row]:
    rows: list[_Row] = []
    with path.open(newline="") as file:
        for cells in csv.reader(file):
            if len(cells) < 6 or not _is_wanted(cells, classes):
                continue
            left, top, width, height = (float(cell) for cell in cells[2:6])
            corners = (left, top, left + width, top + height)
            rows.append((int(float(cells[0])) - 1, int(float(cells[1])), *corners))
    return rows


def _is_wanted(cells: list[str], classes: frozenset[StreetClass]) -> bool:
    """Column 7 is 0 for rows that are not to be scored; column 8 is the class, -1 if unknown."""
    if len(cells) > 6 and float(cells[6]) == 0:
        return False
    label = int(float(cells[7])) if len(cells) > 7 else -1
    return label < 0 or MOT_CLASSES.get(label) in classes
