"""Phones' clocks against ours: only differences of the phone's own clock count."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from sigap.dispatch.device_time import DeviceMoment, by_our_clock, counted

Moment = Callable[[float], datetime]


@pytest.mark.parametrize("wrong_by_s", [-3600, 0, 2, 3600, 86400 * 300])
def test_a_wrong_clock_is_put_right_by_when_it_was_sent(moment: Moment, wrong_by_s: int) -> None:
    wrong = timedelta(seconds=wrong_by_s)
    said = DeviceMoment(happened_at=moment(-90) + wrong, sent_at=moment(0) + wrong)
    at = counted(said, received_at=moment(0), not_before=moment(-600))
    assert abs(at - moment(-90)) <= timedelta(seconds=5)


def test_small_differences_are_the_network_not_the_clock(moment: Moment) -> None:
    said = DeviceMoment(happened_at=moment(-3), sent_at=moment(-2))
    assert by_our_clock(said, moment(0)) == moment(-3)


def test_never_before_the_step_before_it(moment: Moment) -> None:
    said = DeviceMoment(moment(-100), sent_at=moment(0))
    assert counted(said, received_at=moment(0), not_before=moment(-40)) == moment(-40)


def test_never_in_the_future(moment: Moment) -> None:
    assert counted(
        DeviceMoment(moment(3600)), received_at=moment(0), not_before=moment(-40)
    ) == moment(0)


def test_older_than_a_day_counts_from_arrival(moment: Moment) -> None:
    said = DeviceMoment(moment(-90_000), sent_at=moment(0))
    assert counted(said, received_at=moment(0), not_before=moment(-100_000)) == moment(0)


def test_without_a_device_it_is_the_time_of_arrival(moment: Moment) -> None:
    assert counted(None, received_at=moment(0), not_before=moment(-40)) == moment(0)
