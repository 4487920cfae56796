"""Writes docs/state-machines.md from the transition tables: `python -m tools.state_diagrams`.

A test compares the page with `page()`, so a table and its picture cannot drift apart. Unlike the
rest of `tools`, this needs Sigap's own packages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigap.core.machine import StateMachine, Transition
from sigap.dispatch.transitions import ASSIGNMENT_MACHINE, UNIT_MACHINE
from sigap.followup.transitions import TASK_MACHINE
from sigap.incidents.transitions import INCIDENT_MACHINE
from sigap.intake.transitions import REPORT_MACHINE, SIGNAL_MACHINE
from tools.machine import ROOT

Machine = StateMachine[Any, Any]

# Each machine with the file of its table, in the order of the chain.
MACHINES: Mapping[str, tuple[Machine, ...]] = {
    "src/sigap/intake/transitions.py": (SIGNAL_MACHINE, REPORT_MACHINE),
    "src/sigap/incidents/transitions.py": (INCIDENT_MACHINE,),
    "src/sigap/dispatch/transitions.py": (ASSIGNMENT_MACHINE, UNIT_MACHINE),
    "src/sigap/followup/transitions.py": (TASK_MACHINE,),
}
PAGE = ROOT / "docs" / "state-machines.md"

_OPENING = """\
# State machines

Written by `python -m tools.state_diagrams` from the transition tables; a test compares. What is
not in a table is refused: 409 `wrong_state`, with the actions that are allowed. *Who* is a
permission of `src/sigap/accounts/permissions.py`; `tracking_code` is the citizen's.
"""


def page() -> str:
    """The whole page."""
    parts = [_OPENING]
    parts += [_section(machine, file) for file, those in MACHINES.items() for machine in those]
    return "\n".join(parts)


def _section(machine: Machine, file: str) -> str:
    first = next(state.value for state in machine.states.__members__.values())
    head, *steps = machine.diagram().splitlines()
    diagram = "\n".join([head, f"    [*] --> {first}", *steps])
    return (
        f"## {machine.name.capitalize()}\n\n[`{file}`](../{file})\n\n"
        f"```mermaid\n{diagram}\n```\n\n{_table(machine)}"
    )


def _table(machine: Machine) -> str:
    """One line for each thing that can be done, with all the states it can be done in."""
    lines = ["| action | from | to | who | must be given |", "|---|---|---|---|---|"]
    alike: dict[tuple[str, str, str, str], list[str]] = {}
    for row in machine.rows:
        alike.setdefault(_what(row), []).append(row.source.value)
    for (action, target, who, given), sources in alike.items():
        lines.append(f"| {action} | {', '.join(sources)} | {target} | `{who}` | {given} |")
    return "\n".join(lines) + "\n"


def _what(row: Transition[Any, Any]) -> tuple[str, str, str, str]:
    return row.action.value, row.target.value, row.permission, ", ".join(row.required) or "–"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
