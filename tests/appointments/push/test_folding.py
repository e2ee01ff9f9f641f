"""Wishes that pile up before anything is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appointments.backends import BackendOutcomeUnknown, Offer
from appointments.booking import confirm, decline, reschedule
from appointments.models import Appointment, AppointmentChange, Push, Service
from companies.models import Staff
from tests.appointments.conftest import DESK, NINE, Booked, send_all, send_due
from tests.backends.memory import Server

ELEVEN = NINE + timedelta(hours=2)


@pytest.fixture
def request_for(order: Booked, server: Server, cut: Service, staff: Staff) -> Booked:
    """Books what has to be confirmed."""
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=71, needs_confirmation=True)
    return order


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.get(pk=row.pk)


def states(row: Appointment) -> list[tuple[str, str]]:
    return list(Push.objects.filter(appointment=row).order_by("version").values_list("operation", "state"))


def test_a_request_confirmed_and_moved_before_it_was_sent_is_no_conflict(request_for, server, clock):
    server.before.append(BackendOutcomeUnknown("no answer"))
    row = request_for()
    send_all(row)
    confirm(row, actor=DESK)
    reschedule(row, starts_at=ELEVEN, actor=DESK)
    for wait_s in (31, 125):
        clock.shift(wait_s)
        send_due()
    assert states(row) == [("create", "done"), ("confirm", "done"), ("move", "folded")]
    assert [(one.starts_at, one.status) for one in server.alive] == [(ELEVEN, "confirmed")]


def test_a_request_declined_before_it_was_sent_is_booked_when_it_is_confirmed_after_all(request_for, server):
    row = request_for()
    decline(row, reason="full", actor=DESK)
    send_all(row)
    assert server.calls == []
    confirm(fresh(row), actor=DESK)
    send_all(row)
    assert states(row)[2:] == [("create", "done"), ("confirm", "done")]
    assert (fresh(row).sync_status, [one.status for one in server.alive]) == ("synced", ["confirmed"])


def test_a_request_moved_and_declined_before_that_was_sent_is_at_its_old_time_again(request_for, server):
    row = request_for()
    send_all(row)
    reschedule(fresh(row), starts_at=ELEVEN, actor=DESK)
    row = decline(fresh(row), reason="full", actor=DESK)
    assert row.starts_at == NINE
    assert AppointmentChange.objects.latest("id").details["starts_at"] == [ELEVEN.isoformat(), NINE.isoformat()]
    send_all(row)
    confirm(fresh(row), actor=DESK)
    send_all(row)
    assert [(one.starts_at, one.status) for one in server.alive] == [(NINE, "confirmed")]
    assert (fresh(row).starts_at, fresh(row).sync_status) == (NINE, "synced")
