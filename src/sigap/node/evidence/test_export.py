"""From an order of the core to a ZIP that verifies: a real node, a real camera, real films."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import av
import numpy as np
import pytest

from sigap.node.conftest import RunningNode
from sigap.node.evidence import room as room_module
from sigap.node.evidence.job import ExportCancelled, ExportFailed, ExportJob, Source
from sigap.node.evidence.reports import ExportProblem
from sigap.node.evidence.testing_orders import (
    NOON,
    ORDER,
    record_film,
    signed_manifest,
    wanted,
)
from sigap.node.evidence.verify import verify
from sigap.node.frames import AccessUnit, Codec
from sigap.node.ingest.container import read_units
from sigap.node.ingest.transcode import camera_copy
from sigap.node.media.tokens import View
from sigap.node.recording.keeping import KeepBook, Protection
from sigap.node.recording.segments import Segment, find_segments
from sigap.node.simulate.clip import Clip
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import MEDIA_KEY, UUID, FakeCore, camera_entry, media_token, until
from sigap.node.uplink.contract import ExportConfig, ExportItem, NodeConfig, instant
from sigap.node.uplink.promises import promises_of

StartNode = Callable[..., AbstractAsyncContextManager[RunningNode]]


@pytest.fixture(scope="module")
def film(clip_file: Path, clip: Clip) -> list[AccessUnit]:
    """The clip's pictures as a camera sends them: 10 a second, a key frame a second, 4 s."""
    with av.open(str(camera_copy(clip_file, clip_file.parent, frozenset({Codec.H264})))) as source:
        units = list(read_units(source))
    assert len(units) == len(clip.pictures) == 40
    return units


def order(begin: float, end: float, *, masked: bool = False) -> ExportConfig:
    item = ExportItem(camera_uuid=UUID, start=instant(begin), end=instant(end))
    return ExportConfig(uuid=ORDER, masked=masked, items=[item])


def job(tmp_path: Path, wanted: ExportConfig, **changes: Any) -> ExportJob:
    segments = sorted(find_segments(tmp_path / "recordings"), key=lambda s: s.starts_at)
    source = Source("Gerbang Utara 1", [[(0, 0), (0.5, 0), (0.5, 1), (0, 1)]], {0: segments})
    settings: dict[str, Any] = {"min_free_bytes": 0, "told": lambda _: None} | changes
    return ExportJob(wanted, {UUID: source}, tmp_path / "out", **settings)


def coded(path: Path) -> Iterator[bytes]:
    with av.open(str(path)) as film:
        for packet in film.demux(film.streams.video[0]):
            if packet.size:
                yield bytes(packet)


def test_films_are_copied_with_their_gaps_and_clock(tmp_path: Path, film: list[AccessUnit]) -> None:
    record_film(tmp_path / "recordings", film, NOON, NOON + 4, NOON + 60)
    told: list[float] = []
    [item] = job(tmp_path, order(NOON + 1.5, NOON + 70), told=told.append).run()
    first, second = item.files
    assert first.name == "01-gerbang-utara-1-20231114T221321Z.mp4"
    assert (first.lead_ms, first.codec, first.width) == (500, "h264", 320)
    assert (first.pictures, second.pictures) == (70, 40)
    gap, tail = item.gaps
    assert (gap.start, gap.end) == (instant(NOON + 8), instant(NOON + 60))
    assert tail.end == instant(NOON + 70)
    assert item.recorded_ms == pytest.approx(10_500, abs=5)
    assert first.clock[0] == (0, instant(NOON + 1))
    path = tmp_path / "out" / first.name
    assert hashlib.sha256(path.read_bytes()).hexdigest() == first.sha256
    pictures = [unit.payload for unit in film]
    assert list(coded(path)) == [*pictures[10:], *pictures]
    head = path.read_bytes()[:4096]
    assert head.index(b"moov") < head.index(b"mdat") if b"mdat" in head else b"moov" in head
    assert b"moof" not in path.read_bytes()
    assert told[-1] == 0.99
    assert told == sorted(told)


def test_a_lost_second_stays_a_second_in_the_film(tmp_path: Path, film: list[AccessUnit]) -> None:
    record_film(tmp_path / "recordings", film, NOON, NOON + 5)
    [item] = job(tmp_path, order(NOON, NOON + 9)).run()
    [cut] = item.files
    assert cut.clock == [(0, instant(NOON)), (5000, instant(NOON + 5))]
    with av.open(str(tmp_path / "out" / cut.name)) as opened:
        assert opened.duration == pytest.approx(9e6, abs=1e5)


def test_a_masked_copy_shows_nothing_behind_the_mask(
    tmp_path: Path, film: list[AccessUnit]
) -> None:
    record_film(tmp_path / "recordings", film, NOON)
    [item] = job(tmp_path, order(NOON, NOON + 2, masked=True)).run()
    [cut] = item.files
    assert (cut.codec, cut.width, cut.height) == ("vp9", 320, 240)
    assert cut.name.endswith("-masked.mp4")
    with av.open(str(tmp_path / "out" / cut.name)) as opened:
        frames = [frame.to_ndarray(format="gray") for frame in opened.decode(video=0)]
    assert len(frames) == 20
    for frame in frames:
        assert int(np.asarray(frame)[:, :150].max()) < 40
        assert float(np.asarray(frame)[:, 170:].mean()) > 60
    assert [path.name for path in (tmp_path / "out").iterdir()] == [cut.name]


def test_why_an_export_fails(tmp_path: Path, film: list[AccessUnit]) -> None:
    record_film(tmp_path / "recordings", film, NOON)
    with pytest.raises(ExportFailed) as nothing:
        job(tmp_path, order(NOON + 100, NOON + 200)).run()
    assert nothing.value.problem is ExportProblem.NOTHING_RECORDED
    with pytest.raises(ExportFailed) as full:
        job(tmp_path, order(NOON, NOON + 4), min_free_bytes=1 << 60).run()
    assert full.value.problem is ExportProblem.DISK_FULL
    unknown = job(tmp_path, order(NOON, NOON + 4, masked=True))
    source = unknown.sources[UUID]
    unknown.sources = {UUID: Source(source.name, None, source.segments)}
    with pytest.raises(ExportFailed) as maskless:
        unknown.run()
    assert maskless.value.problem is ExportProblem.MASKING_FAILED

    def stop(_: float) -> None:
        raise ExportCancelled

    with pytest.raises(ExportCancelled):
        job(tmp_path, order(NOON, NOON + 4), told=stop).run()


def ready_reports(core: FakeCore) -> list[dict[str, Any]]:
    return [report for report in core.evidence if report["state"] == "ready"]


def test_what_waits_to_be_cut_is_held(tmp_path: Path) -> None:
    camera = camera_entry("rtsp://camera/1") | {"retention_h": 1}
    config = NodeConfig.model_validate(
        {
            "node_id": 1,
            "epoch": 1,
            "version": 1,
            "media_key": MEDIA_KEY,
            "cameras": [camera],
            "exports": [wanted(NOON, NOON + 9)],
        }
    )
    book = KeepBook(tmp_path, default_retention_h=1)
    book.learn(promises_of(config))
    touched = Segment(UUID, tmp_path / "a", NOON + 5, NOON + 65, 1)
    later = Segment(UUID, tmp_path / "b", NOON + 65, NOON + 125, 1)
    assert book.protection(touched) is Protection.HELD
    assert book.protection(later) is Protection.PLAIN
    book.learn(promises_of(config.model_copy(update={"exports": []})))
    assert book.protection(touched) is Protection.PLAIN


async def test_an_order_becomes_a_zip_that_verifies(
    core: FakeCore,
    simulator: CameraSimulator,
    start_node: StartNode,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_module, "SETTLE_S", 3.0)
    core.answer_evidence = lambda report: (
        {"odd": "answer"} if not ready_reports(core)[1:] else signed_manifest(report)
    )
    core.set_cameras(camera_entry(f"rtsp://127.0.0.1:{simulator.port}/walk"))
    async with start_node() as node:
        await until(lambda: core.last_camera().get("recorded_from"), what="recording")
        begin = time.time() + 0.5
        core.order_exports(wanted(begin, begin + 2), wanted(begin - 9e4, begin - 8e4, uuid="none"))
        await until(lambda: ready_reports(core), what="the export")
        folder = node.settings.evidence / ORDER
        await until((folder / "manifest.json").exists, what="the manifest")
        await until(
            lambda: any(r["problem"] == "nothing_recorded" for r in core.evidence),
            what="the other export's failure",
        )
        assert not (node.settings.evidence / "none").exists()
        url = f"{node.url}/media/evidence/{ORDER}.zip"
        async with aiohttp.ClientSession() as session:
            async with session.get(url, params={"t": media_token(View.PLAY)}) as refused:
                assert refused.status == 403
            export_token = media_token(View.EXPORT, uuid=ORDER)
            async with session.get(url, params={"t": export_token}) as answer:
                assert answer.status == 200
                assert "sigap-kota-00001.zip" in answer.headers["Content-Disposition"]
                data = await answer.read()
    first, again = ready_reports(core)
    assert first == again, "what was cut is handed in again, not cut again"
    path = tmp_path / "export.zip"
    path.write_bytes(data)
    verdict = verify(path)
    assert verdict.is_good, verdict.faults
    assert verdict.files == 1
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".mp4")]
        archive.extract(name, tmp_path)
    with av.open(str(tmp_path / name)) as opened:
        pictures = sum(1 for _ in opened.decode(video=0))
    assert 18 <= pictures <= 45
