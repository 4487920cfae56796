"""Alarms as people read and judge them: rows, and the writer of verdicts. Called by the API, by
the search and by what intake does with an alarm's signal.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from pydantic import BaseModel

from sigap.accounts.permissions import Permission, require
from sigap.cctv.events import AlarmsJudged
from sigap.cctv.models import Alarm, Change, Colour, RuleKind, StreetClass, Verdict
from sigap.cctv.shapes import Points
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import NotFound
from sigap.core.unit_of_work import unit_of_work


class AlarmDetails(BaseModel):
    """What a rule told beside the track: how many, how fast, how long, what changed."""

    kind: str = ""
    count: int | None = None
    speed_kmh: float | None = None
    length_m: float | None = None
    change: Change | None = None


class AlarmRow(BaseModel):
    """A firing of a rule: where, when, what the track was, and which seconds of video show it.

    `ended_at` is None while it goes on. `quiet`: it never came into the queue. `also_rule_ids`:
    other rules that the same track tripped.
    """

    uuid: UUID
    camera_id: int
    camera_name: str
    rule_id: int
    rule_name: str
    kind: RuleKind
    signal_id: int | None
    quiet: bool
    started_at: datetime
    observed_at: datetime
    ended_at: datetime | None
    clip_from: datetime | None
    clip_to: datetime | None
    street_class: StreetClass
    colour: Colour | None
    score: float
    box: list[float]
    track: Points
    picture: UUID | None
    details: AlarmDetails
    also_rule_ids: list[int]
    verdict: Verdict | None
    verdict_by: str | None
    verdict_at: datetime | None


def alarms_with_names(city_id: int) -> QuerySet[Alarm]:
    """All alarms of a city with what a row needs."""
    return Alarm.objects.filter(city_id=city_id).select_related(
        "rule", "camera", "picture", "verdict_by"
    )


def alarms_of_signal(city_id: int, signal_id: int, *, limit: int = 50) -> list[AlarmRow]:
    """The firings behind a signal, the first ones first."""
    alarms = alarms_with_names(city_id).filter(signal_id=signal_id)
    return [alarm_row(alarm) for alarm in alarms.order_by("id")[:limit]]


def alarm_row(alarm: Alarm) -> AlarmRow:
    """The row of one alarm; rule, camera, picture and judge should be joined already."""
    judge = alarm.verdict_by
    return AlarmRow(
        uuid=alarm.uuid,
        camera_id=alarm.camera_id,
        camera_name=alarm.camera.name,
        rule_id=alarm.rule_id,
        rule_name=alarm.rule.name,
        kind=RuleKind(alarm.rule.kind),
        signal_id=alarm.signal_id,
        quiet=alarm.signal_id is None,
        started_at=alarm.started_at,
        observed_at=alarm.observed_at,
        ended_at=alarm.ended_at,
        clip_from=alarm.clip_from,
        clip_to=alarm.clip_to,
        street_class=StreetClass(alarm.street_class),
        colour=Colour(alarm.colour) if alarm.colour else None,
        score=alarm.score,
        box=alarm.box,
        track=alarm.track,
        picture=alarm.picture.uuid if alarm.picture else None,
        details=AlarmDetails.model_validate(alarm.details),
        also_rule_ids=alarm.also_rule_ids,
        verdict=Verdict(alarm.verdict) if alarm.verdict else None,
        verdict_by=judge.display_name if judge else None,
        verdict_at=alarm.verdict_at,
    )


def judge_alarm(actor: Actor, alarm_uuid: UUID, verdict: Verdict | None) -> AlarmRow:
    """Say what an alarm was worth; None takes the verdict back. The last word counts.

    Raises NotFound outside the actor's city.
    """
    require(actor, Permission.JUDGE_ALARMS)
    with unit_of_work(actor) as work:
        alarm = (
            alarms_with_names(work.city_id)
            .select_for_update(of=("self",))
            .filter(uuid=alarm_uuid)
            .first()
        )
        if alarm is None:
            raise NotFound("alarm")
        told = verdict.value if verdict else ""
        if alarm.verdict != told:
            _write_verdict(actor, [alarm], told, clock.now())
            work.record(_judged([alarm], told))
            alarm.refresh_from_db(fields=["verdict_by"])
        return alarm_row(alarm)


def judge_signal_alarms(actor: Actor, signal_id: int, verdict: Verdict, at: datetime) -> None:
    """Give the alarms behind a signal that nobody judged yet the verdict that its decision at `at`
    implies, so that nobody has to judge twice."""
    with unit_of_work(actor) as work:
        alarms = list(_locked(work.city_id, signal_id).filter(verdict=""))
        _write_verdict(actor, alarms, verdict.value, at)
        for group in _by_rule(alarms):
            work.record(_judged(group, verdict.value, by_decision=True))


def take_back_decision(actor: Actor, signal_id: int, at: datetime) -> None:
    """Undo what `judge_signal_alarms` wrote for the decision at `at`; a person's word stays."""
    with unit_of_work(actor) as work:
        alarms = list(_locked(work.city_id, signal_id).filter(verdict_at=at).exclude(verdict=""))
        _write_verdict(actor, alarms, "", at)
        for group in _by_rule(alarms):
            work.record(_judged(group, "", by_decision=True))


def _locked(city_id: int, signal_id: int) -> QuerySet[Alarm]:
    alarms = Alarm.objects.select_for_update().filter(city_id=city_id, signal_id=signal_id)
    return alarms.order_by("id")


def _write_verdict(actor: Actor, alarms: list[Alarm], verdict: str, at: datetime) -> None:
    for alarm in alarms:
        alarm.verdict = verdict
        alarm.verdict_by_id = actor.user_id if verdict else None
        alarm.verdict_at = at if verdict else None
    Alarm.objects.bulk_update(alarms, ["verdict", "verdict_by", "verdict_at"], batch_size=500)


def _by_rule(alarms: Iterable[Alarm]) -> list[list[Alarm]]:
    groups: dict[int, list[Alarm]] = {}
    for alarm in alarms:
        groups.setdefault(alarm.rule_id, []).append(alarm)
    return list(groups.values())


def _judged(alarms: list[Alarm], verdict: str, *, by_decision: bool = False) -> AlarmsJudged:
    first = alarms[0]
    return AlarmsJudged(
        camera_id=first.camera_id,
        rule_id=first.rule_id,
        verdict=verdict,
        alarms=[str(alarm.uuid) for alarm in alarms],
        signal_id=first.signal_id,
        by_decision=by_decision,
    )
