"""The `sigap` command: one page that says what there is and hands over."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from sigap import __version__
from sigap.runtime.demo import DemoChoices, reset_demo, run_demo
from sigap.runtime.doctor import as_table, examine, is_fit
from sigap.runtime.faults import MachineFault
from sigap.runtime.home import Home
from sigap.runtime.postgres import database_server
from sigap.runtime.secrets_file import environment_of, load_secrets
from sigap.runtime.steps import migrate as run_migrations
from sigap.runtime.up import run_up

app = typer.Typer(
    help="Sigap: signal, incident, assignment, follow-up, evaluation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_MOUNTED = {
    "camera": "sigap.node.command:camera_app",
    "evidence": "sigap.node.evidence.command:evidence_app",
    "node": "sigap.node.command:node_app",
    "vision": "sigap.vision.command:vision_app",
    "city": "sigap.city.command:city_app",
}
"""Commands of other packages. Loaded when they are asked for, for they are slow to import."""


@app.command()
def up() -> None:
    """Run everything that one machine needs, until Ctrl-C."""
    run_up(Home.from_environment())


@app.command()
def demo(
    city: Annotated[
        str | None, typer.Option(help="An OpenStreetMap extract (.osm.pbf): a file or an address.")
    ] = None,
    areas: Annotated[Path | None, typer.Option(help="Areas of the city as GeoJSON.")] = None,
    footage: Annotated[
        Path | None, typer.Option(help="A folder of videos that the cameras show.")
    ] = None,
) -> None:
    """Run a demo city with cameras, accounts and data, until Ctrl-C."""
    run_demo(Home.from_environment(), DemoChoices(city=city, areas=areas, footage=footage))


@app.command("demo-reset")
def demo_reset() -> None:
    """Empty the demo city."""
    reset_demo(Home.from_environment())


@app.command()
def doctor() -> None:
    """Check this machine; the exit status is 1 where something must be done."""
    findings = examine(Home.from_environment())
    typer.echo(as_table(findings))
    raise typer.Exit(0 if is_fit(findings) else 1)


@app.command()
def migrate() -> None:
    """Bring the database up to date."""
    home = Home.from_environment()
    server = database_server(home)
    environment = _environment(home, server.start().url)
    try:
        run_migrations(environment, home.logs)
    finally:
        server.stop()


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def manage(context: typer.Context) -> None:
    """Django's own commands, on this machine's database: `sigap manage shell`."""
    home = Home.from_environment()
    server = database_server(home)
    environment = _environment(home, server.start().url)
    try:
        command = [sys.executable, "-m", "django", *context.args]
        status = subprocess.run(command, env=environment, check=False).returncode
    finally:
        server.stop()
    raise typer.Exit(status)


@app.command()
def version() -> None:
    """The version of this Sigap."""
    typer.echo(__version__)


def _environment(home: Home, database_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "SIGAP_HOME": str(home.root),
        "SIGAP_DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "sigap.config.settings",
        **environment_of(load_secrets(home)),
    }


def _mount(name: str) -> None:
    module, _, attribute = _MOUNTED[name].partition(":")
    app.add_typer(getattr(import_module(module), attribute), name=name)


def main() -> None:
    """What goes wrong with the machine is one sentence, without a traceback."""
    first = sys.argv[1] if len(sys.argv) > 1 else "--help"
    for name in _MOUNTED if first.startswith("-") else {first} & _MOUNTED.keys():
        _mount(name)
    try:
        app()
    except MachineFault as fault:
        sys.exit(f"Sigap: {fault}")
