"""What nobody can mean is refused with the field and a sentence, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from appointments.models import Appointment, AppointmentChange, Customer, Hold, Push, StaffTime
from companies.models import Company
from tests.api.appointments.conftest import ADA, NINE, Api, Salon, fields, problem
from tests.factories import BranchFactory, CompanyFactory, StaffFactory
from tests.portal.factories import (
    AppointmentFactory,
    AttendeeFactory,
    CustomerFactory,
    HoldFactory,
    ServiceFactory,
)

WRITTEN = (Appointment, AppointmentChange, Customer, Hold, Push, StaffTime)
NOBODY = {"name": "", "email": "ada@example.com"}


def counts() -> list[int]:
    return [model.objects.count() for model in WRITTEN]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"starts_at": None}, "starts_at"),
        ({"starts_at": "2026-12-08T09:00:00"}, "starts_at"),
        ({"starts_at": "2026-12-08"}, "starts_at"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": 1796720400}, "starts_at"),
        ({"starts_at": ["2026-12-08T09:00:00Z"]}, "starts_at"),
        ({"starts_at": "2026-12-08T25:00:00Z"}, "starts_at"),
        ({"starts_at": "2026-12-08T09:00:00+99:00"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:59:59", "time_zone": "America/New_York"}, "starts_at"),
        ({"starts_at": "2027-03-28T02:30:00", "time_zone": "Europe/Berlin"}, "starts_at"),
        ({"starts_at": "2027-10-31T02:30:00", "time_zone": "Europe/Berlin"}, "starts_at"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"time_zone": 1}, "time_zone"),
        ({"service": None}, "service"),
        ({"service": "2"}, "service"),
        ({"service": True}, "service"),
        ({"service": 2.0}, "service"),
        ({"service": [2]}, "service"),
        ({"service": {"id": 2}}, "service"),
        ({"service": 10**30}, "service"),
        ({"staff": -1}, "staff"),
        ({"staff": "Anna"}, "staff"),
        ({"length_min": "30"}, "length_min"),
        ({"length_min": 0}, "length_min"),
        ({"length_min": -30}, "length_min"),
        ({"length_min": 30.5}, "length_min"),
        ({"length_min": True}, "length_min"),
        ({"length_min": 100_000}, "length_min"),
        ({"hold": "x"}, "hold"),
        ({"hold": 1}, "hold"),
        ({"attendees": None}, "attendees"),
        ({"attendees": []}, "attendees"),
        ({"attendees": {}}, "attendees"),
        ({"attendees": "Ada"}, "attendees"),
        ({"attendees": ["Ada"]}, "attendees.0"),
        ({"attendees": [NOBODY]}, "attendees.0.name"),
        ({"attendees": [ADA | {"email": "ada"}]}, "attendees.0.email"),
        ({"attendees": [ADA | {"phone": "call me"}]}, "attendees.0.phone"),
        ({"attendees": [ADA | {"phone": 30123456}]}, "attendees.0.phone"),
        ({"attendees": [ADA | {"time_zone": "Mars"}]}, "attendees.0.time_zone"),
        ({"attendees": [ADA | {"locale": "german"}]}, "attendees.0.locale"),
        ({"attendees": [ADA | {"vip": True}]}, "attendees.0.vip"),
        ({"attendees": [ADA] * 11}, "attendees"),
        ({"guests": "guest@example.com"}, "guests"),
        ({"guests": ["guest"]}, "guests.0"),
        ({"guests": ["guest@example.com"] * 11}, "guests"),
        ({"location": "here"}, "location"),
        ({"location": {"type": "moon"}}, "location.type"),
        ({"location": {"value": "here"}}, "location.type"),
        ({"answers": ["latex"]}, "answers"),
        ({"answers": dict.fromkeys(map(str, range(51)), "x")}, "answers"),
        ({"notes": "x" * 2001}, "notes"),
        ({"notes": 5}, "notes"),
        ({"source": "calcom"}, "source"),
        ({"require_confirmed_availability": "yes"}, "require_confirmed_availability"),
        ({"require_confirmed_availability": 1}, "require_confirmed_availability"),
        ({"status": "confirmed"}, "status"),
        ({"company": 1}, "company"),
    ],
    ids=str,
)
def test_bodies_that_book_nothing(salon: Salon, api: Api, wrong: dict[str, Any], field: str) -> None:
    before = counts()
    answer = api.post("appointments/", salon.order(**wrong), Idempotency_Key="one")
    assert (problem(answer), fields(answer)) == ((400, "invalid"), {field})
    assert (counts(), salon.server.asked) == (before, [])


@pytest.fixture
def strangers(company: Company) -> dict[str, Any]:
    other = CompanyFactory.create()
    kinds: dict[str, Any] = {
        "service": ServiceFactory,
        "staff": StaffFactory,
        "preferred_staff": StaffFactory,
        "branch": BranchFactory,
        "customer": CustomerFactory,
    }
    return {name: kind.create(company=other).pk for name, kind in kinds.items()} | {
        "hold": str(HoldFactory.create(company=other).uuid)
    }


@pytest.mark.parametrize("address", ["appointments/", "appointments/series/", "holds/"])
@pytest.mark.parametrize("name", ["service", "staff", "preferred_staff", "branch", "customer", "hold"])
def test_rows_of_other_companies_are_unknown(
    salon: Salon, api: Api, strangers: dict[str, Any], address: str, name: str
) -> None:
    before = counts()
    body = salon.order(**{name: strangers[name], "count": 2 if "series" in address else None})
    if address == "holds/":
        del body["attendees"]
    answer = api.post(address, body)
    assert (answer.status_code, name in fields(answer)) == (400, True)
    assert (counts(), salon.server.asked) == (before, [])


@pytest.mark.parametrize("name", ["service", "staff", "branch", "customer"])
def test_lists_are_not_filtered_by_rows_of_others(api: Api, strangers: dict[str, Any], name: str) -> None:
    answer = api.get("appointments/", **{name: strangers[name]})
    assert (answer.status_code, fields(answer)) == (400, {name})


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("reschedule", {}, "starts_at"),
        ("reschedule", {"starts_at": "2026-12-08T09:00"}, "starts_at"),
        ("reschedule", {"starts_at": "2027-03-28T02:30", "time_zone": "Europe/Berlin"}, "starts_at"),
        ("reschedule", {"starts_at": NINE.isoformat(), "ends_at": NINE.isoformat()}, "ends_at"),
        ("reschedule-following", {"starts_at": 5}, "starts_at"),
        ("cancel", {"reason": 5}, "reason"),
        ("cancel", {"reason": "x" * 1001}, "reason"),
        ("cancel", {"reason": "ill", "attendee": "1"}, "attendee"),
        ("cancel-following", {"attendee": 1, "reason": "ill"}, "attendee"),
        ("confirm", {"reason": "x"}, "reason"),
        ("decline", {"reason": ["x"]}, "reason"),
        ("no-show", {"attendees": [1]}, "attendees"),
        ("complete", {"version": 1.5}, "version"),
    ],
    ids=str,
)
def test_changes_that_change_nothing(
    api: Api, booked: Appointment, action: str, body: dict[str, Any], field: str
) -> None:
    before = counts()
    answer = api.post(f"appointments/{booked.uuid}/{action}/", body)
    assert (answer.status_code, fields(answer)) == (400, {field})
    assert counts() == before


def test_a_seat_of_another_companys_appointment_is_none_of_ours(api: Api, booked: Appointment) -> None:
    stranger = AttendeeFactory.create(appointment=AppointmentFactory.create())
    body = {"reason": "ill", "attendee": stranger.pk}
    assert problem(api.post(f"appointments/{booked.uuid}/cancel/", body)) == (409, "invalid-transition")
    answer = api.post(f"appointments/{booked.uuid}/no-show/", {"absent": [stranger.pk]})
    assert answer.status_code in {409, 422}
    stranger.refresh_from_db()
    assert (stranger.state, stranger.no_show) == ("active", False)


@pytest.mark.parametrize("key", ["", "x" * 256, "x" * 10_000, "ümlaut", "a\tb"])
def test_keys_that_are_none(salon: Salon, api: Api, key: str) -> None:
    answer = api.post("appointments/", salon.order(), Idempotency_Key=key)
    assert (answer.status_code, fields(answer)) == (400, {"Idempotency-Key"})
    assert not Appointment.objects.exists()
