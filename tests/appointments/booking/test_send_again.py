"""Sending again where several changes of one appointment wait: one at a time is looked for."""

from __future__ import annotations

import pytest

from appointments.booking import send_again
from appointments.booking.retry import retry_passing
from appointments.errors import InvalidTransition
from appointments.models import Appointment, Push
from tests.appointments.conftest import DESK, NINE, send_due
from tests.backends.memory import LOST

LEFT = {"state": "needs_staff", "trouble": "unclear", "next_at": None}


def states() -> list[str]:
    return list(Push.objects.order_by("version").values_list("state", flat=True))


@pytest.fixture
def two_open(order, server) -> Appointment:
    """Made half an hour off, and the attempt to take that back is unclear: one to book, one to cancel."""
    server.minutes_off = 30
    server.before.extend([lambda: None, LOST])
    row = order()
    send_due()
    server.minutes_off = 0
    assert states() == ["needs_staff", "unclear"]
    return Appointment.objects.get(pk=row.pk)


def look_twice(clock) -> None:
    for wait_s in (31, 125):
        clock.shift(wait_s)
        send_due()


def test_two_unclear_changes_that_were_left_to_staff_both_reach_the_other_side(two_open, server, salon, clock):
    Push.objects.update(**LEFT)
    result = retry_passing(salon, actor=DESK)
    assert (result.sent_again, result.failures, states()) == (1, [], ["unclear", "pending"])
    look_twice(clock)
    assert (states(), [one.starts_at for one in server.alive]) == (["done", "done"], [NINE])


def test_what_has_to_be_looked_for_stays_with_staff_while_another_one_is_on_its_way(two_open, server, clock):
    Push.objects.filter(is_compensation=False).update(**LEFT)
    send_again(two_open, actor=DESK)
    assert states() == ["needs_staff", "unclear"]
    look_twice(clock)
    assert (states(), server.alive) == (["needs_staff", "done"], [])
    send_again(two_open, actor=DESK)
    look_twice(clock)
    assert [one.starts_at for one in server.alive] == [NINE]


def test_where_the_other_one_is_being_sent_staff_are_asked_to_wait(two_open):
    Push.objects.filter(is_compensation=False).update(**LEFT)
    Push.objects.filter(is_compensation=True).update(state="in_flight")
    with pytest.raises(InvalidTransition, match="in a minute"):
        send_again(two_open, actor=DESK)
