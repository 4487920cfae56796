"""A place as it comes over the API."""

from pydantic import BaseModel, Field

from sigap.core.geometry import LatLon


class PlaceIn(BaseModel):
    """WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)

    def point(self) -> LatLon:
        """As a point."""
        return LatLon(self.lat, self.lon)
