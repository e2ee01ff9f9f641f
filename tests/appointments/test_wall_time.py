"""Times on the wall: those that never come and those that come twice are refused with what would be possible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from appointments.errors import NotBookable
from appointments.wall_time import instant


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
