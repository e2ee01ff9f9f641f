from __future__ import annotations

import pytest

from calcom.sandbox.sample import OTHER_KEY
from tests.sandbox.caller import Caller

NINE = "2027-01-05T08:00:00Z"
TEN = "2027-01-05T09:00:00Z"


@pytest.fixture
def number(api: Caller) -> int:
    api.office_hours()
    return api.event_type()


def test_a_reservation_hides_the_time_in_all_event_types_of_the_host(api: Caller, number: int) -> None:
    made = api.data("POST", "/slots/reservations", {"eventTypeId": number, "slotStart": NINE}, key=None)
    assert (made["slotEnd"], made["reservationDuration"]) == ("2027-01-05T09:00:00.000Z", 5)
    assert api.starts(number, "2027-01-05") == ["10:00", "11:00"]
    assert api.starts(api.event_type(), "2027-01-05") == ["10:00", "11:00"]


def test_it_ends_by_itself_and_can_still_be_read(api: Caller, number: int) -> None:
    uid = api.data("POST", "/slots/reservations", {"eventTypeId": number, "slotStart": NINE})["reservationUid"]
    api.clock.forward(minutes=6)
    assert api.starts(number, "2027-01-05") == ["09:00", "10:00", "11:00"]
    assert api.data("GET", f"/slots/reservations/{uid}")["slotStart"] == "2027-01-05T08:00:00.000Z"


def test_a_reserved_slot_is_refused_to_the_next_one(api: Caller, number: int) -> None:
    body = {"eventTypeId": number, "slotStart": NINE}
    api.data("POST", "/slots/reservations", body)
    text = "This time slot is already reserved by another user. Please choose a different time."
    assert api.refusal("POST", "/slots/reservations", body, key=None) == (422, text)


def test_it_can_be_moved_but_not_made_longer(api: Caller, number: int) -> None:
    body = {"eventTypeId": number, "slotStart": NINE}
    uid = api.data("POST", "/slots/reservations", body)["reservationUid"]
    assert api.refusal("PATCH", f"/slots/reservations/{uid}", body)[0] == 422
    moved = api.data("PATCH", f"/slots/reservations/{uid}", {"eventTypeId": number, "slotStart": TEN})
    assert (moved["reservationUid"], moved["slotStart"]) == (uid, "2027-01-05T09:00:00.000Z")
    assert api.starts(number, "2027-01-05") == ["09:00", "11:00"]


def test_a_stranger_may_not_choose_how_long(api: Caller, number: int) -> None:
    body = {"eventTypeId": number, "slotStart": NINE, "reservationDuration": 10}
    assert api.refusal("POST", "/slots/reservations", body, key=None)[0] == 401
    assert api.refusal("POST", "/slots/reservations", body, key=OTHER_KEY)[0] == 403
    assert api.data("POST", "/slots/reservations", body)["reservationUntil"] == "2027-01-04T07:10:00.000Z"


def test_nobody_is_kept_from_booking_a_reserved_slot(api: Caller, number: int) -> None:
    api.data("POST", "/slots/reservations", {"eventTypeId": number, "slotStart": NINE})
    assert api.book(number, NINE)["status"] == "accepted"


def test_a_booked_slot_is_not_reserved(api: Caller, number: int) -> None:
    api.book(number, NINE)
    refused = api.refusal("POST", "/slots/reservations", {"eventTypeId": number, "slotStart": NINE})
    assert refused == (422, "Can't reserve a slot if the event is already booked.")


def test_a_length_needs_a_choice_of_lengths(api: Caller, number: int) -> None:
    body = {"eventTypeId": number, "slotStart": NINE, "slotDuration": 30}
    text = "You passed 'slotDuration' but this event type is not a variable length event type."
    assert api.refusal("POST", "/slots/reservations", body) == (400, text)


def test_past_times_and_times_off_are_reserved_unseen(api: Caller, number: int) -> None:
    for start in ("2026-01-05T08:00:00Z", "2027-01-05T22:00:00Z"):
        assert api("POST", "/slots/reservations", {"eventTypeId": number, "slotStart": start}).status == 201


def test_deleting_is_fine_twice(api: Caller, number: int) -> None:
    uid = api.data("POST", "/slots/reservations", {"eventTypeId": number, "slotStart": NINE})["reservationUid"]
    for _ in range(2):
        assert api("DELETE", f"/slots/reservations/{uid}").body == {"status": "success"}
    assert api.data("GET", f"/slots/reservations/{uid}") is None


def test_an_unknown_event_type_is_not_found(api: Caller) -> None:
    refused = api.refusal("POST", "/slots/reservations", {"eventTypeId": 999, "slotStart": NINE})
    assert refused == (404, "Event Type with ID=999 not found")
