"""Carries out one export: all its stretches into files of one folder. Blocks; runs in a thread.

Called by `room`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sigap.node.errors import DamagedFile, DiskFull, MaskingFailed, NodeError
from sigap.node.evidence.cut import cut_film, describe
from sigap.node.evidence.masking import mask_film
from sigap.node.evidence.plan import FilmPlan, plan_films
from sigap.node.evidence.reports import CutFile, CutItem, ExportProblem, Missing
from sigap.node.media.burn import Masks
from sigap.node.media.maps import FileMaps
from sigap.node.recording.segments import Segment, Span, find_gaps
from sigap.node.uplink.contract import ExportConfig, ExportItem, instant

ROOM_FACTOR = 2.2
"""A film lies twice on the disk while its index is put to its beginning."""


class ExportFailed(NodeError):
    """The export cannot be made; `problem` is what the core is told."""

    def __init__(self, problem: ExportProblem) -> None:
        super().__init__(problem)
        self.problem = problem


class ExportCancelled(NodeError):
    """Nobody wants it any more."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of one camera. `masks` None: not known, so nothing can be masked."""

    name: str
    masks: Masks | None
    segments: Mapping[int, list[Segment]]
    """By the number of the stretch within the export."""


@dataclass(slots=True)
class ExportJob:
    """`told`: is given the share that is done (0..1), and raises ExportCancelled to stop."""

    order: ExportConfig
    sources: Mapping[str, Source]
    folder: Path
    min_free_bytes: int
    told: Callable[[float], None]
    _done_bytes: int = 0
    _all_bytes: int = 1

    def run(self) -> list[CutItem]:
        """Raises ExportFailed or ExportCancelled; the folder is then of no use."""
        try:
            plans = [self._plan(number, item) for number, item in enumerate(self.order.items)]
            if not any(plans):
                raise ExportFailed(ExportProblem.NOTHING_RECORDED)
            self._prepare(plans)
            return [
                self._cut_item(number, item, plans[number])
                for number, item in enumerate(self.order.items)
            ]
        except DiskFull as error:
            raise ExportFailed(ExportProblem.DISK_FULL) from error
        except MaskingFailed as error:
            raise ExportFailed(ExportProblem.MASKING_FAILED) from error
        except (DamagedFile, OSError) as error:
            raise ExportFailed(ExportProblem.UNREADABLE) from error

    def _plan(self, number: int, item: ExportItem) -> list[FilmPlan]:
        segments = self.sources[item.camera_uuid].segments[number]
        return plan_films(segments, _span(item), FileMaps())

    def _prepare(self, plans: list[list[FilmPlan]]) -> None:
        size = sum(film.size_bytes for films in plans for film in films)
        self._all_bytes = size * (2 if self.order.masked else 1)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if shutil.disk_usage(self.folder).free < size * ROOM_FACTOR + self.min_free_bytes:
            raise DiskFull("no room for the export")

    def _cut_item(self, number: int, item: ExportItem, films: list[FilmPlan]) -> CutItem:
        span = _span(item)
        recorded = [Span(film.starts_at, film.ends_at) for film in films]
        gaps = _gaps(recorded, span)
        missing_s = sum(gap.ends_at - gap.starts_at for gap in gaps)
        return CutItem(
            camera_uuid=item.camera_uuid,
            start=item.start,
            end=item.end,
            recorded_ms=max(0, round((span.ends_at - span.starts_at - missing_s) * 1000)),
            gaps=[Missing(start=instant(g.starts_at), end=instant(g.ends_at)) for g in gaps],
            files=[self._cut(number, item, film) for film in films],
        )

    def _cut(self, number: int, item: ExportItem, film: FilmPlan) -> CutFile:
        source = self.sources[item.camera_uuid]
        target = self.folder / _name(number, source.name, film, masked=self.order.masked)
        while target.exists():
            target = target.with_name(f"{target.stem}-b.mp4")
        if self.order.masked:
            if source.masks is None:
                raise MaskingFailed("the masks of this camera are not known")
            plain = self.folder / "plain.mp4"
            anchors = cut_film(film, plain, self._progress)
            try:
                mask_film(plain, target, source.masks, self._progress)
            finally:
                plain.unlink(missing_ok=True)
        else:
            anchors = cut_film(film, target, self._progress)
        return describe(target, film, anchors, asked_from=item.start.timestamp())

    def _progress(self, size: int) -> None:
        self._done_bytes += size
        self.told(min(0.99, self._done_bytes / self._all_bytes))


def _span(item: ExportItem) -> Span:
    return Span(item.start.timestamp(), item.end.timestamp())


def _gaps(recorded: list[Span], span: Span) -> list[Span]:
    as_segments = [Segment("", Path(), one.starts_at, one.ends_at, 0) for one in recorded]
    return find_gaps(as_segments, span)


def _name(number: int, camera: str, film: FilmPlan, *, masked: bool) -> str:
    slug = re.sub(r"[^0-9a-z]+", "-", camera.lower()).strip("-")[:40] or "kamera"
    begin = instant(film.starts_at)
    return f"{number + 1:02d}-{slug}-{begin:%Y%m%dT%H%M%SZ}{'-masked' if masked else ''}.mp4"
