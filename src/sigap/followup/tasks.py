"""Jobs of this package: the clock's sweep, once a minute."""

from procrastinate.contrib.django import app

from sigap.followup.overdue import sweep_every_city


@app.periodic(cron="* * * * *")
@app.task(name="followup.mark_overdue", queueing_lock="followup.mark_overdue")
def mark_overdue_tasks(timestamp: int) -> int:
    """Mark tasks whose limit has passed. `timestamp`: the tick's Unix time, from procrastinate."""
    return sweep_every_city()
