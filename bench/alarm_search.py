"""Search over past alarms beside a plain ILIKE over the joined names, in the same run.

    python -m bench.alarm_search [--json] [--alarms N]

Four hundred cameras with three rules each, the alarms spread over thirty days. Both read the same
rows under row-level security and give the same page of fifty, the newest first.
"""

import argparse
import json
import subprocess
import sys

from bench.report import Row, print_rows, timing_rows
from bench.running_core import running_core

BENCH = "alarm_search"
ALARMS = 200_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--alarms", type=int, default=ALARMS)
    chosen = parser.parse_args()
    print_rows(measure(chosen.alarms), chosen.json)


def measure(alarms: int) -> list[Row]:
    """Fill a fresh core and ask it."""
    with running_core(workers=1) as core:
        command = [sys.executable, "-m", "bench.alarm_rows", str(alarms)]
        done = subprocess.run(command, env=core.environment, check=True, stdout=subprocess.PIPE)
    asked = json.loads(done.stdout)
    rows = [Row(BENCH, "alarms", alarms, "")]
    for name, told in asked.items():
        rows += timing_rows(BENCH, name, told["ours"], baseline=told["plain"])
    same = sum(told["same"] for told in asked.values())
    return [*rows, Row(BENCH, f"questions with the same answer, of {len(asked)}", same, "")]


if __name__ == "__main__":
    main()
