"""Which rule serves which kind: the one place to register a new rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sigap.vision.rules.crowd import CrowdRule
from sigap.vision.rules.events import RuleKind, RuleSpec
from sigap.vision.rules.intrusion import IntrusionRule
from sigap.vision.rules.line_crossing import LineCrossingRule
from sigap.vision.rules.loitering import LoiteringRule
from sigap.vision.rules.object_change import ObjectRule
from sigap.vision.rules.queue import QueueRule
from sigap.vision.rules.rule import PictureRule, Rule
from sigap.vision.rules.speed import SpeedRule
from sigap.vision.rules.stopped import StoppedRule
from sigap.vision.rules.tamper import TamperRule
from sigap.vision.rules.wrong_way import WrongWayRule

AnyRule: TypeAlias = "Rule | PictureRule"

RULES: dict[RuleKind, Callable[[RuleSpec, tuple[int, int]], AnyRule]] = {
    RuleKind.ZONE: IntrusionRule,
    RuleKind.LINE: LineCrossingRule,
    RuleKind.LOITERING: LoiteringRule,
    RuleKind.CROWD: CrowdRule,
    RuleKind.WRONG_WAY: WrongWayRule,
    RuleKind.STOPPED: StoppedRule,
    RuleKind.OBJECT: ObjectRule,
    RuleKind.SPEED: SpeedRule,
    RuleKind.QUEUE: QueueRule,
    RuleKind.TAMPER: TamperRule,
}


def make_rule(spec: RuleSpec, frame_size: tuple[int, int]) -> AnyRule:
    """The rule of a spec; `frame_size` is (width, height) in pixels."""
    return RULES[spec.kind](spec, frame_size)
