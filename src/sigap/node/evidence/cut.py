"""Cuts one film: fragments into one ordinary MP4, coded pictures untouched. Blocks.

The film's clock follows the wall clock, so that a lost second stays a second.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import av

from sigap.node.errors import DamagedFile, DiskFull
from sigap.node.evidence.plan import FilmPlan
from sigap.node.evidence.reports import CutFile
from sigap.node.frames import CLOCK_HZ
from sigap.node.media.clips import make_ordinary
from sigap.node.media.maps import read_at
from sigap.node.mux.reader import with_base
from sigap.node.uplink.contract import instant

DRIFT_S = 0.1
"""Fragments follow each other without a seam; a larger difference from the wall clock is kept."""
ANCHOR_MS = 60_000
MAX_ANCHORS = 4000
HASH_BYTES = 1 << 20

Progress = Callable[[int], None]
"""Told the bytes done since the last call; raises to stop the work."""
Anchors = list[tuple[int, float]]


def cut_film(plan: FilmPlan, target: Path, progress: Progress) -> Anchors:
    """Write `target`; returns which millisecond of the film is which Unix second.

    Raises DiskFull, DamagedFile, or whatever `progress` raises.
    """
    raw = target.with_suffix(".raw.mp4")
    try:
        anchors = _join(plan, raw, progress)
        make_ordinary(raw).replace(target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull("no room for the export") from error
        raise DamagedFile(f"recordings cannot be read: {error}") from error
    finally:
        raw.unlink(missing_ok=True)
    sync(target)
    return anchors


def describe(target: Path, plan: FilmPlan, anchors: Anchors, *, asked_from: float) -> CutFile:
    """What the manifest says of a finished file. Raises DamagedFile if it cannot be read back."""
    try:
        with av.open(str(target)) as film:
            video = film.streams.video[0]
            sound = next(iter(film.streams.audio), None)
            codec, size = video.codec_context.name, (video.width, video.height)
            pictures = video.frames
            sound_codec = sound.codec_context.name if sound is not None else ""
    except (av.FFmpegError, IndexError) as error:
        raise DamagedFile(f"the film cannot be read back: {error}") from error
    return CutFile(
        name=target.name,
        size_bytes=target.stat().st_size,
        sha256=sha256_of(target),
        start=instant(plan.starts_at),
        end=instant(plan.ends_at),
        lead_ms=max(0, round((asked_from - plan.starts_at) * 1000)),
        codec=codec,
        sound=sound_codec,
        width=size[0],
        height=size[1],
        pictures=pictures,
        clock=[(film_ms, instant(at)) for film_ms, at in anchors],
    )


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _join(plan: FilmPlan, raw: Path, progress: Progress) -> Anchors:
    anchors: Anchors = []
    with raw.open("wb") as file:
        file.write(plan.init)
        for number, (base, is_seam) in enumerate(_bases(plan)):
            piece = plan.pieces[number]
            data = read_at(piece.path, piece.place.offset, piece.place.size)
            file.write(with_base(data, base, number + 1))
            film_ms = base * 1000 // CLOCK_HZ
            due = not anchors or film_ms - anchors[-1][0] >= ANCHOR_MS or is_seam
            if due and len(anchors) < MAX_ANCHORS:
                anchors.append((film_ms, piece.place.starts_at))
            progress(piece.place.size)
    return anchors


def _bases(plan: FilmPlan) -> Iterator[tuple[int, bool]]:
    """The decode time of each fragment, and whether it does not simply follow the last."""
    reached = 0
    for piece in plan.pieces:
        by_clock = round((piece.place.starts_at - plan.starts_at) * CLOCK_HZ)
        is_seam = by_clock - reached > DRIFT_S * CLOCK_HZ
        base = by_clock if is_seam else reached
        yield base, is_seam
        reached = base + piece.place.duration
