"""Every kind of rule that the core sends is watched, with its settings."""

from __future__ import annotations

from typing import Any

import pytest

from sigap.node.analysis.rule_specs import rule_specs
from sigap.node.uplink.contract import RuleConfig
from sigap.vision.pipeline import Analyser
from sigap.vision.rules.events import Direction, RuleKind, RuleSpec
from sigap.vision.testing_scenes import Scene, SceneDetector

SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
GROUND = [[0.1, 0.1, 0, 20], [0.9, 0.1, 10, 20], [0.9, 0.9, 10, 0], [0.1, 0.9, 0, 0]]
LINE = [[0.5, 0.9], [0.5, 0.1]]
DRAWN: dict[RuleKind, dict[str, Any]] = {
    RuleKind.ZONE: {"points": SQUARE},
    RuleKind.LINE: {"points": LINE, "settings": {"direction": "backward"}},
    RuleKind.LOITERING: {"points": SQUARE, "dwell_s": 30},
    RuleKind.CROWD: {"points": SQUARE, "settings": {"min_count": 12}},
    RuleKind.WRONG_WAY: {"points": LINE},
    RuleKind.STOPPED: {"points": SQUARE, "dwell_s": 60},
    RuleKind.OBJECT: {"points": SQUARE, "dwell_s": 60, "settings": {"sensitivity": 0.5}},
    RuleKind.SPEED: {"points": SQUARE, "settings": {"ground": GROUND, "limit_kmh": 40}},
    RuleKind.QUEUE: {"points": SQUARE, "settings": {"ground": GROUND, "limit_m": 50}},
    RuleKind.TAMPER: {"points": []},
}


def sent(drawn: RuleKind, /, **changes: Any) -> RuleConfig:
    rule = {"id": 1, "uuid": "u", "kind": drawn.value, "name": drawn.value, **DRAWN[drawn]}
    return RuleConfig.model_validate(rule | changes)


@pytest.mark.parametrize("kind", list(RuleKind))
def test_every_kind_becomes_a_rule(kind: RuleKind) -> None:
    specs = rule_specs([sent(kind)])
    assert [spec.kind for spec in specs] == [kind]
    Analyser(specs, SceneDetector(Scene([])), frame_size=(640, 360))


def test_settings_arrive() -> None:
    kinds = (RuleKind.SPEED, RuleKind.CROWD, RuleKind.LINE, RuleKind.OBJECT)
    speed, crowd, line, thing = (spec.settings for spec in rule_specs(list(map(sent, kinds))))
    assert (speed.limit_kmh, speed.ground[1]) == (40, (0.9, 0.1, 10, 20))
    assert crowd.min_count == 12
    assert line.direction is Direction.BACKWARD
    assert thing.sensitivity == 0.5


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "dance"}, {"settings": {"direction": "up"}}, {"points": []}, {"classes": ["cow"]}],
)
def test_a_rule_that_is_not_understood_is_said_and_spoils_no_other(
    wrong: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    specs: list[RuleSpec] = rule_specs([sent(RuleKind.ZONE, id=7, **wrong), sent(RuleKind.ZONE)])
    assert [spec.id for spec in specs] == [1]
    assert "rule 7 is not watched" in caplog.text
