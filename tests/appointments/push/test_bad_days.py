"""What two workers, a late answer and a lost word make of one order: never two bookings, never none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django_redis import get_redis_connection

from appointments import tasks
from appointments.backends import BackendBusy, BookingSnapshot
from appointments.booking import cancel, reschedule
from appointments.inbound import apply_booking
from appointments.models import Appointment, Push
from appointments.push import due, push, record, release_stuck
from appointments.push.call import Looked, look, order_of
from appointments.push.claim import Claim, claim
from tests.appointments.conftest import ADA, DESK, NINE, send_all, tell
from tests.backends.memory import LOST, MemoryBackend, Server, snapshot
from tests.backends.server import Booking

ELEVEN, HALF = NINE + timedelta(hours=2), timedelta(minutes=30)


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.get(pk=row.pk)


def claimed() -> Claim:
    mine = claim(Push.objects.get().pk)
    assert mine is not None
    return mine


def second_of(server: Server) -> Booking:
    """The order arrived twice, and was booked twice."""
    return server.new(
        event_type_id=71,
        starts_at=NINE,
        ends_at=NINE + HALF,
        attendees=(ADA,),
        reference=Push.objects.get(is_compensation=False).reference,
    )


def test_a_look_that_finds_two_never_takes_back_the_one_that_we_have(order, server, clock):
    server.after.append(LOST)
    row = order()
    send_all(row)
    second = second_of(server)
    clock.shift(31)
    looking = claimed()
    found = Looked((replace(snapshot(server.bookings["m1"]), surplus_uids=(second.uid,)),), is_done=True)
    tell(server, second.uid)
    record.looked(looking, found)
    send_all(row)
    assert ([one.uid for one in server.alive], fresh(row).calcom_booking_uid) == (["m2"], "m2")


@pytest.mark.parametrize("minutes_off", [0, 30])
def test_a_late_answer_of_an_order_that_was_booked_otherwise_is_taken_back_be_it_right_or_wrong(
    order, server, minutes_off
):
    row = order()
    late = claimed()
    server.minutes_off = minutes_off
    answer = late.backend.create(order_of(late))
    server.minutes_off = 0
    tell(server, (second_of(server) if minutes_off else server.new(**_like(server.bookings["m1"]))).uid)
    record.answer(late, answer)
    assert fresh(row).sync_status == "pending"
    send_all(row)
    assert ([one.uid for one in server.alive], fresh(row).sync_status) == (["m2"], "synced")


def _like(booking: Booking) -> dict[str, Any]:
    return {
        name: getattr(booking, name) for name in ("event_type_id", "starts_at", "ends_at", "attendees", "reference")
    }


def test_a_surplus_answer_to_a_push_that_is_still_ours_ends_it(order, server):
    row = order()
    mine = claimed()
    answer = mine.backend.create(order_of(mine))
    Appointment.objects.filter(pk=row.pk).update(calcom_booking_uid="another")
    record.answer(mine, answer)
    assert not Push.objects.get(is_compensation=False).is_open


def test_a_surplus_booking_that_somebody_has_moved_since_is_theirs(order, server):
    row = order()
    late = claimed()
    answer = late.backend.create(order_of(late))
    tell(server, second_of(server).uid)
    tell(server, "m1")
    server.move("m1", ELEVEN)
    tell(server, "m3")
    record.answer(late, answer)
    send_all(row)
    assert {one.uid for one in server.alive} == {"m2", "m3"}


def test_a_cancellation_that_meets_a_move_cancels_nothing_and_asks_staff(booked, server):
    cancel(booked, reason="ill", actor=DESK)
    server.before.append(lambda: server.move("m1", ELEVEN))
    send_all(booked)
    assert (fresh(booked).sync_status, fresh(booked).starts_at) == ("conflict", ELEVEN)
    assert [one.starts_at for one in server.alive] == [ELEVEN]


def test_two_looks_at_the_same_time_count_once(order, server, clock):
    server.before.append(LOST)
    send_all(order())
    clock.shift(31)
    first = claimed()
    clock.shift(61)
    second = claimed()
    record.looked(first, look(first))
    record.looked(second, look(second))
    assert (Push.objects.get().state, Push.objects.get().looks) == ("unclear", 1)


def _broken(booking: BookingSnapshot | None) -> BookingSnapshot | None:
    """One that the database refuses."""
    return booking and replace(booking, ends_at=booking.starts_at - timedelta(hours=1))


def test_what_was_found_and_cannot_be_recorded_is_left_to_staff_after_a_day(order, server, clock, monkeypatch):
    create, find = MemoryBackend.create, MemoryBackend.find
    monkeypatch.setattr(MemoryBackend, "create", lambda self, order: _broken(create(self, order)))
    monkeypatch.setattr(MemoryBackend, "find", lambda self, order: _broken(find(self, order)))
    row = order()
    send_all(row)
    assert fresh(row).sync_error == "Something went wrong here (IntegrityError); the log tells more."
    for _ in range(75):
        clock.shift(timedelta(minutes=20).total_seconds())
        for pk in due():
            push(pk)
    assert Push.objects.get().state == "needs_staff"
    assert 20 < server.calls.count("find") < 60


def test_what_is_unclear_waits_while_its_company_has_no_key(order, server, salon, clock):
    server.after.append(LOST)
    row = order()
    send_all(row)
    salon.calcom_api_key = ""
    salon.save()
    clock.shift(40)
    [mine] = due()
    push(mine)
    assert due() == []
    salon.calcom_api_key = "again"
    salon.save()
    clock.shift(3600)
    send_all(row)
    assert fresh(row).sync_status == "synced"


def test_a_wish_is_not_due_before_the_compensation_that_waits(order, server, clock):
    server.minutes_off = 30
    row = order()
    server.before.extend([lambda: None, BackendBusy("no", retry_at=timezone.now() + timedelta(hours=1))])
    send_all(row)
    server.minutes_off = 0
    reschedule(fresh(row), starts_at=ELEVEN, actor=DESK)
    clock.shift(1)
    assert due() == []
    clock.shift(3600)
    send_all(row)
    assert ([one.starts_at for one in server.alive], fresh(row).sync_status) == ([ELEVEN], "synced")


def test_a_change_that_cannot_even_be_read_stops_no_other_and_says_so(order, server):
    get_redis_connection("default").flushdb()
    first, second, third = [order(starts_at=NINE + timedelta(hours=hours)) for hours in (0, 2, 4)]
    strange = Push.objects.get(appointment=second)
    Push.objects.filter(pk=strange.pk).update(wanted=strange.wanted | {"of_a_later_version": 1})
    tasks.push(first.pushes.get().pk)
    assert [fresh(row).sync_status for row in (first, second, third)] == ["synced", "pending", "synced"]
    assert fresh(second).sync_error == "Something went wrong here (TypeError); the log tells more."
    assert due() == []


def test_stuck_ones_are_released_though_an_appointment_goes_meanwhile(order, clock, monkeypatch):
    rows = [order(), order(starts_at=ELEVEN)]
    for one in Push.objects.all():
        claim(one.pk)
    clock.shift(125)
    values_list = type(Push.objects.all()).values_list

    def listed_and_gone(self: Any, *fields: str, **more: Any) -> Any:
        found = list(values_list(self, *fields, **more))
        if fields == ("pk", "appointment_id"):
            rows[0].delete()
        return found

    monkeypatch.setattr(type(Push.objects.all()), "values_list", listed_and_gone)
    assert release_stuck() == 1


def test_a_booking_that_is_being_moved_is_joined_with_the_order_that_made_it(order, server, salon, clock):
    server.after.append(LOST)
    row = order()
    send_all(row)
    with transaction.atomic():
        told = snapshot(server.bookings["m1"], reference=None)
        apply_booking(salon, told, places=MemoryBackend(salon).places)
    mirrored = Appointment.objects.exclude(pk=row.pk).get()
    reschedule(mirrored, starts_at=ELEVEN, actor=DESK)
    assert claim(mirrored.pushes.get().pk)
    clock.shift(31)
    looking = claim(row.pushes.get().pk)
    assert looking is not None
    record.looked(looking, look(looking))
    clock.shift(125)
    release_stuck()
    send_all(Appointment.objects.get())
    assert Appointment.objects.get().sync_status == "synced"
    assert [one.starts_at for one in server.alive] == [ELEVEN]
