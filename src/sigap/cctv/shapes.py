"""Zones, lines and masks as a user draws them on the picture: checked here, nowhere else."""

import shapely

from sigap.cctv.models import RuleKind
from sigap.core.refusals import Invalid

Points = list[tuple[float, float]]

ZONE_MAX_POINTS = 40
# In parts of the picture's area and width: less than this is a slip of the hand.
ZONE_MIN_AREA = 0.0005
LINE_MIN_LENGTH = 0.02
LINES = frozenset({RuleKind.LINE, RuleKind.WRONG_WAY})
WHOLE_PICTURE = frozenset({RuleKind.TAMPER})


def checked_points(kind: RuleKind, points: Points) -> Points:
    """`points`, if they make a zone or a line. Raises Invalid with a sentence that says why not."""
    if any(not 0 <= value <= 1 for point in points for value in point):
        raise _refused("Every point must lie inside the picture.")
    if kind in WHOLE_PICTURE:
        if points:
            raise _refused("This kind of rule watches the whole picture: nothing is drawn.")
        return points
    return _checked_line(points) if kind in LINES else checked_zone(points)


def checked_zone(points: Points) -> Points:
    """`points`, if they enclose an area whose edges do not cross."""
    if not 3 <= len(points) <= ZONE_MAX_POINTS:
        raise _refused(f"A zone needs 3 to {ZONE_MAX_POINTS} points.")
    polygon = shapely.Polygon(points)
    if not polygon.is_valid:
        raise _refused("The edges of the zone cross each other. Draw it anew.")
    if polygon.area < ZONE_MIN_AREA:
        raise _refused("The zone is too small to see anything in it.")
    return points


def _checked_line(points: Points) -> Points:
    if len(points) != 2:
        raise _refused("A line needs exactly 2 points.")
    if shapely.LineString(points).length < LINE_MIN_LENGTH:
        raise _refused("The line is too short.")
    return points


def _refused(message: str) -> Invalid:
    return Invalid("bad_shape", message, field="points")
