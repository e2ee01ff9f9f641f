"""What a booking of the API is said to be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from appointments.models.appointment import LocationType
from calcom import mapping, reference
from calcom.schemas.bookings import BookingRead

ANNA = {
    "name": "Anna Müller",
    "email": "Anna@Example.com",
    "timeZone": "Europe/Berlin",
    "language": "de",
    "absent": False,
}
GUEST = {"name": "", "email": "gast@example.com", "timeZone": "Europe/Berlin", "language": "en", "absent": False}
HOST = {"id": 1, "name": "Olga", "email": "olga@example.com", "username": "olga", "timeZone": "Europe/Berlin"}
COMPANY = 7


def read(**fields: Any) -> BookingRead:
    body = {
        "id": 11,
        "uid": "b1",
        "title": "Cut",
        "status": "accepted",
        "start": "2026-12-07T09:00:00.000Z",
        "end": "2026-12-07T09:45:00.000Z",
        "hosts": [HOST],
        "attendees": [ANNA | {"phoneNumber": "+4930123456"}],
        "eventType": {"id": 2, "slug": "cut"},
        "location": "+4930123456",
        "createdAt": "2026-11-20T18:00:00.000Z",
        "updatedAt": "2026-11-20T18:00:01.000Z",
        "metadata": {"quelle": "Django"},
        "icsUid": "b1@Cal.com",
        "bookingFieldsResponses": {"email": "Anna@Example.com", "name": "Anna Müller", "klasse": "6b"},
    }
    return BookingRead.model_validate(body | fields)


def told(**fields: Any):
    return mapping.booking_snapshot(read(**fields), company_id=COMPANY)


def test_a_booking_is_read_whole():
    found = told()
    assert (found.uid, found.booking_id, found.event_type_id, found.host_id) == ("b1", 11, 2, 1)
    assert (found.starts_at, found.ends_at.minute) == (datetime(2026, 12, 7, 9, tzinfo=UTC), 45)
    assert (found.ical_uid, found.is_seated, found.is_move) == ("b1@Cal.com", False, False)
    assert found.responses["klasse"] == {"label": "klasse", "value": "6b"}
    assert (found.location.type, found.metadata) == (LocationType.PHONE, {"quelle": "Django"})


def test_it_is_as_new_as_its_last_change_and_else_as_its_making():
    assert told().as_of.second == 1
    assert told(updatedAt=None).as_of.second == 0


@pytest.mark.parametrize(
    ("theirs", "ours", "is_weak"),
    [
        ("accepted", "confirmed", False),
        ("pending", "pending", False),
        ("awaiting_host", "pending", False),
        ("rejected", "rejected", False),
        ("cancelled", "cancelled", False),
        ("levitating", "confirmed", True),
    ],
)
def test_statuses_in_our_words(theirs, ours, is_weak):
    assert (told(status=theirs).status, told(status=theirs).is_status_weak) == (ours, is_weak)


def test_who_booked_comes_first_whatever_the_order():
    people = told(attendees=[GUEST, ANNA]).attendees
    assert [(one.email, one.is_guest) for one in people] == [("anna@example.com", False), ("gast@example.com", True)]


def test_further_hosts_are_no_customers_unless_they_booked():
    colleague = GUEST | {"email": "Colleague@example.com"}
    emails = {"colleague@example.com", "anna@example.com"}
    found = mapping.booking_snapshot(read(attendees=[ANNA, colleague]), company_id=COMPANY, host_emails=emails)
    assert [one.email for one in found.attendees] == ["anna@example.com"]


def test_a_moved_booking_names_what_it_replaces():
    found = told(rescheduledFromUid="b0", rescheduledByEmail="anna@example.com")
    assert (found.is_move, found.replaces.uid, found.rescheduled_by) == (True, "b0", "anna@example.com")
    assert told(status="cancelled", rescheduledToUid="b2").rescheduled_to_uid == "b2"


def test_a_booking_without_a_user_has_no_host():
    nobody = dict.fromkeys(["id", "name", "email", "username", "timeZone"], "unknown")
    assert (told(hosts=[nobody]).host_id, told(hosts=[nobody]).hosts) == (None, None)


def test_a_deleted_event_type_is_none():
    assert told(eventType=None).event_type_id is None


def test_seats_are_told_one_by_one():
    seats = [ANNA | {"seatUid": "s1", "bookingFieldsResponses": {"klasse": "6b"}}, GUEST | {"seatUid": "s2"}]
    row = read(attendees=seats, bookingFieldsResponses=None)
    whole = mapping.booking_snapshot(row, company_id=COMPANY)
    single = mapping.seat_snapshots(row, whole, company_id=COMPANY)
    assert whole.is_seated
    assert [(one.attendees[0].email, one.seat_uid) for one in single] == [
        ("anna@example.com", "s1"),
        ("gast@example.com", "s2"),
    ]
    assert single[0].responses == {"klasse": {"label": "klasse", "value": "6b"}}


def test_the_answer_to_booking_a_seat_is_about_that_seat():
    seats = [ANNA | {"seatUid": "s1"}, GUEST | {"seatUid": "s2"}]
    found = told(attendees=seats, bookingFieldsResponses=None, seatUid="s2")
    assert [one.email for one in found.attendees] == ["gast@example.com"]
    assert found.seat_uid == "s2"


def test_a_cancelled_seated_booking_does_not_say_that_it_was_one():
    assert told(attendees=[], bookingFieldsResponses=None, status="cancelled").is_seated is None


def test_only_our_own_reference_is_believed_and_none_is_metadata():
    ours = uuid4()
    signed = reference.signed(COMPANY, ours)
    assert told(metadata=signed | {"quelle": "x"}).reference == ours
    assert told(metadata=signed | {"quelle": "x"}).metadata == {"quelle": "x"}
    assert told(metadata=reference.signed(COMPANY + 1, ours)).reference is None
    assert mapping.carries(read(metadata=signed), ours)
    assert not mapping.carries(read(metadata=signed), uuid4())


def test_a_seat_has_a_reference_of_its_own():
    ours, others = uuid4(), uuid4()
    seats = [
        ANNA | {"seatUid": "s1", "metadata": reference.signed(COMPANY, ours)},
        GUEST | {"seatUid": "s2", "metadata": reference.signed(COMPANY, others)},
    ]
    row = read(attendees=seats, bookingFieldsResponses=None, metadata=None)
    whole = mapping.booking_snapshot(row, company_id=COMPANY)
    assert whole.reference is None
    assert [one.reference for one in mapping.seat_snapshots(row, whole, company_id=COMPANY)] == [ours, others]
    assert mapping.seat_holding(row, others) == "s2"


@pytest.mark.parametrize(
    ("location", "answer", "kind"),
    [
        ("integrations:daily", None, LocationType.VIDEO),
        ("https://app.cal.com/video/b1", None, LocationType.VIDEO),
        ("https://meet.example.com/x", {"value": "integrations:google:meet"}, LocationType.VIDEO),
        ("https://example.com/room", {"value": "link"}, LocationType.LINK),
        ("Musterstr. 1, Berlin", {"value": "inPerson"}, LocationType.IN_PERSON),
        ("in the park", {"value": "somewhereElse", "optionValue": "in the park"}, LocationType.OTHER),
    ],
)
def test_places(location, answer, kind):
    answers = {"email": "anna@example.com", "location": answer}
    assert told(location=location, bookingFieldsResponses=answers).location.type == kind


def test_secrets_do_not_reach_the_stored_payload():
    assert "password" not in str(told().payload)
    assert told().payload["uid"] == "b1"


@pytest.mark.parametrize("number", [{"phoneNumber": "+4930123456"}, {}])
def test_an_address_that_cal_com_made_up_is_a_phone_number(number):
    made_up = ANNA | {"email": "4930123456@sms.cal.com"} | number
    found = told(attendees=[made_up], bookingFieldsResponses={"email": "4930123456@sms.cal.com", "name": "Anna"})
    assert [(one.email, one.phone, one.contact) for one in found.attendees] == [("", "+4930123456", "+4930123456")]
    assert found.responses.keys() == {"name"}


def test_seats_of_two_people_without_addresses_are_two():
    one, two = (ANNA | {"email": f"493012345{n}@sms.cal.com", "seatUid": f"s{n}"} for n in (6, 7))
    row = read(attendees=[one, two], bookingFieldsResponses=None)
    whole = mapping.booking_snapshot(row, company_id=COMPANY)
    single = mapping.seat_snapshots(row, whole, company_id=COMPANY)
    assert [(seat.attendees[0].phone, seat.seat_uid) for seat in single] == [
        ("+4930123456", "s6"),
        ("+4930123457", "s7"),
    ]
