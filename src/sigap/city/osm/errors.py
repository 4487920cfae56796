"""The one exception of an OSM import. Its text is shown to the person who ran the command."""

from enum import StrEnum


class ImportFault(StrEnum):
    """Why an import was refused."""

    MISSING_FILE = "missing_file"
    NOT_A_PBF = "not_a_pbf"
    DAMAGED = "damaged"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    BAD_AREAS = "bad_areas"
    AREAS_ELSEWHERE = "areas_elsewhere"
    NO_SPACE = "no_space"
    TOOL_FAILED = "tool_failed"


class CityImportError(Exception):
    """The extract cannot be imported; the message says what to do. Nothing was written."""

    def __init__(self, fault: ImportFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message
