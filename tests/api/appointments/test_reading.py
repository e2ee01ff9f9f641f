"""One appointment: itself, its history, how it stands with Cal.com, and as a calendar file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from appointments.models import Appointment, Push
from companies.models import Company, Membership
from tests.api.appointments.conftest import Api, Salon, at, problem
from tests.conftest import LogIn
from tests.factories import MembershipFactory


def test_one_appointment(api: Api, booked: Appointment) -> None:
    answer = api.get(f"appointments/{booked.uuid}/")
    told = answer.json()
    assert (told["id"], answer["ETag"]) == (str(booked.uuid), '"1"')
    assert (told["customer"]["name"], told["attendees"][0]["phone"]) == ("Ada Kühn", "+4930123456")
    assert told["price"] == {"amount": "45.00", "currency": "EUR"}


def test_neither_uid_nor_payload_nor_metadata_are_told(api: Api, booked: Appointment) -> None:
    Appointment.objects.update(calcom_booking_uid="geheim", ical_uid="geheim", payload={"x": "geheim"})
    addresses = ("", "history/", "sync/", "calendar.ics/")
    assert all(b"geheim" not in api.get(f"appointments/{booked.uuid}/{rest}").content for rest in addresses)


def test_the_history_newest_first(api: Api, booked: Appointment) -> None:
    api.post(f"appointments/{booked.uuid}/reschedule/", {"starts_at": at(13).isoformat(), "reason": "ill"})
    lines = api.get(f"appointments/{booked.uuid}/history/").json()["results"]
    assert [(one["action"], one["side"], one["reason"]) for one in lines] == [
        ("moved", "api", "ill"),
        ("created", "api", ""),
    ]
    assert lines[0]["details"]["starts_at"] == ["2026-12-08T09:00:00+00:00", "2026-12-08T13:00:00+00:00"]
    assert lines[0]["actor"].startswith("key:")


def test_the_history_has_pages(api: Api, booked: Appointment) -> None:
    api.post(f"appointments/{booked.uuid}/cancel/", {"reason": "ill"})
    first = api.get(f"appointments/{booked.uuid}/history/", page_size=1).json()
    second = api.client.get(first["next"]).json()
    assert [page["results"][0]["action"] for page in (first, second)] == ["cancelled", "created"]


def test_staff_read_appointments_and_no_histories(company: Company, booked: Appointment, log_in: LogIn) -> None:
    api = Api(log_in(MembershipFactory.create(company=company, role=Membership.Role.STAFF).user))
    assert api.get(f"appointments/{booked.uuid}/").status_code == 200
    assert problem(api.get(f"appointments/{booked.uuid}/history/")) == (403, "scope")


def test_how_it_stands_with_cal_com(api: Api, booked: Appointment) -> None:
    told = api.get(f"appointments/{booked.uuid}/sync/").json()
    assert (told["status"], told["needs_staff"], told["calcom_booking_id"]) == ("pending", False, None)
    assert [(one["operation"], one["state"], one["version"]) for one in told["changes"]] == [("create", "pending", 1)]


def test_that_somebody_else_has_got_it_is_visible(api: Api, booked: Appointment) -> None:
    assert api.get(f"appointments/{booked.uuid}/sync/").json()["needs_second_look"] is False
    Appointment.objects.update(requires_manual_review=True)
    assert api.get(f"appointments/{booked.uuid}/sync/").json()["needs_second_look"] is True


def test_a_refusal_of_cal_com_is_visible(api: Api, booked: Appointment) -> None:
    Push.objects.update(state=Push.State.NEEDS_STAFF, trouble=Push.Trouble.TAKEN, error="already booked")
    Appointment.objects.update(sync_status="needs_staff", sync_error="already booked")
    told = api.get(f"appointments/{booked.uuid}/sync/").json()
    assert (told["needs_staff"], told["error"], told["changes"][0]["trouble"]) == (True, "already booked", "taken")


def calendar(api: Api, row: Appointment) -> Any:
    answer = api.get(f"appointments/{row.uuid}/calendar.ics/")
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "text/calendar")
    return Calendar.from_ical(answer.content)


def test_a_calendar_file_with_its_zone(api: Api, booked: Appointment) -> None:
    file = calendar(api, booked)
    (event,) = file.walk("VEVENT")
    (zone,) = file.walk("VTIMEZONE")
    assert (zone["TZID"], event["DTSTART"].params["TZID"]) == ("Europe/Berlin", "Europe/Berlin")
    assert (event.start, event.end) == (booked.starts_at, booked.ends_at)
    assert (event["SUMMARY"], event["STATUS"], event["UID"]) == ("Cut", "CONFIRMED", f"{booked.uuid}@slotkeeper")


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "UTC"])
def test_the_file_is_in_the_zone_of_the_branch(salon: Salon, api: Api, booked: Appointment, zone: str) -> None:
    salon.branch.time_zone = zone
    salon.branch.save()
    (event,) = calendar(api, booked).walk("VEVENT")
    assert event.start == booked.starts_at
    assert event.end - event.start == timedelta(minutes=30)


def test_a_moved_and_cancelled_one_replaces_the_older_file(api: Api, booked: Appointment) -> None:
    before = calendar(api, booked).walk("VEVENT")[0]
    api.post(f"appointments/{booked.uuid}/cancel/", {"reason": "ill"})
    after = calendar(api, booked).walk("VEVENT")[0]
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CANCELLED")
    assert (int(str(before["SEQUENCE"])), int(str(after["SEQUENCE"]))) == (1, 2)


def test_texts_cannot_add_lines_to_the_file(api: Api, booked: Appointment) -> None:
    Appointment.objects.update(location_value="Weg 1\r\nATTENDEE:mailto:x@example.com", booked_service_name="a;b,c\nd")
    (event,) = calendar(api, booked).walk("VEVENT")
    assert "ATTENDEE" not in event
    assert event["SUMMARY"] == "a;b,c\nd"


def test_programs_that_want_a_calendar_only_get_problems_as_ever(api: Api, booked: Appointment) -> None:
    address = f"/api/v1/appointments/{booked.uuid}/calendar.ics/"
    assert api.client.get(address, headers={"Accept": "text/calendar"}).status_code == 200
    gone = api.client.get(address.replace(str(booked.uuid)[:4], "0000"), headers={"Accept": "text/calendar"})
    assert problem(gone) == (404, "not-found")


@pytest.mark.parametrize("name", ["x", "1", "-" * 36, "0" * 36])
def test_what_is_no_id_is_not_there(api: Api, name: str) -> None:
    assert problem(api.get(f"appointments/{name}/")) == (404, "not-found")


def test_a_line_break_in_an_address_adds_nothing_to_the_file(api: Api, booked: Appointment) -> None:
    Appointment.objects.update(meeting_url="https://a.example/x\r\nATTENDEE:b", location_value="a\r\nATTENDEE:b")
    (event,) = calendar(api, booked).walk("VEVENT")
    assert (event["URL"], "ATTENDEE" in event) == ("https://a.example/xATTENDEE:b", False)
