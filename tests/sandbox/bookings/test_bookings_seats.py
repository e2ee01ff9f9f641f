from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.bookings.desk import TUESDAY_ELEVEN, TUESDAY_TEN, Desk

SEATS = {"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True}


@pytest.fixture
def course(desk: Desk) -> int:
    return desk.event_type(seats=SEATS)


def _names(booking: Any) -> list[str]:
    return [attendee["name"] for attendee in booking["attendees"]]


def test_each_takes_a_seat_in_the_same_booking(desk: Desk, course: int) -> None:
    first, second = desk.book(course), desk.book(course, name="Olaf Tal", metadata={"crm": "1"})
    assert first["uid"] == second["uid"]
    assert first["seatUid"] != second["seatUid"]
    assert _names(second) == ["Ida Berg", "Olaf Tal"]
    assert second["attendees"][1]["metadata"] == {"crm": "1"}
    assert "isPlatformManagedUserBooking" not in second


def test_nobody_sits_twice_and_not_more_than_there_are(desk: Desk, course: int) -> None:
    desk.book(course)
    assert desk.refused(course) == (409, "already_signed_up_for_this_booking_error")
    desk.book(course, name="Olaf Tal")
    assert desk.refused(course, name="Ute Au") == (409, "No more seats left at this seated booking.")


def test_a_seat_is_found_by_its_own_uid(desk: Desk, course: int) -> None:
    booked = desk.book(course)
    assert desk.data("GET", f"/bookings/by-seat/{booked['seatUid']}")["uid"] == booked["uid"]
    assert desk.refusal("GET", "/bookings/by-seat/none") == (
        404,
        "Booking with seatUid=none was not found in the database",
    )


def test_strangers_see_nobody_where_attendees_are_hidden(desk: Desk) -> None:
    booked = desk.book(desk.event_type(seats=SEATS | {"showAttendeeInfo": False}))
    assert desk.data("GET", f"/bookings/{booked['uid']}", key=None)["attendees"] == []
    assert _names(desk.look(booked)) == ["Ida Berg"]


def test_one_seat_is_given_back_and_the_booking_lives_on(desk: Desk, course: int) -> None:
    seat, other = desk.book(course), desk.book(course, name="Olaf Tal")
    desk.subscribe("BOOKING_CANCELLED")
    left = desk.act(seat, "cancel", {"seatUid": seat["seatUid"]}, key=None)
    assert (left["status"], _names(left)) == ("accepted", ["Olaf Tal"])
    payload = desk.received[0].payload
    assert [one["name"] for one in payload["attendees"]] == ["Ida Berg"]
    assert payload["responses"]["guests"]["value"] == ["olaf@example.com"]
    assert other["seatUid"] not in str(payload)


def test_a_seat_that_is_gone_or_elsewhere_is_refused(desk: Desk, course: int) -> None:
    here, there = desk.book(course), desk.book(course, TUESDAY_TEN)
    refused = desk.act_refused(here, "cancel", {"seatUid": "none"}, key=None)
    assert refused == (400, "Invalid seatUid: this seat does not exist or has already been cancelled.")
    refused = desk.act_refused(here, "cancel", {"seatUid": there["seatUid"]}, key=None)
    assert refused == (400, "Invalid seatUid: this seat does not belong to this booking.")


def test_the_host_cancels_for_everybody(desk: Desk, course: int) -> None:
    booked = desk.book(course)
    gone = desk.act(booked, "cancel", {"cancellationReason": "Ill"})
    assert (gone["status"], gone["attendees"]) == ("cancelled", [])


def test_a_seat_moves_into_a_new_booking_with_a_new_uid(desk: Desk, course: int) -> None:
    seat, _ = desk.book(course), desk.book(course, name="Olaf Tal")
    desk.subscribe("BOOKING_RESCHEDULED")
    moved = desk.act(seat, "reschedule", {"start": TUESDAY_ELEVEN, "seatUid": seat["seatUid"]}, key=None)
    assert moved["uid"] != seat["uid"]
    assert moved["seatUid"] != seat["seatUid"]
    assert _names(desk.look(seat)) == ["Olaf Tal"]
    payload = desk.received[0].payload
    assert (payload["rescheduleUid"], payload["attendeeSeatId"]) == (seat["uid"], moved["seatUid"])
    assert "rescheduleId" not in payload


def test_a_seat_moves_into_a_booking_that_is_there_and_the_empty_one_ends(desk: Desk, course: int) -> None:
    seat, there = desk.book(course), desk.book(course, TUESDAY_TEN, name="Olaf Tal")
    moved = desk.act(seat, "reschedule", {"start": TUESDAY_TEN, "seatUid": seat["seatUid"]}, key=None)
    assert (moved["uid"], _names(moved)) == (there["uid"], ["Olaf Tal", "Ida Berg"])
    assert desk.look(seat)["status"] == "cancelled"


def test_only_the_host_moves_everybody(desk: Desk, course: int) -> None:
    booked = desk.book(course)
    assert desk.act_refused(booked, "reschedule", {"start": TUESDAY_TEN}, key=None)[0] == 400
    assert desk.act(booked, "reschedule", {"start": TUESDAY_TEN})["uid"] == booked["uid"]
