"""The tasks: messages wake, the table is the queue."""

from __future__ import annotations

from appointments import tasks
from appointments.backends import BackendUnavailable
from appointments.booking import reschedule
from appointments.models import Appointment, Push
from tests.appointments.conftest import DESK, NINE


def test_a_change_wakes_a_worker_after_the_commit(order, django_capture_on_commit_callbacks, monkeypatch):
    woken: list[int] = []
    monkeypatch.setattr(tasks.push, "apply_async", lambda args, **_: woken.extend(args))
    with django_capture_on_commit_callbacks(execute=True):
        order()
        assert woken == []
    assert woken == [Push.objects.get().pk]


def test_one_message_sends_what_waits_behind_as_well(order, server):
    row = order()
    server.after.append(lambda: reschedule(row, starts_at=NINE.replace(hour=15), actor=DESK) and None)
    tasks.push(Push.objects.get().pk)
    assert server.calls == ["create", "move"]
    assert Appointment.objects.get().sync_status == "synced"


def test_what_is_due_is_found_without_any_message(order, server, clock):
    server.before.append(BackendUnavailable("no route"))
    order()
    tasks.push(Push.objects.get().pk)
    assert tasks.push_due() == 0
    clock.shift(2)
    assert tasks.push_due() == 1


def test_a_message_about_a_push_that_is_gone_is_nothing(db, server):
    tasks.push(0)
    assert server.calls == []
