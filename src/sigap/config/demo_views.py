"""Where the demo's cameras look and what they watch for, drawn on the footage itself.

Points are in parts of the picture. The lines of the PETS film are crossed by 15 to 17 of its 19
people, its lawn by two of them (counted with the published ground truth).
"""

from dataclasses import dataclass

from sigap.cctv.shapes import Points


@dataclass(frozen=True, slots=True)
class DemoView:
    """A forbidden zone and a counting line; `zone_enabled`: whether it raises alarms from the
    start, for three cameras at once would flood one operator."""

    zone: Points
    zone_name: str
    line: Points
    zone_enabled: bool = True
    dwell_s: float = 1.0


_LAWN_NAME = "Taman dilarang dimasuki"

_VIEWS = {
    "plaza": DemoView(
        zone=[
            (0.0, 0.46), (0.17, 0.47), (0.39, 0.555), (0.57, 0.67), (0.78, 0.785), (1.0, 0.915),
            (1.0, 1.0), (0.0, 1.0),
        ],
        zone_name=_LAWN_NAME,
        line=[(0.612, 0.295), (0.612, 0.66)],
    ),
    "plaza-east": DemoView(
        zone=[(0.625, 0.0), (1.0, 0.0), (1.0, 0.19), (0.625, 0.28)],
        zone_name="Jalur kendaraan",
        line=[(0.491, 0.28), (0.491, 0.965)],
        zone_enabled=False,
    ),
    "plaza-west": DemoView(
        zone=[
            (0.0, 0.195), (0.29, 0.21), (0.67, 0.355), (0.98, 0.55), (1.0, 0.57), (1.0, 1.0),
            (0.0, 1.0),
        ],
        zone_name=_LAWN_NAME,
        line=[(0.737, 0.02), (0.737, 0.37)],
        zone_enabled=False,
    ),
}  # fmt: skip

_ANY_VIEW = DemoView(
    zone=[(0.62, 0.5), (0.98, 0.5), (0.98, 0.97), (0.62, 0.97)],
    zone_name="Area terlarang",
    line=[(0.45, 0.35), (0.45, 0.98)],
)


def view_of(film: str) -> DemoView:
    """What to draw on the film of that name; footage of the user's own gets a plain frame."""
    return _VIEWS.get(film, _ANY_VIEW)
