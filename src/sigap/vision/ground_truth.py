"""What really is in a clip, as people annotated it. Read by `evaluate` and `command` (the edge).

Two formats: the XML of the PETS 2009 annotations (frame 0 = first picture, box centre and size),
and MOT `gt.txt` (frame 1 = first picture, left, top, width, height, confidence, class).
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
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


LEAST_CELLS = 6
LARGEST_IDENTITY = 1 << 62
MOST_OUTSIDE = 0.2
"""Some annotators follow people a little way out of the picture."""

LOST_AT_END = 5
"""Encoders and cutters leave out the last pictures of a clip."""


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
    """Annotated pictures by number, 0 = first picture of the clip.

    `classes`: what the file says it holds, None where it does not tell.
    """

    frames: Mapping[int, TruthFrame]
    classes: frozenset[StreetClass] | None = None

    @property
    def last_index(self) -> int:
        return max(self.frames)

    def at(self, index: int) -> TruthFrame:
        return self.frames.get(index) or TruthFrame.empty()

    def check_size(self, frame_size: tuple[int, int]) -> None:
        """Raises GroundTruthError where it is plainly of a picture of another size."""
        boxes = np.concatenate([frame.boxes for frame in self.frames.values()])
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        outside = np.any((middles < 0) | (middles > np.array(frame_size)), axis=1)
        if outside.mean() > MOST_OUTSIDE:
            raise GroundTruthError(
                f"{outside.sum()} of {len(boxes)} boxes of the truth lie outside the picture "
                f"of {frame_size[0]}x{frame_size[1]}: is it of another resolution?"
            )

    def within(self, pictures: int, clip: str) -> GroundTruth:
        """What it tells of a clip of so many pictures; a few may be missing at the end.

        Raises GroundTruthError where it goes on well after the end of the clip.
        """
        if self.last_index >= pictures + LOST_AT_END:
            raise GroundTruthError(
                f"the ground truth goes on to picture {self.last_index + 1}, "
                f"but {clip} ends after {pictures}"
            )
        kept = {index: frame for index, frame in self.frames.items() if index < pictures}
        return replace(self, frames=kept)

    def feet(self) -> dict[int, list[tuple[int, tuple[float, float]]]]:
        """Per identity the (picture, middle of the lower edge in pixels), in order of time."""
        paths: dict[int, list[tuple[int, tuple[float, float]]]] = defaultdict(list)
        for index in sorted(self.frames):
            frame = self.frames[index]
            for identity, box in zip(frame.ids.tolist(), frame.boxes.tolist(), strict=True):
                paths[identity].append((index, ((box[0] + box[2]) / 2, box[3])))
        return dict(paths)


@dataclass(frozen=True, slots=True)
class _Row:
    """One box. `where` names its place in the file for a complaint; class None: not told."""

    where: str
    index: int
    identity: int
    corners: tuple[float, float, float, float]
    street_class: StreetClass | None

    def __post_init__(self) -> None:
        x0, y0, x1, y1 = self.corners
        if not np.isfinite(self.corners).all() or x1 <= x0 or y1 <= y0:
            raise ValueError(f"{self.where}: a box needs a place and a size")
        if self.index < 0:
            raise ValueError(f"{self.where}: a picture comes before the first")
        if not 0 <= self.identity < LARGEST_IDENTITY:
            raise ValueError(f"{self.where}: {self.identity} is no identity")


def read_ground_truth(path: Path, classes: frozenset[StreetClass]) -> GroundTruth:
    """Read either format; rows of other classes are left out where the format tells the class.

    Raises GroundTruthError for a file that is neither or is broken.
    """
    try:
        read = _pets_rows if path.suffix.lower() == ".xml" else _mot_rows
        return _by_frame([row for row in read(path) if row.street_class in {None, *classes}])
    except OSError as error:
        raise GroundTruthError(f"{path} cannot be read: {error.strerror}") from error
    except KeyError as error:
        raise GroundTruthError(f"{path} is not a readable ground truth: no {error}") from error
    except (ElementTree.ParseError, csv.Error, OverflowError, ValueError) as error:
        raise GroundTruthError(f"{path} is not a readable ground truth: {error}") from error


def _by_frame(rows: list[_Row]) -> GroundTruth:
    if not rows:
        raise ValueError("it holds no boxes of what is to be scored")
    found: dict[int, dict[int, _Row]] = defaultdict(dict)
    for row in rows:
        if row.identity in found[row.index]:
            raise ValueError(f"{row.where}: identity {row.identity} is twice in one picture")
        found[row.index][row.identity] = row
    told = {row.street_class for row in rows if row.street_class is not None}
    return GroundTruth(
        {
            index: TruthFrame(
                np.array(list(frame), np.int64),
                np.array([row.corners for row in frame.values()], np.float32).reshape(-1, 4),
            )
            for index, frame in found.items()
        },
        frozenset(told) if all(row.street_class is not None for row in rows) else None,
    )


def _pets_rows(path: Path) -> Iterator[_Row]:
    for frame in ElementTree.parse(path).getroot().iter("frame"):
        index = int(frame.attrib["number"])
        where = f"picture {index}"
        for item in frame.iter("object"):
            box = item.find("box")
            if box is None:
                continue
            x, y, width, height = (float(box.attrib[key]) for key in ("xc", "yc", "w", "h"))
            corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            yield _Row(where, index, int(item.attrib["id"]), corners, None)


def _mot_rows(path: Path) -> Iterator[_Row]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        for number, cells in enumerate(csv.reader(file), start=1):
            if cells and not cells[-1].strip():
                cells.pop()
            if not cells:
                continue
            if len(cells) < LEAST_CELLS:
                raise ValueError(f"line {number} has {len(cells)} of {LEAST_CELLS} numbers")
            try:
                values = [float(cell) for cell in cells]
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
            yield from _mot_row(f"line {number}", values)


def _mot_row(where: str, values: list[float]) -> Iterator[_Row]:
    """Column 7 is 0 for rows that are not to be scored; column 8 is the class, -1 if unknown."""
    label = int(values[7]) if len(values) > 7 else -1
    street_class = MOT_CLASSES.get(label)
    if (len(values) > 6 and values[6] == 0) or (label >= 0 and street_class is None):
        return
    left, top, width, height = values[2:6]
    corners = (left, top, left + width, top + height)
    yield _Row(where, int(values[0]) - 1, int(values[1]), corners, street_class)
