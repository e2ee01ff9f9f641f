from __future__ import annotations

from calcom.sandbox.sample import OTHER_KEY
from tests.sandbox.caller import Caller


def test_the_default_is_the_one_last_made_so(api: Caller) -> None:
    api.office_hours()
    second = api.office_hours(name="Summer")
    assert api.data("GET", "/schedules/default")["id"] == second["id"]
    assert [one["isDefault"] for one in api.data("GET", "/schedules")] == [False, True]
    assert api.data("GET", "/me")["defaultScheduleId"] == second["id"]


def test_a_change_moves_the_slots(api: Caller) -> None:
    schedule, number = api.office_hours(), api.event_type()
    hours = [{"days": ["Tuesday"], "startTime": "14:00", "endTime": "15:00"}]
    api.data("PATCH", f"/schedules/{schedule['id']}", {"availability": hours})
    assert api.starts(number, "2027-01-05") == ["14:00"]


def test_an_unknown_zone_is_refused(api: Caller) -> None:
    answer = api("POST", "/schedules", {"name": "x", "timeZone": "Mars/Base", "isDefault": False})
    assert answer.body["error"]["details"]["errors"][0]["property"] == "timeZone"


def test_anothers_schedule_is_closed(api: Caller) -> None:
    schedule = api.office_hours()
    assert api("GET", f"/schedules/{schedule['id']}", key=OTHER_KEY).status == 403
    assert api.data("GET", "/schedules", key=OTHER_KEY) == []


def test_the_oldest_version_counts_in_minutes(api: Caller) -> None:
    api.office_hours(overrides=[{"date": "2027-01-06", "startTime": "10:00", "endTime": "11:00"}])
    old = api.data("GET", "/schedules", version=None)[0]
    assert old["workingHours"][0]["startTime"] == 540
    assert old["dateOverrides"][0]["ranges"][0]["start"] == "2027-01-06T10:00:00.000Z"
