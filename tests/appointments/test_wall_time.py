"""Times on the wall: those that never come and those that come twice are refused with what would be possible."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from appointments.errors import NotBookable
from appointments.wall_time import both, clock_changes, instant, midnight


def test_a_time_on_the_wall_is_an_instant():
    assert instant(datetime(2026, 12, 8, 10), "Europe/Berlin") == datetime(2026, 12, 8, 9, tzinfo=UTC)


def test_a_time_that_is_skipped_is_refused_with_the_next_possible_one():
    with pytest.raises(NotBookable, match=r"there is no 2027-03-28 02:30. Possible: 03:30"):
        instant(datetime(2027, 3, 28, 2, 30), "Europe/Berlin")


def test_a_time_that_comes_twice_is_refused_with_both():
    with pytest.raises(NotBookable, match=r"2026-10-25T02:30\+02:00 or 2026-10-25T02:30\+01:00"):
        instant(datetime(2026, 10, 25, 2, 30), "Europe/Berlin")


def test_with_an_offset_it_is_clear_which_is_meant():
    summer = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    assert instant(summer, "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd"])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(NotBookable, match="no time zone"):
        instant(datetime(2026, 12, 8, 10), zone)


@pytest.mark.parametrize(
    ("zone", "year", "expected"),
    [
        ("Europe/Berlin", 2027, [("03-28T01:00", 60), ("10-31T01:00", -60)]),
        ("America/New_York", 2027, [("03-14T07:00", 60), ("11-07T06:00", -60)]),
        ("Australia/Lord_Howe", 2027, [("04-03T15:00", -30), ("10-02T15:30", 30)]),
        ("Asia/Kathmandu", 2027, []),
        ("UTC", 2027, []),
    ],
)
def test_when_clocks_change(zone, year, expected):
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, tzinfo=UTC)
    changes = clock_changes(ZoneInfo(zone), begin, end)
    assert [(f"{one.at:%m-%dT%H:%M}", one.shift // timedelta(minutes=1)) for one in changes] == expected


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Europe/Berlin", date(2027, 3, 28), "2027-03-27T23:00"),
        ("Africa/Cairo", date(2027, 4, 30), "2027-04-29T22:00"),  # clocks skip midnight
        ("America/Havana", date(2027, 11, 7), "2027-11-07T04:00"),  # it comes twice
    ],
)
def test_when_a_day_begins(zone, day, expected):
    assert f"{midnight(day, ZoneInfo(zone)):%Y-%m-%dT%H:%M}" == expected


@pytest.mark.parametrize(("is_second", "hour"), [(False, 0), (True, 1)])
def test_of_two_the_one_that_is_meant(is_second, hour):
    meant = instant(datetime(2026, 10, 25, 2, 30), "Europe/Berlin", is_second=is_second)
    assert meant == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "comes_twice"),
    [
        (datetime(2026, 10, 25, 2), True),
        (datetime(2026, 10, 25, 2, 59), True),
        (datetime(2026, 10, 25, 3), False),
        (datetime(2026, 10, 25, 1, 59), False),
        (datetime(2027, 3, 28, 2, 30), False),
    ],
)
def test_an_hour_of_the_year_comes_twice(wall, comes_twice):
    assert (both(wall, "Europe/Berlin") is not None) == comes_twice
