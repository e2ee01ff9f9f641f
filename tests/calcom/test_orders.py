"""An order becomes a request that Cal.com accepts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from appointments.backends import AttendeeSnapshot, BookingOrder, Location
from calcom import reference
from calcom.models import EventType
from calcom.orders import request_for
from tests.calcom.remote import monday

ANNA = AttendeeSnapshot(
    name="Anna Müller", email="anna@example.com", phone="030 123456", time_zone="Europe/Berlin", locale="de-DE"
)


def order(**facts):
    start = monday()
    told: dict[str, Any] = {
        "reference": uuid4(),
        "appointment_id": 1,
        "event_type_id": 5,
        "starts_at": start,
        "ends_at": start.replace(minute=30),
        "length_min": 30,
        "attendees": (ANNA,),
    }
    return BookingOrder(**(told | facts))


def body(wanted=None, **facts):
    event_type = EventType(calcom_id=5, title="Cut", length_min=30, **facts)
    return request_for(wanted or order(), event_type, company_id=7).body()


def field(slug, kind="text", **facts):
    return {"slug": slug, "type": kind, "required": True, "hidden": False} | facts


def test_who_books_is_told_as_cal_com_wants_it():
    assert body()["attendee"] == {
        "name": "Anna Müller",
        "timeZone": "Europe/Berlin",
        "email": "anna@example.com",
        "phoneNumber": "+4930123456",
        "language": "de",
    }


@pytest.mark.parametrize("phone", ["call me", "12", ""])
def test_a_number_that_is_none_is_left_out(phone):
    assert "phoneNumber" not in body(order(attendees=(replace(ANNA, phone=phone),)))["attendee"]


def test_the_orders_zone_stands_in_for_an_unknown_one():
    wanted = order(attendees=(replace(ANNA, time_zone="", locale="tlh"),), time_zone="Europe/Lisbon")
    assert body(wanted)["attendee"]["timeZone"] == "Europe/Lisbon"
    assert "language" not in body(wanted)["attendee"]


def test_everybody_else_is_a_guest_once():
    others = (ANNA, AttendeeSnapshot(email="Ben@example.com"))
    wanted = order(attendees=others, guests=("ben@example.com", "ANNA@example.com", "cleo@example.com"))
    assert body(wanted)["guests"] == ["ben@example.com", "cleo@example.com"]
    assert "guests" not in body(wanted, disable_guests=True)
    assert "guests" not in body(wanted, seats=3)


def test_the_length_is_named_only_where_there_is_a_choice():
    assert "lengthInMinutes" not in body()
    assert body(length_options=[30, 60])["lengthInMinutes"] == 30


def test_of_a_recurring_event_type_one_is_booked():
    assert body(is_recurring=True)["recurrenceCount"] == 1
    assert "recurrenceCount" not in body()


def test_a_visible_title_that_is_required_is_filled_in():
    fields = [field("title"), field("name"), field("email", "email")]
    assert body(booking_fields=fields)["bookingFieldsResponses"] == {"title": "Cut"}
    assert "bookingFieldsResponses" not in body(booking_fields=[field("title", hidden=True)])


def test_only_questions_that_are_asked_are_answered():
    wanted = order(answers={"klasse": {"label": "Class", "value": "6b"}, "unasked": "x"}, notes="ring twice")
    fields = [field("klasse", "select"), field("notes", "textarea", required=False)]
    assert body(wanted, booking_fields=fields)["bookingFieldsResponses"] == {"klasse": "6b", "notes": "ring twice"}


@pytest.mark.parametrize(
    ("kind", "answer", "sent"),
    [
        ("text", 5, "5"),
        ("number", 5, 5),
        ("boolean", "yes", True),
        ("multiselect", "a", ["a"]),
        ("checkbox", ["a", "b"], ["a", "b"]),
        ("phone", "030 123456", "+4930123456"),
    ],
)
def test_answers_have_the_type_of_their_question(kind, answer, sent):
    wanted = order(answers={"x": answer})
    assert body(wanted, booking_fields=[field("x", kind)])["bookingFieldsResponses"] == {"x": sent}


@pytest.mark.parametrize(
    ("place", "offered", "sent"),
    [
        (Location(type="in_person"), [{"type": "address"}], {"type": "address"}),
        (
            Location(type="in_person", value="Musterstr. 1"),
            [{"type": "attendeeAddress"}],
            {"type": "attendeeAddress", "address": "Musterstr. 1"},
        ),
        (Location(type="phone"), [{"type": "attendeePhone"}], {"type": "attendeePhone", "phone": "+4930123456"}),
        (Location(type="phone"), [{"type": "phone"}], {"type": "phone"}),
        (Location(type="link"), [{"type": "link"}], {"type": "link"}),
        (
            Location(type="other", value="park"),
            [{"type": "attendeeDefined"}],
            {"type": "attendeeDefined", "location": "park"},
        ),
        (
            Location(type="video"),
            [{"type": "integration", "integration": "zoom"}],
            {"type": "integration", "integration": "zoom"},
        ),
        (Location(type="link"), [{"type": "address"}], None),
        (None, [{"type": "address"}], None),
    ],
)
def test_a_place_is_named_as_far_as_it_is_offered(place, offered, sent):
    assert body(order(location=place), locations=offered).get("location") == sent


def test_our_reference_is_all_the_metadata():
    wanted = order()
    told = body(wanted)["metadata"]
    assert (list(told), reference.verified(7, told)) == (["slotkeeper_ref"], wanted.reference)


def test_without_our_copy_of_the_event_type_little_is_said():
    told = request_for(order(notes="ring twice"), None, company_id=7).body()
    assert told["bookingFieldsResponses"] == {"notes": "ring twice"}
    assert "location" not in told
