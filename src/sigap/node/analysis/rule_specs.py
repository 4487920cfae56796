"""The core's rules in the words of `vision`. Called by `lane` for every new configuration."""

from __future__ import annotations

import logging

from sigap.node.uplink.contract import RuleConfig
from sigap.node.uplink.contract import RuleSettings as TakenSettings
from sigap.vision.rules.events import (
    DECODE_LEVELS,
    DecodeLevel,
    Direction,
    RuleKind,
    RuleSettings,
    RuleSpec,
)
from sigap.vision.street_class import StreetClass

_log = logging.getLogger(__name__)


def rule_specs(rules: list[RuleConfig]) -> list[RuleSpec]:
    """Rules that vision understands; the others are left out, and the log says why.

    The core checks what users draw: only a core that is newer than this node sends such a rule.
    """
    specs = []
    for rule in rules:
        try:
            specs.append(_spec(rule))
        except ValueError as error:
            _log.warning("rule %s is not watched: %s", rule.id, error)
    return specs


def need_tracks(specs: list[RuleSpec]) -> bool:
    """Whether a rule wants more than key frames once something moves."""
    return any(DECODE_LEVELS[spec.kind] is not DecodeLevel.KEYFRAMES for spec in specs)


def _spec(rule: RuleConfig) -> RuleSpec:
    return RuleSpec(
        id=rule.id,
        uuid=rule.uuid,
        kind=RuleKind(rule.kind),
        name=rule.name,
        points=tuple(rule.points),
        classes=frozenset(map(StreetClass.from_label, rule.classes)),
        min_score=rule.min_score,
        dwell_s=rule.dwell_s,
        enabled=rule.enabled,
        settings=_settings(rule.settings),
    )


def _settings(taken: TakenSettings) -> RuleSettings:
    return RuleSettings(
        direction=Direction(taken.direction) if taken.direction else None,
        min_count=taken.min_count,
        limit_kmh=taken.limit_kmh,
        limit_m=taken.limit_m,
        ground=tuple(taken.ground),
        sensitivity=taken.sensitivity,
    )
