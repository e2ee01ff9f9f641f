"""The connection to the database dies between an answer and its record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from appointments import tasks
from appointments.backends import BackendSlotTaken, BookingOrder, BookingSnapshot, Offer
from appointments.models import Appointment
from appointments.push import push
from tests.appointments.conftest import NINE, Booked
from tests.appointments.push.test_answers import moving, orders, states, work_off
from tests.backends.memory import LOST, MemoryBackend, Server

__all__ = ["orders"]

pytestmark = pytest.mark.django_db(transaction=True)


def cut() -> None:
    """The server ends our session, and we have not noticed yet."""
    mine = connection.connection.info.backend_pid
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [mine])
    other.close()


def test_what_was_made_is_recorded(orders, server):
    server.after.append(cut)
    push(orders[0].pushes.get().pk)
    assert (states(orders)[0], server.calls) == ("synced", ["create"])


def test_what_was_refused_is_recorded(orders, server):
    def refuse() -> None:
        cut()
        raise BackendSlotTaken(reason="already has booking at this time")

    server.before.append(refuse)
    push(orders[0].pushes.get().pk)
    assert states(orders)[0] == "needs_staff"


def test_what_was_found_is_recorded(orders, server, clock, monkeypatch):
    server.after.append(LOST)
    mine = orders[0].pushes.get().pk
    push(mine)
    find = MemoryBackend.find

    def find_and_cut(self: MemoryBackend, order: BookingOrder) -> BookingSnapshot | None:
        found = find(self, order)
        cut()
        return found

    monkeypatch.setattr(MemoryBackend, "find", find_and_cut)
    clock.shift(35)
    push(mine)
    assert states(orders)[0] == "synced"


class CutAfterCommit:
    """Ends the session when the next COMMIT has been answered."""

    is_due = True

    def __call__(self, execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        result = execute(sql, *more)
        if self.is_due and "COMMIT" in sql:
            self.is_due = False
            cut()
        return result


@pytest.fixture
def is_cut_when_it_is_asked_what_follows(orders: list[Appointment], server: Server, monkeypatch: Any) -> Any:
    """The first one's answer is recorded while the second is on its way, and then the session ends."""
    monkeypatch.setattr(tasks.push, "apply_async", lambda *_args, **_more: None)
    wrapper = CutAfterCommit()
    server.after.append(moving(orders[0]))
    server.before.extend([lambda: None, lambda: connection.execute_wrappers.append(wrapper)])
    yield
    connection.execute_wrappers.remove(wrapper)
    assert not wrapper.is_due


@pytest.mark.usefixtures("is_cut_when_it_is_asked_what_follows")
@pytest.mark.parametrize(("fault", "state"), [(None, "done"), (BackendSlotTaken(), "needs_staff")])
def test_what_befalls_one_change_does_not_cost_the_next_its_record(orders, server, fault, state):
    server.after.append(fault)
    work_off(orders[0])
    assert orders[1].pushes.get().state == state


def test_what_follows_is_handed_over_though_the_next_cannot_be_claimed(orders, server, monkeypatch):
    handed: list[int] = []
    monkeypatch.setattr(tasks.push, "apply_async", lambda args, **_: handed.extend(args))

    def change_and_cut() -> None:
        moving(orders[0])()
        handed.clear()  # the message of that change comes too early
        cut()

    server.after.append(change_and_cut)
    with pytest.raises(OperationalError):
        work_off(orders[0])
    first, behind = orders[0].pushes.order_by("version")
    assert (first.state, behind.state, handed) == ("done", "pending", [behind.pk])


def test_a_worker_without_a_database_wakes_no_other_one(orders, server, monkeypatch):
    """All of them would fail at once, and wake each other for as long as it is away: beat finds the change again."""
    handed: list[int] = []
    monkeypatch.setattr(tasks.push, "apply_async", lambda args, **_: handed.extend(args))
    first = orders[0].pushes.get().pk
    handed.clear()
    cut()
    with pytest.raises(OperationalError):
        tasks.push(first)
    connection.close()
    assert (handed, states(orders)[0]) == ([], "pending")


def lose_what_the_next_commit_is_answered() -> None:
    raw = connection.connection
    commit = raw.commit

    def committed() -> None:
        commit()
        raw.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    raw.commit = committed


def test_a_wrong_seat_is_given_up_once_though_it_is_recorded_twice(order: Booked, server: Server, monkeypatch: Any):
    server.offers = {key: Offer(event_type_id=71, seats=3) for key in server.offers}
    late, half = NINE + timedelta(hours=1), timedelta(minutes=30)
    create = MemoryBackend.create
    wrong = lambda self, order: replace(create(self, order), starts_at=late, ends_at=late + half)  # noqa: E731
    monkeypatch.setattr(MemoryBackend, "create", wrong)
    row = order()
    server.after.append(lose_what_the_next_commit_is_answered)
    push(row.pushes.get().pk)
    assert row.pushes.filter(is_compensation=True).count() == 1
