"""The road graph as arrays, and its file roads.npz. The contract between import and dispatch.

Written by `build.build_roads`; loaded by `sigap.dispatch.road.network.RoadNetwork`.
"""

import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigap.city.osm.errors import CityImportError, ImportFault

IntArray = NDArray[np.int32]
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class RoadGraph:
    """An edge-based graph. Three levels, each an index into the one before:

    *segment*: a stretch of road between two junctions, undirected, with its line.
    *edge*: a segment in one permitted direction.
    *vertex*: an edge, or a copy of one that remembers which turn restriction is under way.
    An *arc* is a permitted turn from vertex to vertex.
    """

    node_lon_lat: NDArray[np.float64]  # (nodes, 2) degrees
    segment_way_id: NDArray[np.int64]  # (segments,)
    segment_length_m: NDArray[np.float32]  # (segments,)
    line_start: IntArray  # (segments + 1,) offsets into line_lon_lat
    line_lon_lat: NDArray[np.float64]  # (points, 2) degrees
    edge_segment: IntArray  # (edges,)
    edge_forward: NDArray[np.bool_]  # (edges,) along the segment's line
    edge_tail: IntArray  # (edges,) node
    edge_head: IntArray  # (edges,) node
    edge_time_ms: IntArray  # (edges,) free driving, turns apart
    vertex_edge: IntArray  # (vertices,); the first `edges` vertices are the edges themselves
    vertex_connected: NDArray[np.bool_]  # (vertices,) in the largest strongly connected component
    arc_from: IntArray  # (arcs,) vertex
    arc_to: IntArray  # (arcs,) vertex
    arc_turn_ms: IntArray  # (arcs,) delay of the turn itself
    order: IntArray  # (vertices,) contraction order

    @property
    def edge_count(self) -> int:
        return len(self.edge_segment)

    @property
    def vertex_count(self) -> int:
        return len(self.vertex_edge)

    def save(self, path: Path) -> None:
        """Write beside `path`, then rename: a reader never sees half a file."""
        beside = path.with_name(path.name + ".part")
        arrays: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        with beside.open("wb") as file:
            np.savez_compressed(file, version=np.array(FORMAT_VERSION), **arrays)
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> "RoadGraph":
        """Raises CityImportError where the file is damaged or of another version."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                if int(stored["version"]) != FORMAT_VERSION:
                    raise KeyError("version")
                return cls(**{item.name: stored[item.name] for item in fields(cls)})
        except (KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise CityImportError(
                ImportFault.DAMAGED,
                f"The road file {path.name} is damaged or of another version. Import the city "
                "again: sigap city import FILE.osm.pbf",
            ) from error
