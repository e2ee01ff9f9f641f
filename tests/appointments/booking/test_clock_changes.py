"""Times on a clock that is put forward or back, through the use cases."""

from __future__ import annotations

from datetime import datetime

import pytest

from appointments.booking import book_series, reschedule_following, weekly
from appointments.errors import NotBookable
from appointments.models import Appointment
from appointments.wall_time import instant
from tests.appointments.conftest import ADA, DESK

SPRING, AUTUMN = datetime(2027, 3, 28, 2, 30), datetime(2027, 10, 31, 2, 30)
WEEK_BEFORE = datetime(2027, 3, 21, 10)


@pytest.mark.parametrize(
    ("wall", "zone", "sentence"),
    [
        (SPRING, "Europe/Berlin", r"there is no 2027-03-28 02:30. Possible: 03:30"),
        (AUTUMN, "Europe/Berlin", r"twice that night. Say which, as 2027-10-31T02:30\+02:00 or .*\+01:00"),
        (SPRING, "Europe/Atlantis", "no time zone “Europe/Atlantis”. Use a name like Europe/Berlin"),
    ],
)
def test_a_time_that_is_none_is_not_booked(order, wall, zone, sentence):
    with pytest.raises(NotBookable, match=sentence):
        order(starts_at=instant(wall, zone))
    assert not Appointment.objects.exists()


def test_of_a_series_in_which_one_time_is_none_nothing_is_booked(salon, cut, staff, server):
    half_past_two = WEEK_BEFORE.replace(hour=2, minute=30)
    values = {"service": cut, "staff": staff, "attendees": [ADA], "actor": DESK}
    with pytest.raises(NotBookable, match="Possible: 03:30"):
        book_series(salon, dates=weekly(half_past_two, count=3, zone="Europe/Berlin"), **values)
    assert not Appointment.objects.exists()


def test_a_series_is_not_moved_to_times_of_which_one_is_none(salon, cut, staff, server):
    dates = weekly(WEEK_BEFORE, count=3, zone="Europe/Berlin")
    rows = book_series(salon, service=cut, staff=staff, dates=dates, attendees=[ADA], actor=DESK)
    with pytest.raises(NotBookable, match="there is no 2027-03-28 02:30"):
        reschedule_following(
            rows[0], starts_at=instant(WEEK_BEFORE.replace(hour=2, minute=30), "Europe/Berlin"), actor=DESK
        )
    assert list(Appointment.objects.order_by("starts_at").values_list("starts_at", flat=True)) == dates


def test_the_first_of_a_series_may_be_moved_into_the_hour_that_comes_twice(salon, cut, staff, server):
    dates = weekly(datetime(2027, 10, 24, 10), count=2, zone="Europe/Berlin")
    rows = book_series(salon, service=cut, staff=staff, dates=dates, attendees=[ADA], actor=DESK)
    second_half_past_two = instant(AUTUMN, "Europe/Berlin", is_second=True)
    assert (
        reschedule_following(rows[1], starts_at=second_half_past_two, actor=DESK)[0].starts_at == second_half_past_two
    )
