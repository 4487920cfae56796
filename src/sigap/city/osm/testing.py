"""Tiny hand-made worlds for tests: a few streets on a metre grid, written as a real PBF.

Used by the tests of sigap.city and sigap.dispatch; no other code imports it.
"""

from dataclasses import dataclass, field
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Relation, Way

from sigap.core.geometry import LatLon

_ORIGIN = LatLon(-6.2, 106.6)
_M_PER_DEGREE_LAT = 110_574.0
_M_PER_DEGREE_LON = 110_667.0  # at 6.2° south

Tags = dict[str, str]
Member = tuple[str, str, str]  # kind "n", "w" or "r"; name; role


@dataclass
class TinyWorld:
    """Things are named; ids are given in the order of naming, nodes from 1, ways from 1001."""

    _nodes: dict[str, tuple[LatLon, Tags]] = field(default_factory=dict)
    _ways: dict[str, tuple[list[str], Tags]] = field(default_factory=dict)
    _relations: dict[str, tuple[list[Member], Tags]] = field(default_factory=dict)

    def node(self, name: str, /, east_m: float, north_m: float, **tags: str) -> None:
        self._nodes[name] = (self.place(east_m, north_m), _tags(tags))

    def road(self, name: str, /, nodes: str, **tags: str) -> None:
        """`nodes` is a list of names apart by spaces; a residential street unless `tags` differ."""
        self.way(name, nodes, **{"highway": "residential", **tags})

    def way(self, name: str, /, nodes: str, **tags: str) -> None:
        self._ways[name] = (nodes.split(), _tags(tags))

    def relation(self, name: str, /, members: list[Member], **tags: str) -> None:
        self._relations[name] = (members, _tags(tags))

    def restriction(self, kind: str, start: str, via: str, to: str, **tags: str) -> None:
        """`via` names a node, or ways apart by spaces."""
        vias: list[Member] = [
            ("n" if name in self._nodes else "w", name, "via") for name in via.split()
        ]
        members: list[Member] = [("w", start, "from"), *vias, ("w", to, "to")]
        name = f"restriction {len(self._relations)}"
        self.relation(name, members, type="restriction", restriction=kind, **tags)

    @staticmethod
    def place(east_m: float, north_m: float) -> LatLon:
        """Metres from the world's origin, as a position."""
        return LatLon(
            _ORIGIN.lat + north_m / _M_PER_DEGREE_LAT, _ORIGIN.lon + east_m / _M_PER_DEGREE_LON
        )

    def way_id(self, name: str) -> int:
        return 1001 + list(self._ways).index(name)

    def write(self, path: Path) -> Path:
        """Write as PBF (or whatever the suffix says), ids in ascending order."""
        ids = {
            "n": {name: index + 1 for index, name in enumerate(self._nodes)},
            "w": {name: index + 1001 for index, name in enumerate(self._ways)},
            "r": {name: index + 5001 for index, name in enumerate(self._relations)},
        }
        with osmium.SimpleWriter(str(path), overwrite=True) as writer:
            for name, (place, tags) in self._nodes.items():
                lon_lat = (place.lon, place.lat)
                writer.add_node(Node(id=ids["n"][name], location=lon_lat, tags=tags, version=1))
            for name, (nodes, tags) in self._ways.items():
                refs = [ids["n"][node] for node in nodes]
                writer.add_way(Way(id=ids["w"][name], nodes=refs, tags=tags, version=1))
            for name, (members, tags) in self._relations.items():
                found = [(kind, ids[kind][ref], role) for kind, ref, role in members]
                writer.add_relation(
                    Relation(id=ids["r"][name], members=found, tags=tags, version=1)
                )
        return path


def _tags(given: Tags) -> Tags:
    """Keyword names to OSM keys: a double underscore stands for a colon."""
    return {key.replace("__", ":"): value for key, value in given.items()}
