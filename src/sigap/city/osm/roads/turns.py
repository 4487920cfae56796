"""Which edge may follow which: the turns at every node, less what restrictions forbid.

Third step of `build.build_roads`. Restrictions over via *ways* are honoured by copies of the edges
on the way: a copy is reached only from the `from` way, so it knows what is forbidden ahead.
"""

import math
from dataclasses import dataclass, field

from sigap.city.osm.roads.segments import Edge, SplitRoads
from sigap.city.osm.roads.ways import RawRoads, TurnRestriction

SHARP_TURN_MS = 20_000
TURN_MS = 4_000
_SHARP_RAD = 2.6
_TURN_RAD = 1.0


@dataclass(slots=True)
class Turns:
    """Vertices and arcs. `exits[v]` maps each next vertex to the delay of that turn in ms.
    `edge_of[v]` is the edge a vertex stands for; the first vertices are the edges themselves."""

    edge_of: list[int]
    exits: list[dict[int, int]]
    copies: dict[int, list[int]] = field(default_factory=dict)
    via_way_restrictions: int = 0
    restrictions_off_network: int = 0

    def vertices_of(self, edge: int) -> list[int]:
        """The edge itself and its copies."""
        return [edge, *self.copies.get(edge, ())]


def build_turns(raw: RawRoads, split: SplitRoads) -> Turns:
    """All permitted turns. A vertex that restrictions left without an exit may turn back."""
    exits = [_exits(raw, split, index) for index in range(len(split.edges))]
    turns = Turns(list(range(len(split.edges))), exits)
    by_way = _EdgesByWay(split)
    forbidden_back: set[int] = set()
    # Node restrictions first: a copy made later inherits what is left of its edge's exits.
    for rule in (rule for rule in raw.restrictions if rule.via_node is not None):
        _apply_at_node(turns, split, by_way, rule, forbidden_back)
    for rule in (rule for rule in raw.restrictions if rule.via_ways):
        _apply_along_ways(turns, split, by_way, rule)
    _open_dead_ends(turns, split, forbidden_back)
    return turns


class _EdgesByWay:
    """Edges of a way that leave or reach a node."""

    def __init__(self, split: SplitRoads) -> None:
        self._edges: dict[int, list[int]] = {}
        for index, edge in enumerate(split.edges):
            self._edges.setdefault(split.segments[edge.segment].way_id, []).append(index)
        self._split = split

    def reaching(self, way_id: int, node: int) -> list[int]:
        return [e for e in self._edges.get(way_id, ()) if self._split.edges[e].head == node]

    def leaving(self, way_id: int, node: int) -> list[int]:
        return [e for e in self._edges.get(way_id, ()) if self._split.edges[e].tail == node]

    def all_of(self, way_id: int) -> list[int]:
        return self._edges.get(way_id, [])


def _exits(raw: RawRoads, split: SplitRoads, index: int) -> dict[int, int]:
    edge = split.edges[index]
    onward = split.leaving.get(edge.head, [])
    back = [other for other in onward if is_reverse(edge, split.edges[other])]
    ahead = [other for other in onward if not is_reverse(edge, split.edges[other])]
    if edge.head in raw.blocked_nodes or not ahead:
        return dict.fromkeys(back, SHARP_TURN_MS)
    if len(ahead) == 1:
        return {ahead[0]: 0}
    return {other: turn_ms(edge, split.edges[other]) for other in ahead}


def is_reverse(edge: Edge, other: Edge) -> bool:
    """Whether `other` drives the same segment the other way."""
    return edge.segment == other.segment and edge.forward != other.forward


def turn_ms(edge: Edge, following: Edge) -> int:
    """Delay by the angle of the turn: none when going on, more when nearly turning back."""
    angle = abs(math.remainder(following.bearing_out - edge.bearing_in, 2 * math.pi))
    if angle > _SHARP_RAD:
        return SHARP_TURN_MS
    return TURN_MS if angle > _TURN_RAD else 0


def _apply_at_node(
    turns: Turns,
    split: SplitRoads,
    by_way: _EdgesByWay,
    rule: TurnRestriction,
    forbidden_back: set[int],
) -> None:
    node = rule.via_node
    if node is None:
        return
    sources = [edge for way in rule.from_ways for edge in by_way.reaching(way, node)]
    targets = {edge for way in rule.to_ways for edge in by_way.leaving(way, node)}
    if not sources or not targets:
        turns.restrictions_off_network += 1
        return
    for source in sources:
        if any(is_reverse(split.edges[source], split.edges[target]) for target in targets):
            forbidden_back.add(source)
        _restrict(turns.exits[source], targets, rule.mandatory)


def _restrict(exits: dict[int, int], targets: set[int], mandatory: bool) -> None:
    """Keep only the targets, or drop them. A mandatory turn that does not exist binds nobody."""
    if mandatory and not targets & exits.keys():
        return
    for target in [t for t in exits if (t in targets) != mandatory]:
        del exits[target]


def _apply_along_ways(
    turns: Turns, split: SplitRoads, by_way: _EdgesByWay, rule: TurnRestriction
) -> None:
    applied = False
    for from_way in rule.from_ways:
        for first in by_way.all_of(from_way):
            for path in _paths(split, by_way, first, rule.via_ways):
                end = split.edges[path[-1]].head
                targets = {edge for way in rule.to_ways for edge in by_way.leaving(way, end)}
                if targets:
                    applied = True
                    _restrict_path(turns, path, targets, rule.mandatory)
    turns.via_way_restrictions += applied
    turns.restrictions_off_network += not applied


def _paths(
    split: SplitRoads, by_way: _EdgesByWay, first: int, via_ways: tuple[int, ...]
) -> list[list[int]]:
    """Edge paths that leave `first` and run along the via ways to their end, in order."""
    paths = [[first]]
    for way in via_ways:
        paths = [longer for path in paths for longer in _along(split, by_way, path, way)]
    return paths


def _along(split: SplitRoads, by_way: _EdgesByWay, path: list[int], way: int) -> list[list[int]]:
    """`path` continued along `way`, once for each node of it where one may stop."""
    found, frontier, seen = [], [path], set(path)
    while frontier:
        current = frontier.pop()
        last = split.edges[current[-1]]
        for edge in by_way.leaving(way, last.head):
            if edge in seen or is_reverse(last, split.edges[edge]):
                continue
            seen.add(edge)
            longer = [*current, edge]
            found.append(longer)
            frontier.append(longer)
    return found


def _restrict_path(turns: Turns, path: list[int], targets: set[int], mandatory: bool) -> None:
    """Forbid (or impose) the turn from the end of `path` to `targets` for those who drove it."""
    for start in turns.vertices_of(path[0]):
        current = start
        for edge in path[1:]:
            following = _next_on(turns, current, edge)
            if following is None:
                break
            current = _private(turns, current, following)
        else:
            ends = {vertex for vertex in turns.exits[current] if turns.edge_of[vertex] in targets}
            _restrict(turns.exits[current], ends, mandatory)


def _next_on(turns: Turns, vertex: int, edge: int) -> int | None:
    return next((v for v in turns.exits[vertex] if turns.edge_of[v] == edge), None)


def _private(turns: Turns, before: int, vertex: int) -> int:
    """A copy of `vertex` reached from `before` alone."""
    copy = len(turns.edge_of)
    edge = turns.edge_of[vertex]
    turns.edge_of.append(edge)
    turns.exits.append(dict(turns.exits[vertex]))
    turns.copies.setdefault(edge, []).append(copy)
    turns.exits[before][copy] = turns.exits[before].pop(vertex)
    return copy


def _open_dead_ends(turns: Turns, split: SplitRoads, forbidden_back: set[int]) -> None:
    for vertex, exits in enumerate(turns.exits):
        edge = turns.edge_of[vertex]
        if exits or edge in forbidden_back:
            continue
        for other in split.leaving.get(split.edges[edge].head, []):
            if is_reverse(split.edges[edge], split.edges[other]):
                exits[other] = SHARP_TURN_MS
