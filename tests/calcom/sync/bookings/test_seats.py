"""Seats come and go without a trace in the booking's own dates."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone

from appointments.backends import AttendeeSnapshot, BookingSnapshot, SeatChange
from appointments.inbound import apply_booking
from appointments.models import Appointment, Attendee
from calcom import tasks
from calcom.mapping import says_too_little
from calcom.places import CalcomPlaces
from tests.calcom.remote import monday
from tests.calcom.sync.bookings.conftest import known_type
from webhooks.tasks import drain_all


@pytest.fixture
def course(remote):
    return known_type(remote, remote.offer("Course", 60, seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": True}))


def present() -> list[str]:
    rows = Attendee.objects.filter(state=Attendee.State.ACTIVE).order_by("email")
    return list(rows.values_list("email", flat=True))


def test_all_seats_of_a_booking_that_nobody_told_of_are_found(remote, course, read):
    seats = [remote.book(course, name=name)["seatUid"] for name in ("Ada Kern", "Ben Groß")]
    assert read().created == 1
    assert Appointment.objects.get().is_seated
    assert present() == ["ada@example.com", "ben@example.com"]
    assert list(Attendee.objects.order_by("email").values_list("seat_uid", flat=True)) == seats
    assert read().updated == 0


def test_a_seat_that_was_taken_or_given_up_is_found_by_the_sweep(remote, course, read, swept, later):
    ada = remote.book(course, name="Ada Kern")
    read()
    remote.book(course, name="Ben Groß")
    remote.cancel(ada, seatUid=ada["seatUid"])
    later(minutes=1)
    assert swept().updated == 1
    assert present() == ["ben@example.com"]
    assert swept().updated == 0
    assert Appointment.objects.get().status == "confirmed"


def test_the_last_seat_takes_the_booking_with_it(remote, course, read):
    ada = remote.book(course, name="Ada Kern")
    read()
    remote.cancel(ada, seatUid=ada["seatUid"])
    read()
    assert Appointment.objects.get().status == "cancelled"


def test_a_read_right_after_the_news_does_not_bring_a_seat_back(remote, course, client, swept, later):
    remote.subscribe()
    ada = remote.book(course, name="Ada Kern")
    remote.book(course, name="Ben Groß")
    remote.post(client)
    drain_all()
    later(seconds=30)
    seat = remote.row(ada).attendees[0]
    remote.cancel(ada, seatUid=ada["seatUid"])
    remote.row(ada).attendees.append(seat)  # what was read before Cal.com wrote it
    remote.post(client)
    drain_all()
    swept()
    assert present() == ["ben@example.com"]


def doubt(remote, booking, email):
    """A cancellation that lists one of two: was it their seat, or all of them?"""
    row = remote.row(booking)
    snapshot = BookingSnapshot(
        uid=booking["uid"],
        status="confirmed",
        is_status_weak=True,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        as_of=timezone.now(),
        event_type_id=row.event_type_id,
        is_seated=True,
        seat_change=SeatChange.PERHAPS_LEFT,
        attendees=(AttendeeSnapshot(email=email),),
    )
    with transaction.atomic():
        apply_booking(remote.company, snapshot, places=CalcomPlaces(remote.company))
    assert says_too_little(snapshot)
    assert Appointment.objects.get().requires_manual_review


@pytest.mark.parametrize("is_whole", [False, True])
def test_whether_one_seat_was_meant_or_all_is_read_again(remote, course, read, later, is_whole):
    ada = remote.book(course, name="Ada Kern")
    remote.book(course, name="Ben Groß")
    read()
    later(minutes=1)
    seat = {} if is_whole else {"seatUid": ada["seatUid"]}
    remote.act(ada, "cancel", {"cancellationReason": "ill"} | seat)
    doubt(remote, ada, "ada@example.com")
    later(seconds=tasks.LOOK_AFTER_S)
    assert tasks.read_again(remote.company.pk, ada["uid"])
    assert not Appointment.objects.get().requires_manual_review
    assert Appointment.objects.get().status == ("cancelled" if is_whole else "confirmed")
    if not is_whole:
        assert present() == ["ben@example.com"]


def test_a_doubt_whose_second_look_was_lost_is_settled_by_the_next_run(remote, course, read, later):
    ada = remote.book(course, name="Ada Kern")
    remote.book(course, name="Ben Groß")
    read()
    later(hours=1)
    doubt(remote, ada, "ada@example.com")
    assert read().read_again == 0
    later(minutes=1)
    assert read().read_again == 1
    assert present() == ["ada@example.com", "ben@example.com"]
    assert not Appointment.objects.get().requires_manual_review


def test_a_seat_moves_to_another_booking(remote, course, read, swept, later):
    ada = remote.book(course, monday(9), name="Ada Kern")
    remote.book(course, monday(9), name="Ben Groß")
    read()
    later(minutes=1)
    remote.move(ada, monday(11), seatUid=ada["seatUid"])
    swept()
    rows = Attendee.objects.filter(state=Attendee.State.ACTIVE).values_list("email", "appointment__starts_at")
    assert dict(rows) == {"ada@example.com": monday(11), "ben@example.com": monday(9)}
