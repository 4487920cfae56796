"""Rules on the command line, good and bad, and what they report of a clip."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from sigap.vision.command import vision_app
from sigap.vision.rule_text import VEHICLES, read_rule
from sigap.vision.rules.events import Direction, RuleKind
from sigap.vision.street_class import EVERY_CLASS, StreetClass
from sigap.vision.testing_footage import MODEL, needs_weights
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, times

AREA = "100,100,500,100,500,400"


def test_every_setting_is_read() -> None:
    rule = read_rule(
        f"speed:{AREA}:limit-kmh=50:direction=backward:score=0.5:class=car+truck:"
        "ground=64,48,0,0;576,48,8,0;576,432,8,20;64,432,0,20",
        7,
        SCENE_SIZE,
        None,
    )

    assert (rule.id, rule.kind, rule.min_score) == (7, RuleKind.SPEED, 0.5)
    assert rule.points[0] == pytest.approx((100 / 640, 100 / 480))
    assert rule.classes == {StreetClass.CAR, StreetClass.TRUCK}
    assert rule.settings.limit_kmh == 50
    assert rule.settings.direction is Direction.BACKWARD
    assert rule.settings.ground[2] == pytest.approx((0.9, 0.9, 8, 20))


def test_each_kind_has_its_usual_classes() -> None:
    persons = frozenset({StreetClass.PERSON})

    def classes(text: str, asked: frozenset[StreetClass] | None = None) -> frozenset[StreetClass]:
        return read_rule(text, 1, SCENE_SIZE, asked).classes

    assert classes(f"stopped:{AREA}:dwell=10") == VEHICLES
    assert classes(f"crowd:{AREA}:count=4") == persons
    assert classes(f"loitering:{AREA}:dwell=10") == EVERY_CLASS
    assert classes(f"queue:{AREA}", persons) == persons
    assert read_rule(f"zone:{AREA}", 1, SCENE_SIZE, None).min_score == pytest.approx(0.4)
    assert read_rule(f"zone:{AREA}", 1, SCENE_SIZE, None).dwell_s == 0
    assert classes("wrong-way:0.5,0,0.5,1") == EVERY_CLASS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no kind of rule"),
        ("theft:0,0,1,1", "is no kind of rule"),
        ("loitering", "needs 3 points"),
        ("loitering:1,2,3", "x,y pairs"),
        ("loitering:a,b,c,d,e,f", "x,y pairs"),
        ("loitering:900,900,950,900,950,950", "outside the picture, which is 640x480"),
        (f"loitering:{AREA}:dwell=-1", "dwell needs a number from 0"),
        (f"loitering:{AREA}:dwell=long", "x,y pairs"),
        (f"loitering:{AREA}:dwell=1,2", "dwell needs a number from 0"),
        (f"loitering:{AREA}:dwell", "KEY=VALUE"),
        (f"loitering:{AREA}:dwell=1:dwell=2", "twice"),
        (f"loitering:{AREA}:wait=1", "no key of a rule"),
        (f"crowd:{AREA}", "min_count"),
        (f"crowd:{AREA}:count=2.5", "whole number"),
        (f"crowd:{AREA}:count=3:class=horse", "horse"),
        (f"speed:{AREA}", "ground points"),
        (f"speed:{AREA}:ground=1,2,3", "x,y,east,north"),
        (f"speed:{AREA}:ground=0,0,0,0;9,9,9,9", "at least four points"),
        ("wrong_way:0.5,0,0.5,1:direction=up", "direction is"),
        (f"tamper:{AREA}", "whole picture"),
        ("tamper:sensitivity=2", "from 0 to 1"),
    ],
)
def test_a_bad_rule_is_refused_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"\A[^\n]+\Z") as refused:
        read_rule(text, 1, SCENE_SIZE, None)

    assert words in str(refused.value)


@pytest.fixture(scope="module")
def covered_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A street with detail and noise; after 20 s a hand is before the lens."""
    path = tmp_path_factory.mktemp("clip") / "covered.mkv"
    rng = np.random.default_rng(5)
    street = Scene([]).picture(0)
    street[::16, :] = 20
    street[:, ::16] = 220
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height = SCENE_SIZE
        stream.pix_fmt = "yuv420p"
        for at_s in times(0, 40, fps=5):
            seen = street if at_s < 20 else np.full_like(street, 30)
            noisy = np.clip(seen + rng.normal(0, 2, seen.shape), 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, format="bgr24")))
        container.mux(stream.encode())
    return path


@needs_weights
def test_alarms_are_printed_with_their_times(covered_clip: Path) -> None:
    rules = ["--rule", "tamper", "--rule", f"loitering:{AREA}:dwell=5"]
    arguments = ["evaluate", str(covered_clip), *rules, "--model", str(MODEL), "--fps", "2"]

    shown = CliRunner().invoke(vision_app, arguments)
    as_json = json.loads(CliRunner().invoke(vision_app, [*arguments, "--json"]).stdout)

    assert shown.exit_code == 0
    tamper, loitering = as_json["rules"]
    assert (tamper["kind"], loitering["kind"]) == ("tamper", "loitering")
    assert loitering["alarms"] == []
    (alarm,) = tamper["alarms"]
    assert alarm["what"] == "covered"
    assert alarm["from_s"] == pytest.approx(20, abs=2)
    assert 23 < alarm["told_s"] < 29
    assert alarm["until_s"] is None
    assert "tamper: 1 alarms" in shown.stdout
    assert "to the end, told at" in shown.stdout


@needs_weights
def test_a_bad_rule_ends_with_code_2(covered_clip: Path) -> None:
    result = CliRunner().invoke(
        vision_app, ["evaluate", str(covered_clip), "--rule", "theft", "--model", str(MODEL)]
    )

    assert result.exit_code == 2
    assert result.output.count("\n") == 1
