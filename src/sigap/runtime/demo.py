"""`sigap demo`: a city to work in, with cameras that show real footage. Called by the CLI."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sigap.runtime.demo_city import DemoCity, obtain_city
from sigap.runtime.demo_request import DemoCamera, DemoRequest, load_accounts
from sigap.runtime.file_lock import exclusive
from sigap.runtime.footage import Footage, ensure_footage
from sigap.runtime.home import Home
from sigap.runtime.ports import camera_port
from sigap.runtime.postgres import PostgresServer, database_server
from sigap.runtime.prepared import PreparedMark
from sigap.runtime.programs import Site, camera_program, core_programs, node_program
from sigap.runtime.readiness import Readiness
from sigap.runtime.secrets_file import load_secrets
from sigap.runtime.steps import migrate, run_step
from sigap.runtime.supervisor import Stopped, Supervisor, tell

_READY_TIMEOUT_S = 180.0
_KEPT_ON_RESET = {"models", "footage", "cache", "run", "log"}
READY_LINE = "SIGAP_DEMO_READY"


@dataclass(frozen=True)
class DemoChoices:
    """`city` is a path or an address of an .osm.pbf, `footage` a folder; None = the demo's own."""

    city: str | None = None
    areas: Path | None = None
    footage: Path | None = None


def run_demo(home: Home, choices: DemoChoices) -> None:
    """Blocks until a signal comes. Raises MachineFault where this machine cannot run the demo."""
    supervisor = Supervisor(home, database_server(home))
    try:
        with supervisor.on_duty():
            _start(supervisor, choices)
            supervisor.run_for_ever()
            tell("stopping")
    except Stopped:
        tell("stopped while starting")
    tell("everything has stopped; the data is kept (`make demo-reset` empties it)")


def reset_demo(home: Home) -> None:
    """Empty the demo city; downloads (weights, footage) stay. Raises MachineFault while it runs."""
    home.prepare()
    with exclusive(home.run / "supervisor.lock", timeout_s=1.0):
        PostgresServer(home).erase()
        for entry in home.root.iterdir():
            if entry.name in _KEPT_ON_RESET:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    tell(f"the demo city in {home.root} is empty")


def _start(supervisor: Supervisor, choices: DemoChoices) -> None:
    home = supervisor.home
    site = Site.claim(home)
    camera_port().require_free()
    tell("preparing the footage and the map")
    footage = ensure_footage(home, choices.footage)
    city = obtain_city(home.cache, choices.city)
    tell("starting PostgreSQL")
    environment = site.environment(supervisor.database.start())
    clips = {film.name: film.path for film in footage.films}
    supervisor.begin([camera_program(clips, environment)])
    request = _request(home, choices, footage, city)
    _fill(site, request, environment)
    tell("starting the programs")
    supervisor.begin([*core_programs(site, environment), node_program(environment)])
    ready = Readiness(site.address, home.recordings, cameras=len(clips))
    supervisor.run_until(ready, timeout_s=_READY_TIMEOUT_S)
    _welcome(site, request, footage)


def _fill(site: Site, request: DemoRequest, environment: Mapping[str, str]) -> None:
    """Migrations and the demo's data; passed over where code, request and data are as they were."""
    home = site.home
    if PreparedMark(home, request, node_address=site.node_address).is_set():
        return
    tell("bringing the database up to date")
    migrate(environment, home.logs)
    tell("preparing the demo city (the first time takes a while)")
    request_file = home.run / "demo-request.json"
    request.save(request_file)
    run_step(
        "Preparing the demo city",
        "sigap.config.demo",
        str(request_file),
        environment=environment,
        log=home.logs / "demo-seed.log",
    )
    PreparedMark(home, request, node_address=site.node_address).set()


def _request(home: Home, choices: DemoChoices, footage: Footage, city: DemoCity) -> DemoRequest:
    port = camera_port().number
    return DemoRequest(
        extract=str(city.extract),
        areas=str(choices.areas.absolute()) if choices.areas else "",
        city_code=city.code,
        city_name=city.name,
        time_zone=city.time_zone,
        cameras=tuple(
            DemoCamera(film.name, f"rtsp://127.0.0.1:{port}/{film.name}") for film in footage.films
        ),
        node_token=load_secrets(home).node_token,
        accounts_file=str(home.root / "demo-accounts.json"),
    )


def _welcome(site: Site, request: DemoRequest, footage: Footage) -> None:
    accounts = load_accounts(Path(request.accounts_file))
    rows = [
        f"  {one.username:<20} {one.password:<16} {one.role:<20} {site.address}{one.page}"
        for one in accounts
    ]
    text = f"""
Sigap runs: {site.address}

The city:    {request.city_name}; map data © OpenStreetMap contributors
The cameras: {footage.sentence()}
Accounts, made at random on this machine (kept in {request.accounts_file}):
{chr(10).join(rows)}

What to try:
  1. Log in as an operator. When a walker enters a zone, its alarm is in the queue: a takes it,
     i makes an incident of it, 1 sends the first of the ranked units; c opens a 112 call.
  2. In another browser, or on a phone, log in as the officer of that unit: one large button.
  3. Report something as a citizen, without an account, and follow it: {site.address}/
  4. Log in as the planner: how long it all took.

Ctrl-C stops everything; the next `make demo` finds its data again.
{READY_LINE} {site.address}"""
    print(text, flush=True)
