"""Field types with limits, shared by the routes of cameras and nodes."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

BIGGEST_ID = 2**63 - 1
BIGGEST_INT = 2**31 - 1
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)


def _sensible(moment: datetime) -> datetime:
    if not _FIRST <= moment <= _LAST:
        raise ValueError("must lie between the years 2000 and 2100")
    return moment


RowId = Annotated[int, Field(ge=1, le=BIGGEST_ID)]
Version = Annotated[int, Field(ge=0, le=BIGGEST_INT)]
Moment = Annotated[AwareDatetime, AfterValidator(_sensible)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
# A point of the picture, in parts of its width and height.
PicturePart = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
PicturePoint = tuple[PicturePart, PicturePart]
