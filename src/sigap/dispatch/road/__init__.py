"""Travel times by road: ranks units for an incident and draws the route. No Django.

`network.RoadNetwork` is the entry; `straight_line.StraightLine` stands in where a city has no
road file. Both answer `travel.TravelEstimator`.
"""

from sigap.dispatch.road.network import RoadNetwork
from sigap.dispatch.road.straight_line import StraightLine
from sigap.dispatch.road.travel import Basis, Route, RouteCost, TravelEstimator

__all__ = ["Basis", "RoadNetwork", "Route", "RouteCost", "StraightLine", "TravelEstimator"]
