"""The writers of rules: drawn, retuned, removed, made quiet and put back. Called by the API, the
admin, the demo and the watch over a rule's accuracy.
"""

from dataclasses import dataclass, field

from sigap.accounts.permissions import Permission, require
from sigap.cctv.actions import lock_camera, tell_node
from sigap.cctv.events import RuleChanged, RuleQuieted, RuleRestored
from sigap.cctv.models import Rule, RuleKind
from sigap.cctv.rule_settings import RuleSettings, checked_classes, checked_settings
from sigap.cctv.shapes import Points, checked_points
from sigap.city.models import Category
from sigap.core import clock
from sigap.core.actor import Actor, ActorKind
from sigap.core.refusals import Conflict, Invalid, NotFound
from sigap.core.unit_of_work import unit_of_work

MAX_RULES = 50
DEFAULT_FLOOR = 0.5


@dataclass(frozen=True, slots=True)
class RuleForm:
    """Everything that a person decides about a rule. `category` is a code; `floor` is the share of
    right alarms (0..1) below which the rule falls quiet."""

    name: str
    kind: RuleKind
    points: Points
    classes: list[str] = field(default_factory=lambda: ["person"])
    min_score: float = 0.4
    dwell_s: float = 0
    settings: RuleSettings = field(default_factory=RuleSettings)
    category: str | None = None
    priority: int | None = None
    enabled: bool = True
    floor: float = DEFAULT_FLOOR


# What the rule sees depends on these: once one changes, older verdicts judge another rule.
TUNING = ("kind", "points", "classes", "min_score", "dwell_s", "settings")
_DECIDED = (*TUNING, "name", "category_id", "priority", "enabled", "floor")


def add_rule(actor: Actor, camera_id: int, form: RuleForm) -> Rule:
    """Give a camera a rule. Raises Invalid for a shape or settings that make none."""
    _require_manage(actor)
    with unit_of_work(actor) as work:
        camera = lock_camera(work.city_id, camera_id)
        if camera.rules.filter(removed_at=None).count() >= MAX_RULES:
            raise Conflict("too_many_rules", f"A camera takes at most {MAX_RULES} rules.")
        rule = Rule(city_id=work.city_id, camera=camera)
        _fill_rule(rule, form)
        rule.save()
        tell_node(camera.node_id)
        work.record(RuleChanged(camera_id=camera.pk, rule_id=rule.pk, change="added"))
        return rule


def change_rule(actor: Actor, rule_id: int, version: int, form: RuleForm) -> Rule:
    """Change a rule; its alarms, counts and verdicts stay with it, but verdicts on what it saw
    before it was retuned no longer count against it.

    Raises Conflict("stale_version") if it changed since `version`.
    """
    _require_manage(actor)
    with unit_of_work(actor) as work:
        rule = _lock_rule(work.city_id, rule_id)
        if rule.version != version:
            raise _stale(rule.version)
        before = {name: getattr(rule, name) for name in _DECIDED}
        _fill_rule(rule, form)
        fields = [name for name, value in before.items() if not _same(getattr(rule, name), value)]
        if set(fields) & set(TUNING):
            rule.judged_from = clock.now()
        rule.version += 1
        rule.save()
        tell_node(rule.camera.node_id)
        work.record(
            RuleChanged(camera_id=rule.camera_id, rule_id=rule.pk, change="changed", fields=fields)
        )
        return rule


def remove_rule(actor: Actor, rule_id: int) -> None:
    """Take a rule away; its past signals and counts stay."""
    _require_manage(actor)
    with unit_of_work(actor) as work:
        rule = _lock_rule(work.city_id, rule_id)
        rule.removed_at = clock.now()
        rule.enabled = False
        rule.save()
        tell_node(rule.camera.node_id)
        work.record(RuleChanged(camera_id=rule.camera_id, rule_id=rule.pk, change="removed"))


def quieten_rule(actor: Actor, rule_id: int, *, reason: str) -> Rule:
    """Keep a rule's alarms out of the queue from now on; they are kept and can be judged.

    A person says why; the system does it when the rule fell under its floor. A rule that is quiet
    already stays as it is.
    """
    _require_manage(actor)
    with unit_of_work(actor) as work:
        rule = _lock_rule(work.city_id, rule_id)
        if rule.quiet:
            return rule
        rule.quiet, rule.quiet_since, rule.quiet_reason = True, clock.now(), reason
        rule.version += 1
        rule.save()
        work.record(
            RuleQuieted(
                camera_id=rule.camera_id,
                rule_id=rule.pk,
                name=rule.name,
                reason=reason,
                by_system=actor.kind is ActorKind.SYSTEM,
            )
        )
        return rule


def restore_rule(actor: Actor, rule_id: int, *, reason: str) -> Rule:
    """Let a quiet rule's alarms into the queue again; a person decides this and says why.

    Only verdicts from now on count against it. Raises Conflict if it is not quiet.
    """
    require(actor, Permission.MANAGE_CAMERAS)
    with unit_of_work(actor) as work:
        rule = _lock_rule(work.city_id, rule_id)
        if not rule.quiet:
            raise Conflict("not_quiet", "This rule is not quiet.")
        rule.quiet, rule.quiet_since, rule.quiet_reason = False, None, ""
        rule.judged_from = clock.now()
        rule.version += 1
        rule.save()
        work.record(RuleRestored(camera_id=rule.camera_id, rule_id=rule.pk, reason=reason))
        return rule


def _require_manage(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        require(actor, Permission.MANAGE_CAMERAS)


def _lock_rule(city_id: int, rule_id: int) -> Rule:
    rule = (
        Rule.objects.select_for_update(of=("self",))
        .select_related("camera")
        .filter(pk=rule_id, city_id=city_id, removed_at=None)
        .first()
    )
    if rule is None:
        raise NotFound("rule")
    return rule


def _stale(current: int) -> Conflict:
    return Conflict(
        "stale_version",
        "Somebody else changed this rule a moment ago. Look at it again.",
        current=current,
    )


def _fill_rule(rule: Rule, form: RuleForm) -> None:
    rule.name = form.name.strip()
    rule.kind = form.kind
    rule.points = checked_points(form.kind, form.points)
    rule.classes = checked_classes(form.kind, form.classes)
    rule.min_score, rule.dwell_s = form.min_score, form.dwell_s
    settings = checked_settings(form.kind, form.settings, form.points, form.dwell_s)
    rule.settings = settings.stored()
    rule.priority, rule.enabled = form.priority, form.enabled
    rule.floor = form.floor
    rule.category = _category(rule.city_id, form.category)


def _same(now: object, before: object) -> bool:
    """Points are tuples as drawn, lists as stored."""
    if isinstance(now, list) and isinstance(before, list):
        return len(now) == len(before) and all(map(_same, now, before))
    if isinstance(now, tuple) and isinstance(before, list | tuple):
        return list(now) == list(before)
    return now == before


def _category(city_id: int, code: str | None) -> Category | None:
    if code is None:
        return None
    category = Category.objects.filter(city_id=city_id, code=code, active=True).first()
    if category is None:
        raise Invalid("unknown_category", f"There is no category {code!r}.", field="category")
    return category
