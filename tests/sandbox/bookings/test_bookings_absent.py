from __future__ import annotations

from typing import Any

import pytest

from calcom.sandbox.sample import OTHER_KEY
from tests.sandbox.bookings.desk import Desk

NOBODY_CAME = {"attendees": [{"email": "ida@example.com", "absent": True}]}


@pytest.fixture
def over(desk: Desk) -> Any:
    booking = desk.book(desk.event_type(), guests=["gast@example.com"])
    desk.clock.forward(days=2)
    desk.subscribe("BOOKING_NO_SHOW_UPDATED")
    return booking


def test_not_before_it_began(desk: Desk) -> None:
    booking = desk.book(desk.event_type())
    assert desk.act_refused(booking, "mark-absent", NOBODY_CAME) == (
        400,
        (
            "Bookings can only be marked as absent after their scheduled start time. Current time in UTC+0: "
            "2027-01-04T07:00:00.000Z, Booking start time in UTC+0: 2027-01-05T08:00:00.000Z"
        ),
    )


def test_an_attendee_is_marked_and_unmarked(desk: Desk, over: Any) -> None:
    assert desk.act(over, "mark-absent", NOBODY_CAME)["attendees"][0]["absent"] is True
    back = {"attendees": [{"email": "ida@example.com", "absent": False}]}
    assert desk.act(over, "mark-absent", back)["attendees"][0]["absent"] is False
    assert [one.payload["message"] for one in desk.received] == [
        "ida@example.com marked as no-show",
        "ida@example.com unmarked as no-show",
    ]


def test_a_foreign_address_changes_nothing_and_is_announced(desk: Desk, over: Any) -> None:
    desk.act(over, "mark-absent", {"attendees": [{"email": "who@example.com", "absent": True}]})
    assert desk.received[0].payload["attendees"] == []


def test_the_host_is_marked_by_anybody_and_silently(desk: Desk, over: Any) -> None:
    assert desk.act(over, "mark-absent", {"host": True}, key=OTHER_KEY)["absentHost"] is True
    assert desk.received == []


def test_a_strangers_key_cannot_mark_attendees(desk: Desk, over: Any) -> None:
    assert desk.act_refused(over, "mark-absent", NOBODY_CAME, key=OTHER_KEY) == (
        500,
        "Failed to update no-show status",
    )


def test_an_empty_body_is_fine_and_a_wrong_one_is_not(desk: Desk, over: Any) -> None:
    assert desk.act(over, "mark-absent")["absentHost"] is False
    assert desk.act_refused(over, "mark-absent", {"host": "yes"}) == (400, "Bad Request Exception")


def test_a_list_shows_the_marked_one_last(desk: Desk, over: Any) -> None:
    desk.act(over, "mark-absent", NOBODY_CAME)
    listed = desk.data("GET", "/bookings")[0]["attendees"]
    assert [attendee["email"] for attendee in listed] == ["gast@example.com", "ida@example.com"]
    assert desk.look(over)["attendees"][0]["email"] == "ida@example.com"
