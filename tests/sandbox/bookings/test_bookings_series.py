from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.bookings.desk import TUESDAY_TEN, Desk

WEEKLY = {"interval": 1, "occurrences": 3, "frequency": "weekly"}


@pytest.fixture
def weekly(desk: Desk) -> int:
    return desk.event_type(recurrence=WEEKLY)


def _statuses(desk: Desk, series: list[Any]) -> list[str]:
    return [booking["status"] for booking in desk.data("GET", f"/bookings/{series[0]['recurringBookingUid']}")]


def test_a_series_is_a_list_with_one_uid_of_its_own(desk: Desk, weekly: int) -> None:
    series = desk.book(weekly)
    assert [one["start"][:10] for one in series] == ["2027-01-05", "2027-01-12", "2027-01-19"]
    assert len({one["recurringBookingUid"] for one in series}) == 1
    assert desk.data("GET", f"/bookings/{series[0]['recurringBookingUid']}")[1]["uid"] == series[1]["uid"]


def test_fewer_may_be_asked_for_but_not_more(desk: Desk, weekly: int) -> None:
    assert len(desk.book(weekly, recurrenceCount=2)) == 2
    assert desk.refused(weekly, TUESDAY_TEN, recurrenceCount=9) == (
        400,
        "Provided recurrence count is higher than the event type's recurring event count.",
    )


def test_occurrences_keep_the_time_on_the_wall(desk: Desk, weekly: int) -> None:
    series = desk.book(weekly, "2027-03-23T08:00:00Z")
    assert [one["start"][11:13] for one in series] == ["08", "07", "07"]


def test_a_conflict_in_the_middle_leaves_what_was_written(desk: Desk, weekly: int) -> None:
    desk.book(weekly, "2027-01-12T08:00:00Z")
    desk.subscribe("BOOKING_CREATED")
    assert desk.refused(weekly) == (409, "booking_conflict_error")
    assert desk.triggers == ["BOOKING_CREATED"]
    assert len(desk.sandbox.world.bookings) == 4


def test_an_overlap_after_the_first_is_not_noticed(desk: Desk, weekly: int) -> None:
    desk.book(desk.event_type(), "2027-01-12T08:30:00Z")
    assert len(desk.book(weekly)) == 3


def test_one_occurrence_is_cancelled_alone(desk: Desk, weekly: int) -> None:
    series = desk.book(weekly)
    assert desk.act(series[1], "cancel", key=None)["status"] == "cancelled"
    assert _statuses(desk, series) == ["accepted", "cancelled", "accepted"]


def test_the_rest_is_cancelled_with_one_webhook(desk: Desk, weekly: int) -> None:
    series = desk.book(weekly)
    desk.subscribe("BOOKING_CANCELLED")
    answer = desk.act(series[1], "cancel", {"cancelSubsequentBookings": True}, key=None)
    assert [one["status"] for one in answer] == ["accepted", "cancelled", "cancelled"]
    assert [one.payload["uid"] for one in desk.received] == [series[1]["uid"]]
    assert "recurringEvent" not in desk.received[0].payload


def test_the_whole_series_is_cancelled_by_its_uid_and_announced_by_the_last(desk: Desk, weekly: int) -> None:
    series = desk.book(weekly)
    desk.subscribe("BOOKING_CANCELLED")
    desk.act({"uid": series[0]["recurringBookingUid"]}, "cancel", key=None)
    assert _statuses(desk, series) == ["cancelled"] * 3
    assert [one.payload["uid"] for one in desk.received] == [series[2]["uid"]]
    assert desk.received[0].payload["recurringEvent"] == {"freq": 2, "count": 3, "interval": 1}


def test_a_series_that_has_begun_is_cancelled_from_now_on(desk: Desk, weekly: int) -> None:
    series = desk.book(weekly)
    desk.clock.forward(days=3)
    desk.act({"uid": series[0]["recurringBookingUid"]}, "cancel", key=None)
    assert _statuses(desk, series) == ["accepted", "cancelled", "cancelled"]


def test_the_uid_of_a_series_cannot_be_moved_nor_cancelled_from_somewhere_on(desk: Desk, weekly: int) -> None:
    uid = {"uid": desk.book(weekly)[0]["recurringBookingUid"]}
    assert desk.act_refused(uid, "reschedule", {"start": TUESDAY_TEN})[0] == 404
    assert desk.act_refused(uid, "cancel", {"cancelSubsequentBookings": True}, key=None)[0] == 400


def test_a_moved_occurrence_stays_in_its_series(desk: Desk, weekly: int) -> None:
    series = desk.book(weekly)
    moved = desk.act(series[2], "reschedule", {"start": "2027-01-20T08:00:00Z"}, key=None)
    assert moved["recurringBookingUid"] == series[0]["recurringBookingUid"]
    assert len(_statuses(desk, series)) == 4


def test_a_series_of_seats_is_refused(desk: Desk) -> None:
    seats = {"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True}
    event_type = desk.event_type()
    desk.sandbox.world.event_types[event_type].fields |= {"recurrence": WEEKLY, "seats": seats}
    assert desk.refused(event_type) == (400, "recurring_event_seats_error")
