"""What goes wrong again and again, and what is told long after it was called off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from appointments.backends import BackendBusy, BackendUnavailable
from appointments.booking import cancel, reschedule, send_again
from appointments.models import Appointment, Push
from appointments.push import due, push, record, release_stuck
from appointments.push.amends import take_back
from appointments.push.call import order_of
from tests.appointments.conftest import ADA, DESK, NINE, Clock, send_all, send_due
from tests.appointments.push.test_bad_days import ELEVEN, claimed, fresh
from tests.backends.memory import LOST, Server


def look_twice(clock: Clock) -> None:
    """In vain: nothing was made."""
    for wait_s in (0, 95):
        clock.shift(wait_s)
        push(Push.objects.get().pk)


@pytest.mark.parametrize("what", ["create", "move"])
def test_what_is_unclear_at_every_try_is_tried_less_and_less_often_and_then_left_to_staff(order, server, clock, what):
    row = order()
    if what == "move":
        send_all(row)
        reschedule(fresh(row), starts_at=ELEVEN, actor=DESK)
    server.before.extend([LOST] * 1000)
    for _ in range(2 * 24 * 30):
        clock.shift(121)
        for pk in due():
            push(pk)
    assert Push.objects.get(operation=what).state == "needs_staff"
    assert server.calls.count(what) < 20


def test_the_late_booking_of_an_order_that_was_called_off_is_taken_back(order, server, clock):
    row = order()
    late = claimed()
    clock.shift(125)
    release_stuck()
    look_twice(clock)
    answer = late.backend.create(order_of(late))
    cancel(fresh(row), reason="ill", actor=DESK)
    record.answer(late, answer)
    send_all(row)
    assert (server.alive, Appointment.objects.get().status) == ([], "cancelled")


def test_a_worker_that_is_late_records_nothing_of_what_was_sent_again(order, server, clock):
    row = order()
    late = claimed()
    clock.shift(125)
    release_stuck()
    send_again(fresh(row), actor=DESK)
    look_twice(clock)
    assert claimed().attempt == late.attempt
    record.not_done(late, BackendUnavailable("no"), Push.Trouble.UNAVAILABLE)
    assert Push.objects.get().state == "in_flight"


def test_a_move_in_vain_that_was_cancelled_since_leaves_the_time_that_was_cancelled(order, server, clock):
    row = order()
    send_all(row)
    server.before.append(LOST)
    reschedule(fresh(row), starts_at=ELEVEN, actor=DESK)
    send_all(row)
    cancel(fresh(row), reason="ill", actor=DESK)
    for _ in range(2):
        clock.shift(95)
        send_due()
    both = [fresh(row), *server.bookings.values()]
    assert [(one.status, one.starts_at) for one in both] == [("cancelled", NINE)] * 2
    states = row.pushes.order_by("version").values_list("operation", "state")
    assert list(states) == [("create", "done"), ("move", "folded"), ("cancel", "done")]


def two_too_many(server: Server, row: Appointment, *, at: int) -> None:
    """Two bookings that nobody ordered, of which the first cannot be cancelled for eight hours."""
    for hours in (at, at + 1):
        starts_at = NINE + timedelta(days=1, hours=hours)
        half = timedelta(minutes=30)
        made = server.new(event_type_id=71, starts_at=starts_at, ends_at=starts_at + half, attendees=(ADA,))
        with transaction.atomic():
            take_back(fresh(row), uid=made.uid, reason="too many")
    server.before.append(BackendBusy("no", retry_at=timezone.now() + timedelta(hours=8)))
    first = Push.objects.filter(is_compensation=True, appointment=row).earliest("version")
    push(first.pk)


def test_compensations_that_wait_for_each_other_are_not_due_and_take_nobodys_place(order, server, clock):
    rows = [order(), order(starts_at=ELEVEN)]
    for number, row in enumerate(rows):
        send_due()
        two_too_many(server, row, at=2 * number)
    clock.shift(60)
    assert due() == []
    healthy = order(starts_at=NINE + timedelta(hours=6))
    assert due() == [healthy.pushes.get().pk]
    clock.shift(8 * 3600)
    send_due()
    assert Push.objects.filter(is_compensation=True, state="done").count() == 4
