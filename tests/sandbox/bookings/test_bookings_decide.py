from __future__ import annotations

import pytest

from calcom.sandbox.sample import OTHER_KEY
from tests.sandbox.bookings.desk import Desk

POLICY = {"type": "always", "blockUnconfirmedBookingsInBooker": True}
CONFIRMED = (400, "Booking already confirmed")


@pytest.fixture
def asked(desk: Desk) -> int:
    return desk.event_type(confirmationPolicy=POLICY)


def test_a_request_waits_also_when_the_host_booked_it(desk: Desk, asked: int) -> None:
    assert desk.data("POST", "/bookings", desk.order(asked))["status"] == "pending"
    assert desk.refused(asked, name="Olaf Tal")[0] == 400


def test_pending_ones_share_a_slot_where_they_do_not_block_and_both_are_confirmed(desk: Desk) -> None:
    event_type = desk.event_type(confirmationPolicy=POLICY | {"blockUnconfirmedBookingsInBooker": False})
    for booking in [desk.book(event_type), desk.book(event_type, name="Olaf Tal")]:
        assert desk.act(booking, "confirm")["status"] == "accepted"


def test_only_the_host_decides(desk: Desk, asked: int) -> None:
    booking = desk.book(asked)
    assert desk.act_refused(booking, "confirm", key=None)[0] == 403
    answer = desk("POST", f"/bookings/{booking['uid']}/confirm", {}, key=OTHER_KEY)
    assert answer.status == 401
    assert answer.body["error"] == {
        "code": "TRPCError",
        "message": "User is not authorized to confirm this booking",
    }


def test_a_confirmed_one_is_neither_confirmed_nor_declined_again(desk: Desk, asked: int) -> None:
    booking = desk.book(asked)
    desk.act(booking, "confirm")
    assert desk.act_refused(booking, "confirm") == CONFIRMED
    assert desk.act_refused(booking, "decline", {"reason": "x"}) == CONFIRMED


def test_a_declined_one_is_declined_again_and_confirmed_after_all(desk: Desk, asked: int) -> None:
    desk.subscribe()
    booking = desk.book(asked)
    assert desk.act(booking, "decline", {"reason": "Busy"})["status"] == "rejected"
    assert desk.act(booking, "decline")["status"] == "rejected"
    assert desk.act(booking, "confirm")["status"] == "accepted"
    assert desk.triggers == ["BOOKING_REQUESTED", "BOOKING_REJECTED", "BOOKING_REJECTED", "BOOKING_CREATED"]
    assert desk.received[1].payload["rejectionReason"] == "Busy"


def test_a_pending_series_is_confirmed_as_a_whole_with_one_webhook(desk: Desk) -> None:
    weekly = {"interval": 1, "occurrences": 3, "frequency": "weekly"}
    series = desk.book(desk.event_type(confirmationPolicy=POLICY, recurrence=weekly))
    desk.subscribe("BOOKING_CREATED")
    desk.act(series[1], "confirm")
    assert {booking.status for booking in desk.sandbox.world.bookings.values()} == {"accepted"}
    assert [one.payload["uid"] for one in desk.received] == [series[1]["uid"]]


def test_a_short_notice_alone_may_need_the_host(desk: Desk) -> None:
    policy = {"type": "time", "noticeThreshold": {"unit": "hours", "count": 48}} | {
        "blockUnconfirmedBookingsInBooker": True
    }
    event_type = desk.event_type(confirmationPolicy=policy)
    assert desk.book(event_type)["status"] == "pending"
    assert desk.book(event_type, "2027-01-08T08:00:00Z")["status"] == "accepted"
