"""Ways out for an appointment whose booking the backend does not know any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appointments import standing
from appointments.backends import AttendeeSnapshot, Offer
from appointments.booking import (
    Actor,
    book_again,
    cancel,
    complete,
    decline,
    mark_no_show,
    reschedule,
    take_theirs,
)
from appointments.booking.actor import NotYours
from appointments.errors import InvalidTransition, NotBookable, StaleVersion, UnknownService
from appointments.inbound import apply_booking
from appointments.models import Appointment, AppointmentChange, Attendee, Push, StaffTime
from appointments.models.history import Side
from tests.appointments.conftest import DESK, NINE, booking, send_all, tell
from tests.backends.memory import LOST, MemoryBackend
from tests.factories import MembershipFactory

TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
BEN = AttendeeSnapshot(name="Ben Groß", email="ben@example.com")


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.get(pk=row.pk)


def lose(row: Appointment) -> Appointment:
    """A sweep has seen that the booking is not there any more."""
    row = fresh(row)
    standing.lose(row)
    standing.derive(row, [])
    row.save()
    return row


@pytest.fixture
def orphan(booked, server, clock):
    del server.bookings["m1"]
    row = lose(booked)
    clock.shift(60)
    return row


def test_an_orphan_is_cancelled_here_and_there_is_nothing_to_cancel_there(orphan, server):
    cancel(orphan, reason="the customer says so", actor=DESK)
    send_all(orphan)
    row = fresh(orphan)
    assert (row.status, row.sync_status, row.requires_manual_review) == ("cancelled", "synced", False)
    assert Push.objects.get(operation="cancel").state == "done"


def test_what_was_to_be_declined_and_is_not_there_is_declined(order, server, cut, staff):
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=71, needs_confirmation=True)
    row = order()
    send_all(row)
    server.bookings.clear()
    decline(fresh(row), reason="full", actor=DESK)
    send_all(row)
    assert (fresh(row).status, fresh(row).sync_status) == ("rejected", "synced")


def test_a_use_case_that_tells_the_backend_nothing_leaves_an_orphan_one(orphan, clock):
    clock.move_to(ELEVEN)
    complete(orphan, actor=DESK)
    assert (fresh(orphan).status, fresh(orphan).sync_status) == ("completed", "orphaned")


def test_a_move_of_what_is_not_there_needs_staff_and_dropped_it_is_an_orphan(booked, server):
    server.bookings.clear()
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    send_all(booked)
    assert (fresh(booked).sync_status, fresh(booked).sync_error) == ("needs_staff", "m1 was not found")
    take_theirs(booked, actor=DESK)
    row = fresh(booked)
    assert (row.sync_status, row.starts_at, row.requires_manual_review) == ("orphaned", NINE, True)


def test_who_did_not_come_to_what_is_not_there_is_kept_here(booked, server, clock):
    server.bookings.clear()
    clock.move_to(TEN)
    mark_no_show(booked, actor=DESK)
    send_all(booked)
    assert (fresh(booked).status, fresh(booked).sync_status) == ("no_show", "orphaned")


def test_an_orphan_is_booked_again_under_a_new_uid(orphan, server):
    book_again(orphan, actor=DESK, version=orphan.version)
    assert fresh(orphan).sync_status == "pending"
    send_all(orphan)
    row = fresh(orphan)
    assert (row.calcom_booking_uid, row.status, row.sync_status) == ("m2", "confirmed", "synced")
    assert (row.starts_at, row.reschedule_count, row.requires_manual_review) == (NINE, 0, False)
    assert row.reference != orphan.reference
    assert (Appointment.objects.count(), StaffTime.objects.count(), len(server.alive)) == (1, 1, 1)
    last = AppointmentChange.objects.latest("id")
    assert (last.actor_name, last.reason, last.details) == ("Mara", "Booked again.", {})


def test_booked_again_it_can_be_moved_and_cancelled_like_any_other(orphan, server):
    send_all(book_again(orphan, actor=DESK))
    reschedule(fresh(orphan), starts_at=ELEVEN, actor=DESK)
    send_all(orphan)
    assert [one.starts_at for one in server.alive] == [ELEVEN]
    cancel(fresh(orphan), reason="ill", actor=DESK)
    send_all(orphan)
    assert (server.alive, fresh(orphan).sync_status) == ([], "synced")


def test_a_lost_answer_to_booking_again_books_nothing_twice(orphan, server, clock):
    server.after.append(LOST)
    send_all(book_again(orphan, actor=DESK))
    clock.shift(31)
    send_all(orphan)
    assert (fresh(orphan).calcom_booking_uid, fresh(orphan).sync_status, len(server.alive)) == ("m2", "synced", 1)


def test_a_move_that_was_wanted_of_an_orphan_is_what_is_booked_again(booked, server):
    server.bookings.clear()
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    send_all(booked)
    send_all(book_again(fresh(booked), actor=DESK))
    assert [one.starts_at for one in server.alive] == [ELEVEN]
    assert (fresh(booked).sync_status, Push.objects.get(operation="move").state) == ("synced", "folded")


def test_what_turns_up_again_is_not_booked_a_second_time(booked, server):
    row = lose(booked)
    send_all(book_again(row, actor=DESK))
    assert (len(server.alive), fresh(row).sync_status) == (1, "needs_staff")
    assert "is there after all" in fresh(row).sync_error
    tell(server, "m1")
    assert Appointment.objects.count() == 2


def test_all_seats_of_a_lost_booking_are_taken_again(order, server, cut, staff):
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=71, seats=3)
    send_all(order())
    row = order(attendees=[BEN])
    send_all(row)
    server.bookings.clear()
    send_all(book_again(lose(row), actor=DESK))
    assert sorted(server.alive[0].seats) == ["ada@example.com", "ben@example.com"]
    assert all(Attendee.objects.values_list("seat_uid", flat=True))
    assert fresh(row).sync_status == "synced"


def test_without_a_connection_it_waits_for_one(orphan, salon):
    salon.calcom_api_key = ""
    salon.save()
    book_again(fresh(orphan), actor=DESK)
    assert fresh(orphan).sync_status == "not_connected"


def test_only_an_orphan_to_come_is_booked_again(booked, server, clock):
    with pytest.raises(InvalidTransition, match="not known there any more"):
        book_again(booked, actor=DESK)
    row = lose(booked)
    with pytest.raises(StaleVersion):
        book_again(row, actor=DESK, version=row.version - 1)
    clock.move_to(NINE + timedelta(minutes=1))
    with pytest.raises(NotBookable, match="begun already"):
        book_again(row, actor=DESK)


def test_what_is_cancelled_is_no_orphan(orphan):
    cancel(orphan, reason="x", actor=DESK)
    with pytest.raises(InvalidTransition):
        book_again(fresh(orphan), actor=DESK)


def test_what_nobody_offers_any_more_is_not_booked_again(orphan, server):
    server.offers.clear()
    with pytest.raises(UnknownService, match="not mapped"):
        book_again(orphan, actor=DESK)
    assert fresh(orphan).sync_status == "orphaned"


def test_a_stranger_books_nothing_again(orphan):
    stranger = Actor(side=Side.PORTAL, user=MembershipFactory.create().user)
    with pytest.raises(NotYours):
        book_again(orphan, actor=stranger)


def test_news_of_what_came_about_later_says_that_it_is_no_orphan(orphan, server, salon, clock):
    tell_again(salon, told_at=NINE - timedelta(days=60))
    assert fresh(orphan).sync_status == "orphaned"
    tell_again(salon, told_at=NINE - timedelta(days=1))
    assert (fresh(orphan).sync_status, fresh(orphan).requires_manual_review) == ("synced", False)


def tell_again(salon, *, told_at):
    apply_booking(salon, booking("m1", told_at=told_at, event_type_id=71), places=MemoryBackend(salon).places)
