"""A camera's alarm becomes a signal. Called by the route for nodes; may be repeated."""

import base64
import binascii
import logging
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sigap.cctv.alarms import AlarmDetails
from sigap.cctv.models import Alarm, Colour, Node, Rule, StreetClass
from sigap.cctv.shapes import Points
from sigap.city.models import Category
from sigap.city.queries import city_by_id
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.core.models import StoredFile
from sigap.core.photos import store_photo
from sigap.core.refusals import NotFound, Refusal
from sigap.core.unit_of_work import unit_of_work
from sigap.intake.actions import NewSignal, receive_signal, sharpen_signal
from sigap.intake.models import SignalSource

logger = logging.getLogger(__name__)

# What an alarm is about if its rule does not say.
DEFAULT_CATEGORY = "intrusion"
DEFAULT_PRIORITY = 3


@dataclass(frozen=True, slots=True)
class NewAlarm:
    """A node's message. `box` and `track` are in parts of the picture; `picture` is base64 JPEG.

    The node says it again, under the same uuid, when it knows more: how it ended, which seconds
    show it, which other rules the same track tripped.
    """

    uuid: UUID
    camera_id: int
    rule_id: int
    started_at: datetime
    observed_at: datetime
    street_class: StreetClass
    score: float
    track_id: int
    box: list[float]
    track: Points
    picture: str
    ended_at: datetime | None = None
    clip_from: datetime | None = None
    clip_to: datetime | None = None
    details: AlarmDetails = field(default_factory=AlarmDetails)
    colour: Colour | None = None
    also_rule_ids: list[int] = field(default_factory=list)


def receive_alarm(actor: Actor, node: Node, new: NewAlarm) -> int | None:
    """Keep an alarm and give it to the queue; returns the id of its signal.

    None for a quiet rule: its alarms are kept and judged, and take nobody's time; but if the same
    track tripped a rule that is not quiet, that one speaks. Raises NotFound for a camera or rule
    that is not the node's. An unreadable picture is left out: the alarm counts more.
    """
    with unit_of_work(actor, node.city_id):
        known = (
            Alarm.objects.select_for_update(of=("self",))
            .filter(uuid=new.uuid, camera__node=node)
            .first()
        )
        if known is not None:
            return _learn(actor, known, new)
        picture = _picture(node.city_id, new.picture)
        # The lock puts alarms of one rule in a row, so that repetitions find the waiting signal.
        rule = (
            Rule.objects.select_for_update(of=("self",))
            .select_related("camera", "category")
            .filter(pk=new.rule_id, camera_id=new.camera_id, camera__node=node)
            .first()
        )
        if rule is None:
            raise NotFound("rule of this node")
        alarm, created = Alarm.objects.get_or_create(
            uuid=new.uuid, defaults=_alarm_values(rule, new, picture)
        )
        if not created:
            return alarm.signal_id
        return _speak(actor, alarm, [rule, *_rules(rule.camera_id, alarm.also_rule_ids)])


def _speak(actor: Actor, alarm: Alarm, rules: list[Rule]) -> int | None:
    """Make a signal of `alarm` in the name of the most urgent rule that is not quiet."""
    loud = [rule for rule in rules if not rule.quiet]
    if not loud:
        return None
    signal = receive_signal(actor, _signal_of(min(loud, key=_urgency), alarm))
    alarm.signal_id = signal.pk
    alarm.save(update_fields=["signal_id"])
    return signal.pk


def _urgency(rule: Rule) -> int:
    return rule.priority or (rule.category.priority if rule.category else DEFAULT_PRIORITY)


def _facts(alarm: Alarm) -> dict[str, object]:
    """What the row in the queue shows of an alarm (`queries.AlarmFacts`)."""
    told = {name: value for name, value in alarm.details.items() if name != "kind"}
    facts: dict[str, object] = told | {
        "kind": alarm.rule.kind,
        "street_class": str(alarm.street_class),
        "ended_at": alarm.ended_at.isoformat() if alarm.ended_at else None,
    }
    return facts | ({"colour": str(alarm.colour)} if alarm.colour else {})


def _alarm_values(rule: Rule, new: NewAlarm, picture: StoredFile | None) -> dict[str, object]:
    return {
        "city_id": rule.city_id,
        "camera_id": rule.camera_id,
        "rule": rule,
        "started_at": new.started_at,
        "observed_at": new.observed_at,
        "received_at": clock.now(),
        "street_class": new.street_class,
        "score": new.score,
        "track_id": new.track_id,
        "box": new.box,
        "track": new.track,
        "picture": picture,
        "ended_at": new.ended_at,
        "clip_from": new.clip_from,
        "clip_to": new.clip_to,
        "details": new.details.model_dump(mode="json", exclude_none=True),
        "colour": new.colour or "",
        "also_rule_ids": _own_rules(rule.camera_id, new.also_rule_ids),
    }


def _learn(actor: Actor, alarm: Alarm, new: NewAlarm) -> int | None:
    """Take what the node knows by now. Late messages never make an alarm shorter or poorer."""
    known = set(alarm.also_rule_ids)
    alarm.ended_at = _later(alarm.ended_at, new.ended_at)
    alarm.clip_to = _later(alarm.clip_to, new.clip_to)
    alarm.clip_from = alarm.clip_from or new.clip_from
    alarm.colour = alarm.colour or new.colour or ""
    others = _own_rules(alarm.camera_id, new.also_rule_ids)
    alarm.also_rule_ids = sorted({*alarm.also_rule_ids, *others} - {alarm.rule_id})
    _learn_details(alarm, new.details)
    fields = ["ended_at", "clip_from", "clip_to", "colour", "also_rule_ids", "details"]
    alarm.save(update_fields=fields)
    joined = _rules(alarm.camera_id, sorted(set(alarm.also_rule_ids) - known))
    if alarm.signal_id is None:
        return _speak(actor, alarm, joined)
    rises = min((_urgency(rule) for rule in joined if not rule.quiet), default=None)
    sharpen_signal(actor, alarm.signal_id, _facts(alarm), rises)
    return alarm.signal_id


def _learn_details(alarm: Alarm, told: AlarmDetails) -> None:
    """Numbers are the largest that were seen; what changed is the last word."""
    for name, value in told.model_dump(mode="json", exclude_none=True).items():
        before = alarm.details.get(name)
        is_number = isinstance(value, int | float) and isinstance(before, int | float)
        alarm.details[name] = max(value, before) if is_number else value or before


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    known = [moment for moment in (first, second) if moment is not None]
    return max(known, default=None)


def _own_rules(camera_id: int, ids: list[int]) -> list[int]:
    """Those of `ids` that are rules of the camera: a node may not name others."""
    if not ids:
        return []
    own = Rule.objects.filter(camera_id=camera_id, pk__in=ids)
    return sorted(own.values_list("pk", flat=True))


def _rules(camera_id: int, ids: list[int]) -> list[Rule]:
    if not ids:
        return []
    rules = Rule.objects.filter(camera_id=camera_id, pk__in=ids, removed_at=None)
    return list(rules.select_related("camera", "category"))


def _signal_of(rule: Rule, alarm: Alarm) -> NewSignal:
    camera = rule.camera
    return NewSignal(
        city=city_by_id(rule.city_id),
        source=SignalSource.CAMERA,
        title=f"{rule.name} · {camera.name}",
        observed_at=alarm.observed_at,
        category=rule.category or _default_category(rule.city_id),
        priority=rule.priority,
        place=LatLon(camera.lat, camera.lon),
        place_text=camera.name,
        camera_id=camera.pk,
        rule_id=rule.pk,
        picture=alarm.picture,
        facts=_facts(alarm),
    )


def _default_category(city_id: int) -> Category | None:
    return Category.objects.filter(city_id=city_id, code=DEFAULT_CATEGORY).first()


def _picture(city_id: int, encoded: str) -> StoredFile | None:
    if not encoded:
        return None
    try:
        return store_photo(city_id, base64.b64decode(encoded, validate=True))
    except (binascii.Error, Refusal):
        logger.warning("city %s: an alarm's picture is unreadable and was left out", city_id)
        return None
