"""`sigap vision …`: the command line of the analysis. Put under the main program by `sigap.cli`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from sigap.vision.clip import Clip, ClipError, open_clip
from sigap.vision.evaluate import Evaluation, evaluate
from sigap.vision.ground_truth import GroundTruthError, read_ground_truth
from sigap.vision.nanodet import ModelError
from sigap.vision.pipeline import load_detector
from sigap.vision.rule_report import RuleReport
from sigap.vision.rule_text import read_rule
from sigap.vision.rules.events import RuleSpec
from sigap.vision.street_class import EVERY_CLASS, StreetClass

RULE_HELP = (
    "KIND[:x1,y1,x2,y2,…][:key=value]… of any other rule, for example "
    "loitering:100,200,300,200,300,400:dwell=20 or tamper. Keys: dwell, count, direction, "
    "limit-kmh, limit-m, ground (x,y,east,north;…), sensitivity, score, class (car+truck). "
    "May be repeated."
)

RuleTexts = Annotated[list[str] | None, typer.Option(help=RULE_HELP)]
ClassNames = Annotated[
    list[str] | None,
    typer.Option(
        "--class",
        help="What to score and count: person, car … Default: what the ground truth is about; "
        "without one, every class.",
    ),
]

vision_app = typer.Typer(help="Accuracy of the video analysis.", no_args_is_help=True)


@vision_app.callback()
def vision() -> None:
    """Accuracy of the video analysis."""


@vision_app.command("evaluate")
def evaluate_command(  # noqa: PLR0913 - one parameter is one option
    clip: Annotated[Path, typer.Argument(help="Video file from a static camera.")],
    ground_truth: Annotated[
        Path | None, typer.Argument(help="PETS XML or MOT gt.txt; without it, only counts.")
    ] = None,
    line: Annotated[
        list[str] | None,
        typer.Option(help="x1,y1,x2,y2 in pixels, or 0..1 of the picture. May be repeated."),
    ] = None,
    zone: Annotated[
        list[str] | None, typer.Option(help="x1,y1,x2,y2,x3,y3,… of a polygon. May be repeated.")
    ] = None,
    rule: RuleTexts = None,
    street_class: ClassNames = None,
    fps: Annotated[
        float | None, typer.Option(help="Analyse so many pictures a second; default: all.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="ONNX file; default: SIGAP_HOME/models.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score detections, tracks, crossings and intrusions of CLIP against GROUND_TRUTH.

    Rules of other kinds (--rule) print their alarms and measures with their times.

    Forward over a line is from the left to the right of the way from its first to its second
    point: over a line that is drawn downwards, people walking to the left of the picture.
    """
    try:
        asked = frozenset(StreetClass.from_label(name) for name in street_class or [])
        if fps is not None and not 0 < fps < float("inf"):
            raise ValueError("--fps needs a number above 0")
        source = open_clip(clip)
        truth = read_ground_truth(ground_truth, asked or EVERY_CLASS) if ground_truth else None
        drawn = [f"line:{text}" for text in line or []] + [f"zone:{text}" for text in zone or []]
        rules = _rules([*drawn, *(rule or [])], source, asked)
        detector = load_detector(model or _default_model())
        found = evaluate(
            source, truth, rules, detector=detector, classes=asked or None, analysis_fps=fps
        )
    except (ClipError, GroundTruthError, ModelError, ValueError) as error:
        typer.echo(f"sigap vision evaluate: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(json.dumps(found.as_dict(), indent=2) if as_json else _as_text(found))


def _default_model() -> Path:
    return Path(os.environ.get("SIGAP_HOME", "var")) / "models" / "nanodet-g.onnx"


def _rules(texts: Sequence[str], clip: Clip, classes: frozenset[StreetClass]) -> list[RuleSpec]:
    return [
        read_rule(text, number, clip.frame_size, classes or None)
        for number, text in enumerate(texts, start=1)
    ]


def _as_text(found: Evaluation) -> str:
    rows = [
        f"pictures  {found.analysed} analysed, detector on {found.detector_runs}",
        f"time      {found.seconds_per_frame * 1000:.1f} ms a picture",
        f"tracks    {found.tracks}",
        f"classes   {', '.join(found.classes)}",
    ]
    if found.ap50 is not None and found.mota is not None and found.idf1 is not None:
        rows.append(f"detection AP50 {found.ap50:.3f}")
        rows.append(
            f"tracking  MOTA {found.mota:.3f}  IDF1 {found.idf1:.3f}  "
            f"identity switches {found.identity_switches}"
        )
    if found.hota is not None:
        rows.append(
            f"          HOTA {found.hota:.3f}  detection {found.detection_accuracy:.3f}  "
            f"association {found.association_accuracy:.3f}"
        )
    for line in found.lines:
        rows.append(f"line {line.name}: forward {line.forward}, backward {line.backward}")
        if line.wrong is not None:
            rows[-1] += (
                f" (truth {line.expected_forward}/{line.expected_backward}, "
                f"missed {line.missed}, invented {line.invented})"
            )
    for zone in found.zones:
        rows.append(f"zone {zone.name}: {zone.alarms} alarms")
        if zone.expected is not None:
            rows[-1] += (
                f" (truth {zone.expected}, precision {_share(zone.precision)}, "
                f"recall {_share(zone.recall)}, delay {_share(zone.delay_s)} s)"
            )
    for report in found.rules:
        rows.extend(_report_rows(report))
    return "\n".join(rows)


def _report_rows(report: RuleReport) -> list[str]:
    rows = [f"{report.name}: {len(report.alarms)} alarms"]
    for alarm in report.alarms:
        until = "the end" if alarm.until_s is None else f"{alarm.until_s:.1f} s"
        rows.append(
            f"  {alarm.from_s:.1f} s to {until}, told at {alarm.told_s:.1f} s: {alarm.what}"
        )
    rows.extend(
        f"  {row.measure}: {row.readings} readings, least {row.least:.1f}, "
        f"middle {row.middle:.1f}, most {row.most:.1f}"
        for row in report.measures
    )
    return rows


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
