"""Bookings are moved, cancelled, confirmed and changed. The client against a small Cal.com on a real socket."""

from __future__ import annotations

from datetime import timedelta

import pytest

from calcom.client import CalcomClient
from calcom.client.bookings import BookingRequest
from calcom.errors import (
    CalcomRateLimited,
    CalcomRejected,
)
from calcom.sandbox.server import RunningSandbox
from calcom.schemas.event_types import EventTypeRead
from tests.calcom.client.desk import ANNA, BERT, booked, monday, offered


def test_a_move_gives_a_new_uid_and_the_old_one_points_to_it(client: CalcomClient, haircut: EventTypeRead):
    old = booked(client, haircut)
    new = client.reschedule_booking(old.uid, starts_at=monday(11), reason="later")
    assert new.uid != old.uid
    assert (new.rescheduled_from_uid, client.booking(old.uid).rescheduled_to_uid) == (old.uid, new.uid)


def test_a_cancelled_booking_stays_cancelled(client: CalcomClient, haircut: EventTypeRead):
    made = booked(client, haircut)
    [gone] = client.cancel_booking(made.uid, reason="ill")
    assert (gone.status, gone.cancellation_reason) == ("cancelled", "ill")
    with pytest.raises(CalcomRejected, match="cancelled already"):
        client.cancel_booking(made.uid, reason="ill")


def test_a_cancellation_without_a_reason_is_not_even_sent(client: CalcomClient):
    with pytest.raises(ValueError, match="reason"):
        client.cancel_booking("anything", reason=" ")


def test_a_series_is_booked_looked_up_and_cut_short(client: CalcomClient):
    weekly = offered(client, recurrence={"interval": 1, "occurrences": 4, "frequency": "weekly"})
    made = client.create_booking(BookingRequest(weekly.id, monday(), ANNA, occurrences=3))
    assert [one.starts_at - monday() for one in made] == [timedelta(weeks=week) for week in range(3)]
    gone = client.cancel_booking(made[1].uid, reason="moved away", following=True)
    assert {one.uid for one in gone if one.status == "cancelled"} == {one.uid for one in made[1:]}
    assert [one.status for one in client.series(made[0].recurring_uid)].count("accepted") == 1


def test_seats_are_taken_and_given_back_one_by_one(client: CalcomClient):
    group = offered(client, seats={"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True})
    first, second = booked(client, group), booked(client, group, booker=BERT)
    assert first.uid == second.uid
    assert client.booking_by_seat(second.seat_uid).uid == first.uid
    client.cancel_booking(first.uid, reason="ill", seat_uid=first.seat_uid)
    assert [one.email for one in client.booking(first.uid).attendees] == ["bert@example.com"]


def test_a_request_is_confirmed_or_declined(client: CalcomClient):
    careful = offered(
        client,
        confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": True},
    )
    first, second = booked(client, careful), booked(client, careful, booker=BERT, at=monday(12))
    assert (first.status, client.confirm_booking(first.uid).status) == ("pending", "accepted")
    assert client.decline_booking(second.uid, reason="no time").status == "rejected"


def test_who_did_not_come_is_marked_afterwards(client: CalcomClient, haircut: EventTypeRead, cal: RunningSandbox):
    made = booked(client, haircut)
    with pytest.raises(CalcomRejected, match="after their scheduled start"):
        client.mark_absent(made.uid, attendees={"anna@example.com": True})
    cal.sandbox.world.clock_shift = timedelta(days=30)
    assert client.mark_absent(made.uid, attendees={"anna@example.com": True}).attendees[0].absent


def test_location_and_guests_have_a_small_budget_of_their_own(client: CalcomClient, haircut: EventTypeRead):
    client.patience_s = 0
    made = booked(client, haircut)
    moved = client.change_location(made.uid, {"type": "link", "link": "https://meet.example.com/1"})
    assert moved.location == "https://meet.example.com/1"
    for number in range(4):
        client.add_guests(made.uid, [{"email": f"guest{number}@example.com"}])
    with pytest.raises(CalcomRateLimited):
        client.add_guests(made.uid, [{"email": "late@example.com"}])
    assert client.booking(made.uid).uid == made.uid


def test_attendees_come_and_go(client: CalcomClient, haircut: EventTypeRead):
    made = booked(client, haircut)
    added = client.add_attendee(made.uid, name="Cora", email="cora@example.com", time_zone="Europe/Berlin")
    assert [one.email for one in client.attendees(made.uid)] == ["anna@example.com", "cora@example.com"]
    client.remove_attendee(made.uid, added.id)
    assert [one.email for one in client.attendees(made.uid)] == ["anna@example.com"]
