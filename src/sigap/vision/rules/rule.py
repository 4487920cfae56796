"""What every rule does: `Rule` watches tracks, `PictureRule` watches the picture itself.

Called by `pipeline.Analyser`; a class may be both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from sigap.vision.detections import Image
from sigap.vision.rules.events import RuleEvent, RuleSpec
from sigap.vision.tracks import TrackView


@runtime_checkable
class Rule(Protocol):
    """One rule of one camera with its memory of tracks."""

    @property
    def spec(self) -> RuleSpec: ...

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        """Take all confirmed tracks of one picture; returns what began, ended or was completed."""
        ...


@dataclass(frozen=True, slots=True)
class Scenery:
    """One picture for rules that look at pixels: brightness only.

    `luma` (H, W) is the full picture; `foreground` (h, w) is true where the background model of a
    shrunk picture sees something move. `tracks` is empty where no detector ran.
    """

    luma: Image
    foreground: NDArray[np.bool_]
    tracks: Sequence[TrackView]


@runtime_checkable
class PictureRule(Protocol):
    """One rule that looks at pictures; seconds may lie between two, and none comes twice."""

    @property
    def spec(self) -> RuleSpec: ...

    def observe_picture(self, scenery: Scenery, at_s: float) -> list[RuleEvent]:
        """Take one picture, newer than the one before; returns what began or ended."""
        ...


def concerns(spec: RuleSpec, track: TrackView) -> bool:
    """Whether the rule looks at this kind of road user and is sure enough of it."""
    return track.street_class in spec.classes and track.score >= spec.min_score
