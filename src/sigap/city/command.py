"""`sigap city …` on the command line. Light: Django is loaded in a child process that has its
settings and the address of the database."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

import typer

from sigap.runtime.faults import MachineFault
from sigap.runtime.home import Home
from sigap.runtime.postgres import database_server
from sigap.runtime.secrets_file import environment_of, load_secrets
from sigap.runtime.steps import migrate

city_app = typer.Typer(help="Cities: import their map.", no_args_is_help=True)


@city_app.callback()
def city() -> None:
    """Cities: import their map."""


@city_app.command("import")
def import_extract(
    extract: Annotated[Path, typer.Argument(help="An OpenStreetMap extract, FILE.osm.pbf.")],
    areas: Annotated[
        Path | None, typer.Option(help="Areas with official codes, as GeoJSON.")
    ] = None,
    code: Annotated[str, typer.Option(help="Short name in addresses: kota-tangerang.")] = "",
    name: Annotated[str, typer.Option(help='The name shown: "Kota Tangerang".')] = "",
    tz: Annotated[str, typer.Option(help="The city's time zone.")] = "Asia/Jakarta",
    levels: Annotated[str, typer.Option(help="OSM admin_levels of its areas: 6,7.")] = "",
) -> None:
    """Areas, gazetteer, road graph and base map of a city, from one file. Harmless to repeat."""
    code = code or _code_of(extract)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", code):
        raise MachineFault("--code takes small letters, digits and hyphens, at most 32.")
    if tz not in available_timezones():
        raise MachineFault(f"There is no time zone {tz}. Give one such as Asia/Jakarta.")
    if levels and not re.fullmatch(r"\d{1,2}(,\d{1,2})*", levels):
        raise MachineFault("--levels takes numbers with commas between: 6,7.")
    command = [str(extract.absolute()), f"--code={code}", f"--tz={tz}"]
    command.append(f"--name={name or code.replace('-', ' ').title()}")
    if areas is not None:
        command.append(f"--areas={areas.absolute()}")
    if levels:
        command.append(f"--levels={levels}")
    raise typer.Exit(_run_in_django(["city_import", *command]))


def _run_in_django(arguments: list[str]) -> int:
    """With the database of this machine, started for the while if nobody runs it."""
    home = Home.from_environment()
    server = database_server(home)
    environment = {
        **os.environ,
        "SIGAP_HOME": str(home.root),
        "SIGAP_DATABASE_URL": server.start().url,
        "DJANGO_SETTINGS_MODULE": "sigap.config.settings",
        **environment_of(load_secrets(home)),
    }
    try:
        migrate(environment, home.logs)
        command = [sys.executable, "-m", "django", *arguments]
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        server.stop()


def _code_of(extract: Path) -> str:
    stem = extract.name.split(".", 1)[0].lower()
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:32] or "city"
