from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.bookings.desk import Desk

FIELDS: list[dict[str, Any]] = [
    {"type": "text", "slug": "topic", "label": "Topic", "required": True, "placeholder": ""},
    {"type": "select", "slug": "size", "label": "Size", "required": False, "options": ["S", "M"], "placeholder": ""},
    {"type": "checkbox", "slug": "extras", "label": "Extras", "required": False, "options": ["Wash", "Dry"]},
    {"type": "number", "slug": "count", "label": "Count", "required": False, "placeholder": ""},
    {"type": "boolean", "slug": "terms", "label": "Terms", "required": True},
]


@pytest.fixture
def event_type(desk: Desk) -> int:
    return desk.event_type(bookingFields=FIELDS)


def test_answers_are_kept_and_unknown_ones_dropped(desk: Desk, event_type: int) -> None:
    answers = {"topic": "Größe", "size": "M", "extras": ["Wash"], "terms": True}
    stored = desk.book(event_type, bookingFieldsResponses=answers | {"unknown": "x"})["bookingFieldsResponses"]
    assert stored == answers | {"email": "ida@example.com", "displayEmail": "ida@example.com", "name": "Ida Berg"}


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ({"terms": True}, "Missing required booking field response: topic - it is required by the event type booking"),
        ({"topic": "t", "size": "XL", "terms": True}, "Invalid option 'XL' for booking field 'size'. Allowed options"),
        ({"topic": "t", "extras": ["Fly"], "terms": True}, "One or more invalid options for booking field 'extras'."),
        ({"topic": "t", "count": "3", "terms": True}, "Invalid type for booking field 'count'. Expected type number"),
        ({"topic": "t", "count": 3, "terms": True}, "responses - {count}Invalid string, "),
        ({"topic": "t", "terms": False}, "responses - {terms}error_required_field, "),
    ],
)
def test_a_wrong_answer_is_refused(desk: Desk, event_type: int, answers: dict[str, Any], text: str) -> None:
    status, told = desk.refused(event_type, bookingFieldsResponses=answers)
    assert status == 400
    assert told.startswith(text)


def test_the_inner_schema_refuses_without_details(desk: Desk, event_type: int) -> None:
    body = desk.order(event_type, bookingFieldsResponses={"topic": "t", "terms": False})
    assert desk("POST", "/bookings", body, key=None).body["error"] == {
        "code": "BAD_REQUEST",
        "message": "responses - {terms}error_required_field, ",
    }


@pytest.mark.parametrize(
    ("guests", "text"),
    [
        (["ida@example.com"], "responses - {guests}duplicate_email, "),
        (["a@example.com", "A@example.com"], "responses - {guests}duplicate_email, "),
        (["nobody"], "responses - {guests}email_validation_error, "),
    ],
)
def test_guests_are_addresses_of_others(desk: Desk, guests: list[str], text: str) -> None:
    assert desk.refused(desk.event_type(), guests=guests) == (400, text)


def test_an_address_must_look_like_one(desk: Desk) -> None:
    body = desk.order(desk.event_type())
    body["attendee"]["email"] = "none"
    assert desk.refusal("POST", "/bookings", body, key=None) == (400, "responses - {email}email_validation_error, ")


def test_a_phone_alone_does_not_book(desk: Desk) -> None:
    body = desk.order(desk.event_type())
    body["attendee"] = {"name": "Ida Berg", "phoneNumber": "+4930123456", "timeZone": "Europe/Berlin"}
    assert desk.refusal("POST", "/bookings", body, key=None) == (400, "responses - {email}error_required_field, ")
