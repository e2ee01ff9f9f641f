"""Moving, cancelling, confirming, declining, no-show, completing: what each does, refuses, and tells the backend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from appointments.backends import AttendeeSnapshot, Offer
from appointments.booking import (
    Action,
    Actor,
    book_series,
    cancel,
    cancel_following,
    cancel_seat,
    complete,
    confirm,
    decline,
    mark_no_show,
    possible,
    reschedule,
    reschedule_following,
    weekly,
)
from appointments.booking.actor import NotYours
from appointments.booking.seats import take_seat
from appointments.errors import BookingError, InvalidTransition, NotBookable, SlotTaken, StaleVersion
from appointments.models import Appointment, AppointmentChange, Attendee, Push, StaffTime
from appointments.models.appointment import Status
from appointments.models.history import Side
from appointments.wishes import Wish
from tests.appointments.conftest import ADA, DESK, NINE, TOLD, send_all
from tests.factories import MembershipFactory

TEN, ELEVEN, HALF_HOUR = NINE + timedelta(hours=1), NINE + timedelta(hours=2), timedelta(minutes=30)
BEN = AttendeeSnapshot(name="Ben Groß", email="ben@example.com")


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.get(pk=row.pk)


def history(row: Appointment) -> list[str]:
    return list(AppointmentChange.objects.filter(appointment=row).order_by("id").values_list("action", flat=True))


def test_a_moved_appointment_takes_its_new_time_and_frees_the_old(booked):
    row = reschedule(booked, starts_at=ELEVEN, actor=DESK, reason="the train")
    assert (row.starts_at, row.ends_at - ELEVEN, row.version, row.rescheduled_by) == (ELEVEN, HALF_HOUR, 2, "Mara")
    assert StaffTime.objects.get().during.lower == ELEVEN
    last = AppointmentChange.objects.get(action="moved")
    assert (last.reason, last.actor_name, last.side) == ("the train", "Mara", "portal")
    assert sorted(last.details) == ["ends_at", "starts_at"]


def test_a_move_to_a_taken_time_is_refused_and_changes_nothing(booked, order):
    order(starts_at=ELEVEN)
    with pytest.raises(SlotTaken, match="Stylist One has another appointment from 2026-12-08 12:00"):
        reschedule(booked, starts_at=ELEVEN + timedelta(minutes=15), actor=DESK)
    assert (fresh(booked).starts_at, fresh(booked).version) == (NINE, 1)
    assert Push.objects.filter(operation="move").count() == 0


def test_a_move_by_a_few_minutes_is_not_in_its_own_way(booked):
    assert reschedule(booked, starts_at=NINE + timedelta(minutes=10), actor=DESK).version == 2


@pytest.mark.parametrize(
    ("starts_at", "sentence"),
    [(NINE, "at that time already"), (TOLD, "is past"), (datetime(2029, 1, 1, tzinfo=UTC), "365 days")],
)
def test_a_move_obeys_the_rules_of_booking(booked, starts_at, sentence):
    with pytest.raises(NotBookable, match=sentence):
        reschedule(booked, starts_at=starts_at, actor=DESK)


def test_a_stale_version_is_refused(booked):
    reschedule(booked, starts_at=TEN, actor=DESK, version=1)
    with pytest.raises(StaleVersion, match="meanwhile"):
        reschedule(booked, starts_at=ELEVEN, actor=DESK, version=1)
    assert fresh(booked).starts_at == TEN


def test_a_cancelled_appointment_frees_its_time_and_says_why(booked):
    cancel(booked, reason="ill", actor=DESK)
    row = fresh(booked)
    assert (row.status, row.cancellation_reason, row.cancelled_by) == ("cancelled", "ill", "Mara")
    assert (row.sync_status, history(row)) == ("pending", ["created", "cancelled"])
    assert not StaffTime.objects.exists()


def test_a_cancellation_needs_a_reason(booked):
    with pytest.raises(NotBookable, match="Say why"):
        cancel(booked, reason=" ", actor=DESK)


def test_what_is_over_is_not_cancelled_but_completed(booked, clock):
    clock.move_to(NINE + timedelta(hours=2))
    with pytest.raises(InvalidTransition, match="complete, or mark as no-show"):
        cancel(booked, reason="ill", actor=DESK)
    complete(booked, actor=DESK)
    row = fresh(booked)
    assert (row.status, row.meeting_ended_at, row.sync_status) == ("completed", row.ends_at, "synced")
    assert Push.objects.count() == 1


@pytest.mark.parametrize("action", [complete, mark_no_show])
def test_before_it_has_begun_nobody_was_there_or_absent(booked, action):
    with pytest.raises(InvalidTransition, match="possible from 2026-12-08 10:00"):
        action(booked, actor=DESK)


def test_who_did_not_come_is_told_to_the_backend_and_can_be_taken_back(booked, server, clock):
    clock.move_to(NINE + timedelta(minutes=20))
    mark_no_show(booked, actor=DESK)
    send_all(booked)
    assert (fresh(booked).status, server.bookings["m1"].absences) == ("no_show", {"ada@example.com": True})
    ada = booked.attendees.get()
    mark_no_show(fresh(booked), absences={ada.pk: False}, actor=DESK)
    send_all(booked)
    assert (fresh(booked).status, server.bookings["m1"].absences) == ("confirmed", {"ada@example.com": False})
    assert fresh(booked).sync_status == "synced"


def test_only_attendees_can_be_absent(booked, clock):
    clock.move_to(TEN)
    with pytest.raises(NotBookable, match="Only those who attend"):
        mark_no_show(booked, absences={0: True}, actor=DESK)


@pytest.mark.parametrize("status", Status)
def test_what_a_state_does_not_allow_is_refused_and_what_it_does_is_said(booked, clock, status):
    clock.move_to(TEN)
    Appointment.objects.filter(pk=booked.pk).update(status=status, told_status=status, ends_at=ELEVEN)
    acts = {
        Action.RESCHEDULE: lambda: reschedule(booked, starts_at=ELEVEN, actor=DESK),
        Action.CANCEL: lambda: cancel(booked, reason="ill", actor=DESK),
        Action.CONFIRM: lambda: confirm(booked, actor=DESK),
        Action.DECLINE: lambda: decline(booked, reason="full", actor=DESK),
        Action.COMPLETE: lambda: complete(booked, actor=DESK),
        Action.MARK_NO_SHOW: lambda: mark_no_show(booked, actor=DESK),
    }
    for action in acts.keys() - set(possible(status)):
        with pytest.raises(InvalidTransition) as refusal:
            acts[action]()
        assert all(str(other.value) in str(refusal.value) for other in possible(status))
    assert not AppointmentChange.objects.exclude(action="created").exists()


def test_a_declined_request_gets_its_time_back_only_if_it_is_free(order, server, cut, staff):
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=71, needs_confirmation=True)
    row = order()
    send_all(row)
    decline(row, reason="full", actor=DESK)
    assert fresh(row).rejected_reason == "full"
    order()
    with pytest.raises(SlotTaken):
        confirm(row, actor=DESK)
    assert fresh(row).status == "rejected"


def use_cases() -> list[object]:
    return [
        lambda row, actor: reschedule(row, starts_at=TEN, actor=actor),
        lambda row, actor: cancel(row, reason="x", actor=actor),
        lambda row, actor: confirm(row, actor=actor),
        lambda row, actor: decline(row, reason="x", actor=actor),
        lambda row, actor: mark_no_show(row, actor=actor),
        lambda row, actor: complete(row, actor=actor),
    ]


@pytest.mark.parametrize("use_case", use_cases())
def test_a_stranger_changes_nothing(booked, use_case):
    stranger = Actor(side=Side.PORTAL, user=MembershipFactory.create().user)
    with pytest.raises(NotYours):
        use_case(booked, stranger)
    assert history(booked) == ["created"]


def test_an_appointment_the_backend_never_knew_is_changed_without_a_push(order, salon, booked):
    Push.objects.all().delete()
    Appointment.objects.update(calcom_booking_uid="", calcom_booking_id=None, sync_status="not_applicable")
    row = reschedule(fresh(booked), starts_at=TEN, actor=DESK)
    assert (row.sync_status, Push.objects.count()) == ("not_applicable", 0)


@pytest.fixture
def series(salon, cut, staff, server):
    dates = weekly(datetime(2027, 3, 17, 10), count=3, zone="Europe/Berlin")
    return book_series(salon, service=cut, staff=staff, dates=dates, attendees=[ADA], actor=DESK)


def test_this_and_the_following_move_by_the_clock(series):
    moved = reschedule_following(series[1], starts_at=series[1].starts_at + timedelta(hours=2), actor=DESK)
    assert [(row.starts_at.day, row.starts_at.hour) for row in moved] == [(24, 11), (31, 10)]
    assert fresh(series[0]).starts_at == datetime(2027, 3, 17, 9, tzinfo=UTC)


def test_the_following_can_move_over_each_others_places(series):
    moved = reschedule_following(series[0], starts_at=series[0].starts_at + timedelta(weeks=1), actor=DESK)
    assert len(moved) == StaffTime.objects.count() == 3


def test_this_and_the_following_are_cancelled_and_what_is_off_stays_off(series):
    cancel(series[2], reason="one", actor=DESK)
    assert len(cancel_following(series[1], reason="rest", actor=DESK)) == 1
    assert [fresh(row).status for row in series] == ["confirmed", "cancelled", "cancelled"]
    assert fresh(series[2]).cancellation_reason == "one"


def test_what_is_no_series_has_nothing_following(booked):
    with pytest.raises(InvalidTransition, match="does not belong to a series"):
        cancel_following(booked, reason="x", actor=DESK)


@pytest.fixture
def course(order, server, cut, staff):
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=71, seats=2)
    row = order()
    send_all(row)
    return fresh(row)


def seats(row: Appointment) -> list[tuple[str, str]]:
    return sorted(Attendee.objects.filter(appointment=row).values_list("email", "state"))


def test_a_second_person_takes_a_seat_of_the_same_appointment(course, order, server):
    row = order(attendees=[BEN])
    send_all(row)
    assert (row.pk, Appointment.objects.count(), len(server.alive)) == (course.pk, 1, 1)
    assert seats(row) == [("ada@example.com", "active"), ("ben@example.com", "active")]
    assert all(Attendee.objects.values_list("seat_uid", flat=True))
    assert fresh(row).sync_status == "synced"


def test_seats_are_taken_once_and_not_more_than_there_are(course, order):
    with pytest.raises(BookingError, match="has a seat already"):
        order()
    order(attendees=[BEN])
    with pytest.raises(SlotTaken, match="All 2 seats"):
        order(attendees=[AttendeeSnapshot(name="Cleo", email="cleo@example.com")])


def test_one_seat_is_given_up_and_the_others_stay(course, order, server):
    send_all(order(attendees=[BEN]))
    cancel_seat(course, attendee=Attendee.objects.get(email="ada@example.com"), reason="ill", actor=DESK)
    send_all(course)
    row = fresh(course)
    assert seats(row) == [("ada@example.com", "gone"), ("ben@example.com", "active")]
    assert list(server.alive[0].seats) == ["ben@example.com"]
    assert (row.status, row.sync_status, row.requires_manual_review) == ("confirmed", "synced", False)


def test_the_last_seat_cancels_the_appointment(course, server):
    cancel_seat(course, attendee=Attendee.objects.get(), reason="ill", actor=DESK)
    send_all(course)
    assert (fresh(course).status, server.alive) == ("cancelled", [])


def test_a_seat_that_was_not_sent_yet_is_given_up_without_a_word(course, order, server):
    row = order(attendees=[BEN])
    cancel_seat(row, attendee=Attendee.objects.get(email="ben@example.com"), reason="a slip", actor=DESK)
    send_all(row)
    assert server.calls == ["create"]
    assert fresh(row).sync_status == "synced"


def test_seats_are_booked_one_by_one(course, order):
    with pytest.raises(NotBookable, match="Book for each of them"):
        order(attendees=[BEN, AttendeeSnapshot(name="Cleo", email="cleo@example.com")])
    with pytest.raises(NotBookable, match="Book for each of them"):
        order(starts_at=ELEVEN, attendees=[ADA, BEN])


def test_nobody_takes_a_seat_of_what_was_cancelled_in_the_same_moment(course):
    cancel(fresh(course), reason="nobody came", actor=DESK)
    wish = Wish(starts_at=NINE, ends_at=NINE + HALF_HOUR, event_type_id=71, attendees=(BEN,))
    with pytest.raises(SlotTaken, match="just been cancelled"):
        take_seat(course, wish=wish, seats=2, customer=None, actor=DESK)
    assert fresh(course).status == "cancelled"


def test_what_has_turned_out_to_be_another_appointment_is_to_be_looked_at_again(booked):
    Appointment.objects.filter(pk=booked.pk).delete()
    with pytest.raises(StaleVersion):
        cancel(booked, reason="x", actor=DESK)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: reschedule(row, starts_at=ELEVEN, actor=DESK),
        lambda row: cancel(row, reason="Ill.", actor=DESK),
    ],
    ids=["move", "cancel"],
)
def test_what_the_backend_has_under_an_old_number_is_not_changed_behind_its_back(booked, server, change):
    Appointment.objects.update(calcom_booking_id=1017, calcom_booking_uid="")
    with pytest.raises(InvalidTransition, match="migrate_to_v2"):
        change(fresh(booked))
    assert fresh(booked).status == "confirmed"


def test_without_any_connection_it_can_be_changed_here(booked, server, salon):
    salon.calcom_api_key = ""
    salon.save()
    Appointment.objects.update(calcom_booking_id=1017, calcom_booking_uid="")
    cancel(fresh(booked), reason="Ill.", actor=DESK)
    assert fresh(booked).status == "cancelled"
