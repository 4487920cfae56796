"""`sigap up`: everything that one machine needs, until Ctrl-C. Called by the CLI."""

from sigap.runtime.home import Home
from sigap.runtime.postgres import database_server
from sigap.runtime.programs import Site, core_programs, node_program
from sigap.runtime.readiness import Readiness
from sigap.runtime.steps import migrate
from sigap.runtime.supervisor import Stopped, Supervisor, tell

_READY_TIMEOUT_S = 120.0


def run_up(home: Home) -> None:
    """Blocks until a signal comes. Raises MachineFault where this machine cannot run Sigap."""
    supervisor = Supervisor(home, database_server(home))
    try:
        with supervisor.on_duty():
            site = Site.claim(home)
            tell("starting PostgreSQL")
            environment = site.environment(supervisor.database.start())
            migrate(environment, home.logs)
            supervisor.begin([*core_programs(site, environment), node_program(environment)])
            supervisor.run_until(
                Readiness(site.address, home.recordings), timeout_s=_READY_TIMEOUT_S
            )
            tell(f"Sigap is ready: {site.address} (logs in {home.logs}; Ctrl-C stops it)")
            supervisor.run_for_ever()
            tell("stopping")
    except Stopped:
        tell("stopped while starting")
    tell("everything has stopped; the data is kept")
