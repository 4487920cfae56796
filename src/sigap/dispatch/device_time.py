"""Moments by a phone's clock brought to ours. Phones are offline, and their clocks are wrong.

Only differences of the phone's own clock are trusted: something that happened 90 s before it was
sent happened 90 s before it arrived, however wrong the clock itself is. For steps and positions.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A clock this close to ours needs no correction: the difference is the way through the network.
TOLERANCE = timedelta(seconds=5)
# A queue older than this is not believed.
OLDEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class DeviceMoment:
    """When something happened and when it was sent, by one phone's clock."""

    happened_at: datetime
    sent_at: datetime | None = None


def by_our_clock(moment: DeviceMoment, received_at: datetime) -> datetime:
    """`moment` by our clock; not checked against any limit."""
    if moment.sent_at is None:
        return moment.happened_at
    offset = received_at - moment.sent_at
    if abs(offset) <= TOLERANCE:
        return moment.happened_at
    return moment.happened_at + offset


def counted(
    moment: DeviceMoment | None, *, received_at: datetime, not_before: datetime
) -> datetime:
    """The time that counts for a step: never before the step before it, never in the future.

    Without a device's moment, or with one older than a day, it is the time of arrival.
    """
    if moment is None:
        return received_at
    at = by_our_clock(moment, received_at)
    if at < received_at - OLDEST:
        return received_at
    return max(not_before, min(at, received_at))
