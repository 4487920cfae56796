"""Schemas that several packages' routes share."""

from pydantic import BaseModel, Field


class Versioned(BaseModel):
    """The version that the person saw; another one in the database is a conflict."""

    version: int = Field(ge=1)
