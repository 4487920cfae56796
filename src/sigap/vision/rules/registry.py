"""Which rule serves which kind: the one place to register a new rule."""

from __future__ import annotations

from collections.abc import Callable

from sigap.vision.rules.events import RuleKind, RuleSpec
from sigap.vision.rules.intrusion import IntrusionRule
from sigap.vision.rules.line_crossing import LineCrossingRule
from sigap.vision.rules.rule import Rule

RULES: dict[RuleKind, Callable[[RuleSpec, tuple[int, int]], Rule]] = {
    RuleKind.ZONE: IntrusionRule,
    RuleKind.LINE: LineCrossingRule,
}


def make_rule(spec: RuleSpec, frame_size: tuple[int, int]) -> Rule:
    """The rule of a spec; `frame_size` is (width, height) in pixels."""
    return RULES[spec.kind](spec, frame_size)
