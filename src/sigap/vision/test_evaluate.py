"""The accuracy passport on a clip made here, and the command line around it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from sigap.vision.clip import ClipError, open_clip
from sigap.vision.command import vision_app
from sigap.vision.detections import Detections, Image
from sigap.vision.evaluate import Evaluation, evaluate
from sigap.vision.ground_truth import GroundTruthError, read_ground_truth
from sigap.vision.rules.events import RuleKind, RuleSpec
from sigap.vision.street_class import EVERY_CLASS, StreetClass
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, Walker, times

PERSON = frozenset({StreetClass.PERSON})
SCENE = Scene([Walker((60, 250), (580, 250), 0.5, 5), Walker((580, 400), (60, 400), 1, 6)])
ZONE = RuleSpec(
    id=1,
    uuid="zone",
    kind=RuleKind.ZONE,
    name="zone",
    points=((0.4, 0.2), (0.6, 0.2), (0.6, 0.7), (0.4, 0.7)),
)
LINE = RuleSpec(id=2, uuid="line", kind=RuleKind.LINE, name="line", points=((0.5, 0.0), (0.5, 1.0)))


class BrightnessDetector:
    """Finds the scene's bright rectangles, so that it needs no clock."""

    def detect(self, bgr: Image, /) -> Detections:
        columns = np.flatnonzero((bgr[:, :, 0] > 170).any(axis=0))
        groups = np.split(columns, np.flatnonzero(np.diff(columns) > 3) + 1)
        rows = [
            ((group[0], lines[0], group[-1] + 1, lines[-1] + 1), 0.9, StreetClass.PERSON)
            for group in groups
            if len(group) > 10
            and len(lines := np.flatnonzero(bgr[:, group[len(group) // 2], 0] > 170))
        ]
        return Detections.of(rows)


@pytest.fixture(scope="module")
def clip_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "scene.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height = SCENE_SIZE
        stream.pix_fmt = "yuv420p"
        for at_s in times(0, 7):
            frame = av.VideoFrame.from_ndarray(SCENE.picture(at_s), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def truth_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("truth") / "gt.txt"
    rows = [
        f"{index + 1},{number},{box[0]},{box[1]},{box[2] - box[0]},{box[3] - box[1]},1,1,1"
        for index, at_s in enumerate(times(0, 7))
        for number, walker in enumerate(SCENE.walkers)
        if (box := walker.box(at_s)) is not None
    ]
    path.write_text("\n".join([*rows, "1,99,0,0,50,50,1,3,1", "1,98,0,0,50,50,0,1,1"]))
    return path


def test_a_known_scene_scores_well(clip_path: Path, truth_path: Path) -> None:
    found = _evaluate(clip_path, truth_path)

    assert found.ap50 is not None
    assert found.ap50 > 0.9
    assert found.mota is not None
    assert found.mota > 0.85
    assert found.hota is not None
    assert found.hota > 0.6
    assert found.classes == ("person",)
    line, zone = found.lines[0], found.zones[0]
    assert (line.forward, line.backward) == (1, 1)
    assert (line.expected_forward, line.expected_backward) == (1, 1)
    assert line.wrong == 0
    assert (zone.alarms, zone.expected, zone.precision, zone.recall) == (1, 1, 1.0, 1.0)
    assert zone.delay_s is not None
    assert zone.delay_s <= 0.4


def test_without_ground_truth_it_only_counts(clip_path: Path) -> None:
    found = _evaluate(clip_path, None)

    assert (found.lines[0].forward, found.lines[0].backward) == (1, 1)
    assert found.lines[0].wrong is None
    assert found.ap50 is None


class WithParkedCar(BrightnessDetector):
    """Sees a car, too, that nobody annotated."""

    def detect(self, bgr: Image, /) -> Detections:
        people = super().detect(bgr)
        car = Detections.of([((20, 20, 140, 100), 0.95, StreetClass.CAR)])
        return Detections(
            np.concatenate([people.boxes, car.boxes]),
            np.concatenate([people.scores, car.scores]),
            np.concatenate([people.classes, car.classes]),
        )


def test_what_a_ground_truth_does_not_name_is_found_out(
    clip_path: Path, truth_path: Path, tmp_path: Path
) -> None:
    nameless = tmp_path / "gt.txt"
    rows = [row.split(",") for row in truth_path.read_text().splitlines()]
    nameless.write_text("\n".join(",".join(row[:6]) for row in rows if row[6:] == ["1", "1", "1"]))

    found = evaluate(
        open_clip(clip_path),
        read_ground_truth(nameless, EVERY_CLASS),
        [replace(rule, classes=EVERY_CLASS) for rule in (ZONE, LINE)],
        detector=WithParkedCar(),
    )

    assert found.classes == ("person",)
    assert found == replace(
        _evaluate(clip_path, truth_path),
        tracks=found.tracks,
        seconds_per_frame=found.seconds_per_frame,
    )


def test_a_ground_truth_that_goes_on_after_the_clip_is_refused(
    clip_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "gt.txt"
    path.write_text("1,1,10,10,20,40\n77,1,10,10,20,40\n")

    with pytest.raises(GroundTruthError, match=r"picture 77, but .* ends after 71"):
        _evaluate(clip_path, path)


def test_a_few_pictures_that_the_clip_lost_at_its_end_are_not_scored(
    clip_path: Path, tmp_path: Path
) -> None:
    whole, longer = tmp_path / "whole.txt", tmp_path / "longer.txt"
    whole.write_text("1,1,10,10,20,40\n71,1,10,10,20,40\n")
    longer.write_text(whole.read_text() + "72,1,10,10,20,40\n76,2,600,10,20,40\n")
    found, expected = _evaluate(clip_path, longer), _evaluate(clip_path, whole)
    assert (found.mota, found.lines, found.zones) == (
        expected.mota,
        expected.lines,
        expected.zones,
    )


def test_a_ground_truth_of_another_resolution_is_refused(clip_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_text("1,1,1500,900,20,40\n2,1,1510,900,20,40\n3,1,10,10,20,40\n")

    with pytest.raises(GroundTruthError, match=r"2 of 3 boxes .* 640x480"):
        _evaluate(clip_path, path)


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_bytes(b"\xef\xbb\xbf1,7,10,10,20,40,1,1,1\r\n2,7,12,10,20,40,1,1,1\r\n")

    assert read_ground_truth(path, PERSON).last_index == 1


def test_fewer_pictures_are_analysed_at_a_lower_rate(clip_path: Path) -> None:
    assert _evaluate(clip_path, None, fps=5.0).analysed == 36
    assert _evaluate(clip_path, None).analysed == 71


def test_a_truncated_clip_ends_early_or_is_refused(clip_path: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip_path.read_bytes()[:3000])

    with pytest.raises(ClipError):
        open_clip(cut)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xml", "<dataset"),
        ("b.xml", "<dataset/>"),
        ("c.xml", "<dataset><frame/></dataset>"),
        ("d.xml", '<d><frame number="0"><object id="1"><box xc="1"/></object></frame></d>'),
        ("e.xml", '<d><frame number="one"><object id="1"/></frame></d>'),
        ("a.txt", "1,2,x,4,5,6"),
        ("b.txt", ""),
        ("c.txt", "1,2,3,4"),
        ("d.txt", "1 2 3 4 5 6"),
        ("e.txt", "frame,id,left,top,width,height"),
        ("f.txt", "0,1,10,10,20,40"),
        ("g.txt", "1,1,10,10,-20,40"),
        ("h.txt", "1,1,nan,10,20,40"),
        ("i.txt", "1,inf,10,10,20,40"),
        ("j.txt", "1,1e30,10,10,20,40"),
        ("k.txt", "1,1,10,10,20,40\n1,1,60,10,20,40"),
        ("l.txt", "1,1,10,10,20,"),
        ("m.txt", "\0\0\0\0"),
        ("n.txt", "\xff\xfe"),
    ],
)
def test_a_bad_ground_truth_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode("latin-1"))

    with pytest.raises(GroundTruthError, match=r"\A.* is not a readable ground truth: [^\n]+\Z"):
        read_ground_truth(path, PERSON)


def test_pets_boxes_are_centred(tmp_path: Path) -> None:
    path = tmp_path / "truth.xml"
    path.write_text(
        '<dataset><frame number="4"><objectlist><object id="9">'
        '<box h="20" w="10" xc="50" yc="100"/></object></objectlist></frame></dataset>'
    )

    frame = read_ground_truth(path, PERSON).at(4)

    assert frame.ids.tolist() == [9]
    np.testing.assert_array_equal(frame.boxes, [[45, 90, 55, 110]])


def test_the_command_says_what_is_wrong(tmp_path: Path, clip_path: Path) -> None:
    runner = CliRunner()
    absent = runner.invoke(vision_app, ["evaluate", str(tmp_path / "none.mp4")])
    folder = runner.invoke(vision_app, ["evaluate", str(tmp_path)])
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    not_video = runner.invoke(vision_app, ["evaluate", str(text)])
    no_truth = runner.invoke(vision_app, ["evaluate", str(clip_path), str(tmp_path / "gt.txt")])
    no_rate = runner.invoke(vision_app, ["evaluate", str(clip_path), "--fps", "0"])
    no_point = runner.invoke(vision_app, ["evaluate", str(clip_path), "--line", "nan,1,2,3"])
    no_zone = runner.invoke(vision_app, ["evaluate", str(clip_path), "--zone", "1,1,2,2"])
    odd_line = runner.invoke(vision_app, ["evaluate", str(clip_path), "--line", "1,2,3"])
    no_class = runner.invoke(vision_app, ["evaluate", str(clip_path), "--class", "horse"])
    no_model = runner.invoke(
        vision_app, ["evaluate", str(clip_path), "--model", str(tmp_path / "none.onnx")]
    )

    for result, words in (
        (absent, "cannot be read"),
        (folder, "cannot be read"),
        (not_video, "cannot be read"),
        (no_truth, "cannot be read"),
        (no_rate, "above 0"),
        (no_point, "x,y pairs"),
        (no_zone, "needs 3 points"),
        (odd_line, "x,y pairs"),
        (no_class, "horse"),
        (no_model, "no detector model"),
    ):
        assert result.exit_code == 2
        assert words in result.output
        assert result.output.count("\n") == 1


def _evaluate(clip: Path, truth: Path | None, fps: float | None = None) -> Evaluation:
    return evaluate(
        open_clip(clip),
        read_ground_truth(truth, PERSON) if truth else None,
        [ZONE, LINE],
        detector=BrightnessDetector(),
        analysis_fps=fps,
    )


def test_the_report_is_json_without_surprises(clip_path: Path, truth_path: Path) -> None:
    found = _evaluate(clip_path, truth_path)

    assert json.loads(json.dumps(found.as_dict()))["lines"][0]["wrong"] == 0
