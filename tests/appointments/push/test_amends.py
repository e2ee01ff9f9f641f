"""Answers that are not what was asked for: what the backend has and we cannot keep is taken back, and said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from appointments.backends import AttendeeSnapshot, BackendGone, BackendRefused, BackendUnavailable, Offer
from appointments.booking import book_series, cancel_series, send_again, take_theirs, weekly
from appointments.booking import reschedule as move
from appointments.errors import InvalidTransition
from appointments.inbound import apply_booking
from appointments.models import Appointment, AppointmentChange, FormerUid, Push, StaffTime
from appointments.push import push, release_stuck
from tests.appointments.conftest import ADA, DESK, NINE, booking, send_all, tell
from tests.backends.memory import MemoryBackend, snapshot

TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
BEN = AttendeeSnapshot(name="Ben Groß", email="ben@example.com")


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.get(pk=row.pk)


@pytest.mark.parametrize("is_first", [True, False])
def test_the_webhooks_of_a_booking_that_was_taken_back_make_no_appointment(order, server, is_first):
    server.minutes_off = 30
    if is_first:
        server.after.append(lambda: tell(server, "m1"))
    row = order()
    send_all(row)
    tell(server, "m1", status="confirmed")
    tell(server, "m1")
    assert (Appointment.objects.get().pk, StaffTime.objects.count(), server.alive) == (row.pk, 1, [])
    assert (fresh(row).starts_at, fresh(row).reschedule_count) == (NINE, 0)
    assert set(AppointmentChange.objects.values_list("action", flat=True)) == {"created"}


def test_after_one_was_taken_back_the_next_try_is_an_appointment_like_any_other(order, server):
    server.minutes_off = 30
    row = order()
    send_all(row)
    server.minutes_off = 0
    send_again(fresh(row), actor=DESK)
    send_all(row)
    tell(server, "m1")
    tell(server, "m2")
    assert (fresh(row).calcom_booking_uid, fresh(row).sync_status, fresh(row).reschedule_count) == ("m2", "synced", 0)
    assert (fresh(row).starts_at, fresh(row).status) == (NINE, "confirmed")


def test_a_booking_of_another_length_than_asked_for_is_taken_over_and_told(order, server, monkeypatch):
    create = MemoryBackend.create
    monkeypatch.setattr(MemoryBackend, "create", lambda self, order: create(self, replace(order, length_min=45)))
    row = order()
    send_all(row)
    assert (fresh(row).ends_at - fresh(row).starts_at, fresh(row).sync_status) == (timedelta(minutes=45), "synced")
    last = AppointmentChange.objects.latest("id")
    assert (last.reason, list(last.details)) == ("It is longer or shorter there than was chosen here.", ["ends_at"])


def test_where_another_booking_was_answered_ours_is_looked_for_before_the_next_try(order, server, monkeypatch):
    strange = server.new(event_type_id=71, starts_at=ELEVEN, ends_at=NINE + timedelta(hours=3), attendees=())
    create = MemoryBackend.create
    monkeypatch.setattr(MemoryBackend, "create", lambda self, order: create(self, order) and snapshot(strange))
    row = order()
    send_all(row)
    assert (fresh(row).sync_status, Push.objects.get().trouble) == ("needs_staff", "unclear")
    send_again(fresh(row), actor=DESK)
    send_all(row)
    assert (server.calls, fresh(row).sync_status, fresh(row).calcom_booking_uid) == (["create", "find"], "synced", "m2")


def test_what_is_gone_already_need_not_be_taken_back(order, server):
    server.minutes_off = 30
    server.before.extend([lambda: None, BackendGone("not found")])
    send_all(order())
    assert Push.objects.get(is_compensation=True).state == "done"


def test_a_compensation_that_is_refused_says_why_and_is_tried_again_by_staff(order, server):
    server.minutes_off = 30
    server.before.extend([lambda: None, BackendRefused(reason="no right to")])
    row = order()
    send_all(row)
    assert Push.objects.get(is_compensation=True).error == "no right to"
    assert len(server.alive) == 1
    server.minutes_off = 0
    send_again(fresh(row), actor=DESK)
    send_all(row)
    assert ([one.starts_at for one in server.alive], fresh(row).sync_status) == ([NINE], "synced")


def test_what_an_order_made_besides_is_taken_back_with_retries(order, server, clock, monkeypatch):
    surplus = server.new(event_type_id=71, starts_at=NINE + timedelta(weeks=1), ends_at=TEN, attendees=(ADA,))
    create = MemoryBackend.create
    monkeypatch.setattr(
        MemoryBackend, "create", lambda self, order: replace(create(self, order), surplus_uids=(surplus.uid,))
    )
    server.before.extend([lambda: None, BackendUnavailable("no route")])
    row = order()
    send_all(row)
    assert fresh(row).calcom_booking_uid == "m2"
    clock.shift(2)
    send_all(row)
    tell(server, surplus.uid, reference=row.reference)
    assert [one.uid for one in server.alive] == ["m2"]
    assert (Appointment.objects.count(), fresh(row).sync_status) == (1, "synced")


def test_an_answer_that_comes_after_the_booking_was_made_a_second_time_is_taken_back(order, server, clock):
    def be_very_slow():
        first = server.bookings.pop("m1")
        clock.shift(125)
        release_stuck()
        for _ in range(3):
            clock.shift(125)
            send_all(row)
        server.bookings["m1"] = first

    server.after.append(be_very_slow)
    row = order()
    push(Push.objects.get().pk)
    send_all(row)
    assert ([one.uid for one in server.alive], fresh(row).calcom_booking_uid) == (["m2"], "m2")
    assert (Appointment.objects.count(), fresh(row).sync_status) == (1, "synced")


@pytest.mark.parametrize("is_first", [True, False])
def test_a_move_to_another_time_than_asked_needs_staff_and_says_both(booked, server, is_first):
    server.minutes_off = 30
    server.after.append((lambda: tell(server, "m2")) if is_first else (lambda: None))
    move(booked, starts_at=ELEVEN, actor=DESK)
    send_all(booked)
    row = fresh(booked)
    assert (row.sync_status, row.starts_at, row.calcom_booking_uid) == ("needs_staff", ELEVEN, "m2")
    assert "It was moved to 2026-12-08 12:30 there, though 2026-12-08 12:00 was wanted." in row.sync_error
    tell(server, "m2")
    assert fresh(booked).sync_status == "needs_staff"


def test_a_wrong_move_is_moved_again_from_where_it_is(booked, server):
    server.minutes_off = 30
    move(booked, starts_at=ELEVEN, actor=DESK)
    send_all(booked)
    server.minutes_off = 0
    send_again(fresh(booked), actor=DESK)
    send_all(booked)
    assert [one.starts_at for one in server.alive] == [ELEVEN]
    assert (fresh(booked).starts_at, fresh(booked).sync_status) == (ELEVEN, "synced")


def test_a_wrong_move_can_be_taken_as_it_is(booked, server):
    server.minutes_off = 30
    move(booked, starts_at=ELEVEN, actor=DESK)
    send_all(booked)
    take_theirs(fresh(booked), actor=DESK)
    half_past = ELEVEN + timedelta(minutes=30)
    assert (fresh(booked).starts_at, fresh(booked).sync_status) == (half_past, "synced")
    assert StaffTime.objects.get().during.lower == half_past


def test_of_a_wrong_seat_only_that_seat_is_given_up(order, server, cut, staff, monkeypatch):
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=71, seats=3)
    send_all(order())
    create = MemoryBackend.create
    monkeypatch.setattr(
        MemoryBackend, "create", lambda self, order: replace(create(self, order), starts_at=TEN, ends_at=ELEVEN)
    )
    row = order(attendees=[BEN])
    send_all(row)
    assert list(server.alive[0].seats) == ["ada@example.com"]
    assert (fresh(row).sync_status, FormerUid.objects.count()) == ("needs_staff", 0)


def test_a_seat_that_went_to_somebody_else_is_not_taken_for_ours(order, server, cut, staff, monkeypatch):
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=71, seats=3)
    create = MemoryBackend.create
    monkeypatch.setattr(
        MemoryBackend, "create", lambda self, order: replace(create(self, order), attendees=(BEN,), seat_uid="")
    )
    row = order()
    send_all(row)
    assert (fresh(row).sync_status, fresh(row).calcom_booking_uid) == ("needs_staff", "")
    assert "somebody else" in fresh(row).sync_error


@pytest.fixture
def series(salon, cut, staff, server):
    dates = weekly(NINE, count=3, zone="UTC")
    return book_series(salon, service=cut, staff=staff, dates=dates, attendees=[ADA], actor=DESK)


def test_a_part_of_a_series_that_is_taken_waits_for_staff_and_the_rest_stays(series, server):
    second = NINE + timedelta(weeks=1)
    server.new(event_type_id=71, starts_at=second, ends_at=second + timedelta(hours=1), attendees=())
    send_all(series[0])
    assert [fresh(row).sync_status for row in series] == ["synced", "needs_staff", "synced"]
    assert len(server.alive) == 3


def test_a_whole_series_can_be_called_off(series, server, clock):
    send_all(series[0])
    clock.move_to(NINE + timedelta(days=1))
    off = cancel_series(series[2], reason="not without the second", actor=DESK)
    send_all(series[0])
    assert [fresh(row).status for row in series] == ["confirmed", "cancelled", "cancelled"]
    assert ({row.pk for row in off}, len(server.alive)) == ({series[1].pk, series[2].pk}, 1)
    with pytest.raises(InvalidTransition, match="Nothing of this series"):
        cancel_series(fresh(series[2]), reason="again", actor=DESK)


def test_a_forged_copy_of_what_was_taken_back_is_an_appointment_of_its_own(order, server, salon):
    server.minutes_off = 30
    row = order()
    known = row.reference
    send_all(row)
    apply_booking(salon, booking("evil", event_type_id=71, reference=known), places=MemoryBackend(salon).places)
    assert (Appointment.objects.count(), fresh(row).calcom_booking_uid) == (2, "")
