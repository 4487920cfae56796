"""`python -m django city_import`: the Django side of `sigap city import`, run by `city.command`."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sigap.city.importing import ImportReport, ImportRequest, import_city
from sigap.city.osm.areas import DEFAULT_LEVELS
from sigap.city.osm.errors import CityImportError
from sigap.city.osm.extract import ImportStep
from sigap.core.actor import system_actor

_STEP_WORDS = {
    ImportStep.CHECK: "checking the file",
    ImportStep.ROADS: "building the road graph",
    ImportStep.AREAS: "reading areas",
    ImportStep.GAZETTEER: "gathering streets and places",
    ImportStep.BASE_MAP: "drawing the base map",
    ImportStep.READY: "writing to the database",
}


class Command(BaseCommand):
    """Import an OpenStreetMap extract as a city."""

    help = "Import an OpenStreetMap extract as a city."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("extract", type=Path)
        parser.add_argument("--areas", type=Path, default=None)
        parser.add_argument("--code", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--tz", default="Asia/Jakarta")
        parser.add_argument("--levels", default=",".join(str(level) for level in DEFAULT_LEVELS))

    def handle(self, *args: Any, **options: Any) -> None:
        request = ImportRequest(
            extract=options["extract"],
            code=options["code"],
            name=options["name"],
            time_zone=options["tz"],
            areas_file=options["areas"],
            levels=tuple(int(level) for level in options["levels"].split(",")),
        )
        begun = time.monotonic()

        def tell(step: ImportStep) -> None:
            self.stdout.write(f"{time.monotonic() - begun:6.1f} s  {_STEP_WORDS[step]}")

        try:
            report = import_city(
                system_actor("import"), request, folder=Path(settings.TILES), progress=tell
            )
        except CityImportError as error:
            raise CommandError(error.message) from None
        self._tell_result(request, report)

    def _tell_result(self, request: ImportRequest, report: ImportReport) -> None:
        if report.unchanged:
            self.stdout.write(f"{request.name}: these files were imported before; nothing to do")
            return
        self.stdout.write(
            f"{request.name} ({request.code}): {report.areas} areas, {report.places} places, "
            f"{report.stations} new stations, {report.road_edges} road edges"
        )
        for note in report.notes:
            self.stdout.write(f"Note: {note}")
