"""The worker process (`python -m sigap.config.worker`): subscribers of the event log, procrastinate
jobs and sweeps. Ends cleanly on SIGTERM; outlives restarts of PostgreSQL.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sigap.config.settings")
django.setup()

from django.db import connection  # noqa: E402  (settings must be configured)

from sigap.cctv.health import sweep_silent_nodes  # noqa: E402
from sigap.cctv.retention import apply_due_policies  # noqa: E402
from sigap.config import closing  # noqa: E402, F401  (jobs may close incidents)
from sigap.config.bell import Bell, listen  # noqa: E402
from sigap.config.following import Follower  # noqa: E402
from sigap.config.jobs import run_jobs  # noqa: E402
from sigap.config.subscriptions import SUBSCRIBERS, Subscriber  # noqa: E402

logger = logging.getLogger(__name__)

LOOK_ANYWAY_S = 2.0
SWEEP_EVERY_S = 2.0
# After a start nodes get this long to report before they count as silent.
NODE_GRACE_S = 20.0
ERROR_PAUSE_S = 1.0


@dataclass(slots=True)
class Threads:
    """The worker's threads; `stop` ends them, each after what it has in hand."""

    stop: threading.Event = field(default_factory=threading.Event)
    bell: Bell = field(default_factory=Bell)
    running: list[threading.Thread] = field(default_factory=list)

    def start(self, subscribers: Sequence[Subscriber]) -> None:
        """Listen, follow for every subscriber, sweep."""
        self._run("listen", lambda: listen(self.bell, self.stop))
        for subscriber in subscribers:
            follower = Follower(subscriber)
            self._run(subscriber.name, lambda f=follower: self._follow(f))  # type: ignore[misc]
        self._run("sweep", self._sweep)

    def end(self) -> None:
        """Stop all and wait for them."""
        self.stop.set()
        self.bell.ring()
        for thread in self.running:
            thread.join()

    def _run(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name)
        self.running.append(thread)
        thread.start()

    def _follow(self, follower: Follower) -> None:
        while not self.stop.is_set():
            heard = self.bell.rings
            self._safely(follower.catch_up)
            self.bell.wait(heard, LOOK_ANYWAY_S)

    def _sweep(self) -> None:
        self.stop.wait(NODE_GRACE_S)
        while not self.stop.is_set():
            self._safely(sweep_silent_nodes)
            self._safely(apply_due_policies)
            self.stop.wait(SWEEP_EVERY_S)

    def _safely(self, work: Callable[[], int]) -> None:
        """One round of a loop; the connection goes back to the pool, which drops a dead one."""
        try:
            work()
        except Exception:
            logger.exception("%s: a round failed", threading.current_thread().name)
            self.stop.wait(ERROR_PAUSE_S)
        finally:
            connection.close()


async def work() -> None:
    """Run everything until SIGTERM or SIGINT."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    threads = Threads()
    threads.start(SUBSCRIBERS)
    jobs = asyncio.create_task(run_jobs(), name="jobs")
    # One line per periodic job and quarter of a minute would bury the rest.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    logger.info("worker ready: %d subscribers", len(SUBSCRIBERS))
    await over.wait()
    jobs.cancel()
    await asyncio.gather(jobs, asyncio.to_thread(threads.end), return_exceptions=True)
    logger.info("worker ended")


if __name__ == "__main__":
    asyncio.run(work())
