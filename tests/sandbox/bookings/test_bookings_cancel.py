from __future__ import annotations

import pytest

from calcom.sandbox.sample import OTHER_KEY
from tests.sandbox.bookings.desk import TUESDAY_TEN, Desk


@pytest.mark.parametrize("key", [None, OTHER_KEY])
def test_whoever_knows_the_uid_cancels_without_a_reason(desk: Desk, key: str | None) -> None:
    booking = desk.book(desk.event_type())
    gone = desk.act(booking, "cancel", key=key)
    assert (gone["status"], gone["cancellationReason"], gone["cancelledByEmail"]) == ("cancelled", "", "")


def test_a_host_has_to_say_why(desk: Desk) -> None:
    booking = desk.book(desk.event_type())
    answer = desk("POST", f"/bookings/{booking['uid']}/cancel", {})
    assert answer.body == {"statusCode": 400, "message": "Cancellation reason is required"}
    assert desk.act(booking, "cancel", {"cancellationReason": "Ill"})["cancellationReason"] == "Ill"


def test_a_second_time_is_refused(desk: Desk) -> None:
    booking = desk.book(desk.event_type())
    desk.act(booking, "cancel", key=None)
    assert desk.act_refused(booking, "cancel", key=None) == (
        400,
        (
            f"Can't cancel booking with uid={booking['uid']} because it has been cancelled already. Please provide "
            "uid of a booking that is not cancelled."
        ),
    )


def test_the_time_is_free_again(desk: Desk) -> None:
    event_type = desk.event_type()
    desk.act(desk.book(event_type), "cancel", key=None)
    assert desk.book(event_type, name="Olaf Tal")["status"] == "accepted"


def test_what_cannot_be_cancelled_is_told(desk: Desk) -> None:
    fixed = desk.book(desk.event_type(disableCancelling={"disabled": True}))
    over = desk.book(desk.event_type(), TUESDAY_TEN)
    assert desk.act_refused(fixed, "cancel", key=None) == (400, "This event type does not allow cancellations")
    desk.clock.forward(days=3)
    assert desk.act_refused(over, "cancel", key=None) == (400, "Cannot cancel a booking that has already ended")
    assert desk.act_refused({"uid": "gone"}, "cancel", key=None) == (404, "Booking with uid=gone not found")


def test_a_receiver_that_looks_at_once_finds_it_accepted(desk: Desk) -> None:
    seen = []
    booking = desk.book(desk.event_type())
    desk.subscribe("BOOKING_CANCELLED")

    def look(url: str, body: bytes, headers: dict[str, str]) -> int:
        seen.append(desk.look(booking)["status"])
        return 200

    desk.sandbox.sender = look
    desk.act(booking, "cancel", key=None)
    assert seen == ["accepted"]


def test_the_rest_of_something_that_is_no_series_cannot_be_cancelled(desk: Desk) -> None:
    booking = desk.book(desk.event_type())
    body = {"cancelSubsequentBookings": True}
    assert "is not part of a recurring booking." in desk.act_refused(booking, "cancel", body, key=None)[1]


def test_an_unknown_property_is_refused(desk: Desk) -> None:
    booking = desk.book(desk.event_type())
    assert desk.act_refused(booking, "cancel", {"why": "x"}, key=None) == (
        400,
        "why property is wrong,property why should not exist ",
    )
