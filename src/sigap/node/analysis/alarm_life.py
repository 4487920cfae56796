"""The life of one camera's alarms: each begins, may be joined by other rules, and ends.

Every change is told under the alarm's own uuid. Owned by `lane`, inside the analysis process.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sigap.node.uplink.contract import AlarmDetails, AlarmReport, instant
from sigap.vision.colour import dominant_colour
from sigap.vision.detections import Image
from sigap.vision.draw import draw_alarm
from sigap.vision.rules.events import NormBox, RuleAlarm, RuleEnded, RuleKind, RuleSpec

JOIN_S = 5.0
"""What one track trips within this time is one alarm: a person looks at it once."""

CLIP_MARGIN_S = 5.0
MAX_TRACK_POINTS = 1000
NO_TRACK = 0


@dataclass(slots=True)
class _Life:
    """`going_on`: keys of what has not ended yet. Times are Unix seconds."""

    report: AlarmReport
    began_at: float
    observed_at: float
    ended_at: float
    going_on: set[str]


class AlarmLives:
    """`send` takes each message: the first with the picture, later ones without."""

    def __init__(self, camera_id: int, send: Callable[[AlarmReport], None]) -> None:
        self._camera_id, self._send = camera_id, send
        self._lives: list[_Life] = []

    def begin(
        self, alarm: RuleAlarm, make_bgr: Callable[[], Image], rules: Sequence[RuleSpec]
    ) -> None:
        """A new alarm, or one more rule of an alarm that the same track has just raised."""
        self._forget_before(alarm.observed_at_s - JOIN_S)
        life = self._same_track(alarm)
        if life is None:
            self._raise(alarm, make_bgr(), rules)
            return
        if alarm.ended_at_s is None:
            life.going_on.add(alarm.alarm_key)
        life.report = _joined(life.report, alarm)
        self._send(life.report)

    def end(self, ended: RuleEnded) -> None:
        """One of an alarm's rules has ended; the alarm itself ends with the last one."""
        for life in self._lives:
            if ended.alarm_key in life.going_on:
                life.going_on.discard(ended.alarm_key)
                self._finish(life, ended.at_s)

    def end_all(self, at_s: float) -> None:
        """Nobody watches any longer, or with another memory: what goes on is over."""
        for life in self._lives:
            if life.going_on:
                life.going_on.clear()
                self._finish(life, at_s)
        self._lives = []

    def _raise(self, alarm: RuleAlarm, bgr: Image, rules: Sequence[RuleSpec]) -> None:
        report = _first_report(self._camera_id, alarm, bgr, rules)
        self._send(report)
        over = alarm.ended_at_s is not None
        self._lives.append(
            _Life(
                report=report.model_copy(update={"picture": ""}),
                began_at=alarm.started_at_s,
                observed_at=alarm.observed_at_s,
                ended_at=alarm.ended_at_s or alarm.started_at_s,
                going_on=set() if over else {alarm.alarm_key},
            )
        )

    def _same_track(self, alarm: RuleAlarm) -> _Life | None:
        if alarm.track_id == NO_TRACK:
            return None
        for life in reversed(self._lives):
            lately = abs(alarm.observed_at_s - life.observed_at) <= JOIN_S
            if lately and life.report.track_id == alarm.track_id:
                return life
        return None

    def _finish(self, life: _Life, at_s: float) -> None:
        life.ended_at = max(life.ended_at, life.began_at, at_s)
        if life.going_on:
            return
        life.report = ended_report(life.report, life.ended_at)
        self._send(life.report)

    def _forget_before(self, oldest_s: float) -> None:
        self._lives = [
            life for life in self._lives if life.going_on or life.observed_at >= oldest_s
        ]


def ended_report(report: AlarmReport, ended_at: float) -> AlarmReport:
    """The message that an alarm is over since `ended_at` (Unix seconds)."""
    return report.model_copy(
        update={
            "picture": "",
            "ended_at": instant(ended_at),
            "clip_to": instant(max(ended_at, report.observed_at.timestamp()) + CLIP_MARGIN_S),
        }
    )


def _first_report(
    camera_id: int, alarm: RuleAlarm, bgr: Image, rules: Sequence[RuleSpec]
) -> AlarmReport:
    ended_at, last_s = alarm.ended_at_s, max(alarm.observed_at_s, alarm.ended_at_s or 0.0)
    return AlarmReport.model_validate(
        {
            "uuid": str(uuid.uuid4()),
            "camera_id": camera_id,
            "rule_id": alarm.rule_id,
            "started_at": instant(alarm.started_at_s),
            "observed_at": instant(alarm.observed_at_s),
            "class": alarm.street_class.label,
            "score": _part(alarm.score),
            "track_id": alarm.track_id,
            "box": tuple(map(_part, alarm.box_norm)),
            "track": [(_part(x), _part(y)) for x, y in alarm.track_norm[-MAX_TRACK_POINTS:]],
            "picture": base64.b64encode(draw_alarm(bgr, alarm, rules)).decode(),
            "ended_at": instant(ended_at) if ended_at is not None else None,
            "clip_from": instant(alarm.started_at_s - CLIP_MARGIN_S),
            "clip_to": instant(last_s + CLIP_MARGIN_S),
            "details": _details(alarm, colour=_colour(alarm, bgr)),
        }
    )


def _details(alarm: RuleAlarm, *, colour: str | None = None) -> AlarmDetails:
    told = alarm.details
    return AlarmDetails(
        kind=alarm.kind.value,
        count=told.count,
        speed_kmh=told.speed_kmh,
        length_m=told.length_m,
        change=told.change.value if told.change is not None else None,
        colour=colour,
    )


def _joined(report: AlarmReport, alarm: RuleAlarm) -> AlarmReport:
    """What the first rule told stays; the other adds what that one does not know."""
    known = report.details
    others = {*known.also_rule_ids, alarm.rule_id} - {report.rule_id}
    told = _details(alarm).model_dump(exclude_none=True) | known.model_dump(exclude_none=True)
    details = AlarmDetails.model_validate(told | {"also_rule_ids": sorted(others)})
    return report.model_copy(update={"details": details, "ended_at": None})


def _colour(alarm: RuleAlarm, bgr: Image) -> str | None:
    """Of what the box is about; an alarm about a whole zone has no colour."""
    if alarm.track_id == NO_TRACK and alarm.kind is not RuleKind.OBJECT:
        return None
    colour = dominant_colour(_crop(bgr, alarm.box_norm))
    return colour.value if colour is not None else None


def _crop(bgr: Image, box: NormBox) -> Image:
    height, width = bgr.shape[:2]
    x0, y0, x1, y1 = map(_part, box)
    return bgr[int(y0 * height) : round(y1 * height), int(x0 * width) : round(x1 * width)]


def _part(value: float) -> float:
    """A track may leave the picture by a little; the core takes 0..1 only."""
    return min(1.0, max(0.0, float(value)))
