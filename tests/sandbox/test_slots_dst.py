"""The two days on which Berlin's clocks change: 28 March and 31 October 2027, both Sundays."""

from __future__ import annotations

import pytest

from tests.sandbox.caller import Caller

SPRING, AUTUMN = "2027-03-28", "2027-10-31"


@pytest.fixture
def offered(api: Caller) -> list[tuple[str, str]]:
    """Every slot of an hour on both days, as start and end in Berlin: from 00:00 to 05:00 and from 09:00 to 11:00."""
    hours = [
        {"days": ["Sunday"], "startTime": "00:00", "endTime": "05:00"},
        {"days": ["Sunday"], "startTime": "09:00", "endTime": "11:00"},
    ]
    api.office_hours(availability=hours)
    number = api.event_type()
    found = []
    for day, before in ((SPRING, "2027-03-27"), (AUTUMN, "2027-10-30")):
        path = f"/slots?eventTypeId={number}&start={before}&end={day}&timeZone=Europe/Berlin&format=range"
        found += [(slot["start"], slot["end"]) for slots in api.data("GET", path).values() for slot in slots]
    return [(start.replace(":00.000", ""), end.replace(":00.000", "")) for start, end in found]


def test_the_missing_hour_is_jumped_over(offered: list[tuple[str, str]]) -> None:
    assert ("2027-03-28T01:00+01:00", "2027-03-28T03:00+02:00") in offered
    assert not [start for start, _ in offered if start.startswith("2027-03-28T02")]


def test_the_doubled_hour_is_offered_twice(offered: list[tuple[str, str]]) -> None:
    twice = [start for start, _ in offered if start.startswith("2027-10-31T02")]
    assert twice == ["2027-10-31T02:00+02:00", "2027-10-31T02:00+01:00"]


def test_the_hours_of_the_day_stand_on_the_wall(offered: list[tuple[str, str]]) -> None:
    assert ("2027-03-28T09:00+02:00", "2027-03-28T10:00+02:00") in offered
    assert ("2027-10-31T09:00+01:00", "2027-10-31T10:00+01:00") in offered


def test_hours_before_the_change_lie_one_hour_off_as_at_cal_com(offered: list[tuple[str, str]]) -> None:
    assert offered[0] == ("2027-03-27T23:00+01:00", "2027-03-28T00:00+01:00")
    assert next(start for start, _ in offered if start.startswith(AUTUMN)) == "2027-10-31T01:00+02:00"
