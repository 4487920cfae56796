"""What set-up does once Sigap is installed: `python -m sigap.runtime.preparation demo|test`.

Called by tools/bootstrap.py: weights, footage and the city's extract; a browser for the tests.
Everything is kept, so that a second call only looks.
"""

import os
import sys

from sigap.runtime.browser import find_or_install_browser
from sigap.runtime.demo_city import obtain_city
from sigap.runtime.faults import MachineFault
from sigap.runtime.footage import ensure_footage
from sigap.runtime.home import Home
from sigap.runtime.weights import WeightsError, ensure_detector, is_ready


def prepare(purpose: str) -> None:
    """Raises MachineFault or WeightsError with what to do."""
    home = Home.from_environment()
    home.prepare()
    if not is_ready(home.models):
        _say("getting the detector's weights (145 MB, once) …")
        ensure_detector(home.models)
    if not os.environ.get("FOOTAGE"):
        ensure_footage(home, None)
    if not os.environ.get("CITY"):
        obtain_city(home.cache)
    if purpose == "test" and find_or_install_browser(home) is None:
        _say("no browser can be had here: browser tests will be skipped")


def _say(text: str) -> None:
    print(f"[set-up] {text}", file=sys.stderr, flush=True)


def main() -> None:
    purpose = sys.argv[1] if len(sys.argv) > 1 else "demo"
    try:
        prepare(purpose)
    except (MachineFault, WeightsError) as fault:
        sys.exit(f"Sigap cannot be set up: {fault}")


if __name__ == "__main__":
    main()
