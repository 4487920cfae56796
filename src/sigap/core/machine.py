"""State machines as one table a page: from, action, to, permission, required fields.

Each domain package keeps its tables in `<package>/transitions.py`; a test walks the product of all
states and actions of every machine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from sigap.core.refusals import Conflict, Invalid

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S, A]):
    """One allowed step. `permission` is a value of `accounts.permissions.Permission`."""

    source: S
    action: A
    target: S
    permission: str
    required: tuple[str, ...] = ()


class StateMachine(Generic[S, A]):
    """A table of transitions; whatever is not in it is refused."""

    def __init__(
        self, name: str, states: type[S], actions: type[A], rows: Iterable[Transition[S, A]]
    ) -> None:
        self.name = name
        self.states = states
        self.actions = actions
        self.rows = tuple(rows)
        self._table = {(row.source, row.action): row for row in self.rows}
        if len(self._table) != len(self.rows):
            raise ValueError(f"{name}: a pair of state and action appears twice")

    def allows(self, state: S, action: A) -> bool:
        """Whether `action` is in the table for `state`."""
        return (state, action) in self._table

    def actions_from(self, state: S) -> list[A]:
        """The actions allowed in `state`, in table order."""
        return [row.action for row in self.rows if row.source == state]

    def step(
        self, state: S, action: A, given: Mapping[str, object] | None = None
    ) -> Transition[S, A]:
        """The transition for `action` in `state`.

        Raises Conflict("wrong_state") if the table has none, Invalid("missing_fields") if a
        required field of `given` is empty.
        """
        row = self._table.get((state, action))
        if row is None:
            raise Conflict(
                "wrong_state",
                f"Not possible now: this {self.name} is {state.value}.",
                state=state.value,
                action=action.value,
                allowed=[a.value for a in self.actions_from(state)],
            )
        missing = [name for name in row.required if not (given or {}).get(name)]
        if missing:
            raise Invalid("missing_fields", f"Fill in: {', '.join(missing)}.", fields=missing)
        return row

    def diagram(self) -> str:
        """The machine as a Mermaid state diagram, for the docs."""
        lines = ["stateDiagram-v2"]
        lines += [f"    {r.source.value} --> {r.target.value}: {r.action.value}" for r in self.rows]
        return "\n".join(lines) + "\n"
