"""An answer is written down while its worker waits for the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_redis import get_redis_connection

from appointments import tasks
from appointments.backends import BackendBusy
from appointments.booking import reschedule
from appointments.models import Appointment, Push
from appointments.push import answers, due, push, release_stuck
from companies import meanwhile
from tests.appointments.conftest import DESK, NINE, Booked, send_due
from tests.appointments.push.test_bad_days import fresh


@pytest.fixture
def orders(order: Booked) -> list[Appointment]:
    """Three; the second and the third are dealt."""
    redis = get_redis_connection("default")
    redis.flushdb()
    rows = [order(starts_at=NINE + timedelta(hours=hours)) for hours in (0, 2, 4)]
    redis.rpush("slotkeeper.pushes.dealt", *(row.pushes.get().pk for row in rows[1:]))
    return rows


def work_off(first: Appointment) -> None:
    """What a worker does that was told of one."""
    tasks.push(first.pushes.get().pk)


def another_one_deals() -> None:
    """Nothing is dealt yet, and it takes longer than anybody waits for it."""
    redis = get_redis_connection("default")
    redis.delete("slotkeeper.pushes.dealt")
    redis.set("slotkeeper.pushes.dealing", 1)


def states(orders: list[Appointment]) -> list[str]:
    return [fresh(row).sync_status for row in orders]


def test_it_is_written_down_once_the_next_request_is_on_its_way(orders, server):
    seen: list[Any] = []
    for hooks in (server.before, server.after):
        hooks.extend([lambda: seen.append(states(orders))] * 3)
    work_off(orders[0])
    assert seen == [
        ["in_flight", "pending", "pending"],
        ["in_flight", "pending", "pending"],
        ["in_flight", "in_flight", "pending"],
        ["synced", "in_flight", "pending"],
        ["synced", "in_flight", "in_flight"],
        ["synced", "synced", "in_flight"],
    ]
    assert states(orders) == ["synced"] * 3


def test_a_single_push_is_written_down_at_once(orders, server):
    push(orders[0].pushes.get().pk)
    assert states(orders) == ["synced", "pending", "pending"]


def test_what_is_only_not_written_down_yet_takes_no_room(orders, server, settings):
    settings.PUSHES_AT_ONCE_PER_COMPANY = 1
    work_off(orders[0])
    assert (server.calls, states(orders)) == (["create"] * 3, ["synced"] * 3)


def test_nor_where_it_is_asked_what_is_due(orders, server, settings):
    settings.PUSHES_AT_ONCE_PER_COMPANY = 1
    first, second, third = (row.pushes.get().pk for row in orders)
    with meanwhile.keeping():
        push(first)
        assert due() == [second, third]
    Push.objects.filter(pk=first).update(state="in_flight", claimed_at=timezone.now(), finished_at=None)
    assert due() == []


def test_where_the_next_one_has_not_to_wait_it_is_written_down_too(orders, server):
    first, second, _ = (row.pushes.get().pk for row in orders)
    server.before.extend([lambda: None, BackendBusy("the budget is spent")])
    with meanwhile.keeping():
        push(first)
        assert states(orders)[0] == "in_flight"
        push(second)
        assert states(orders)[0] == "synced"


def test_or_where_the_next_one_is_nothing_at_all(orders, server):
    with meanwhile.keeping():
        push(orders[0].pushes.get().pk)
        push(0)
        assert states(orders)[0] == "synced"


def test_whoever_waits_for_a_hand_to_be_dealt_writes_down_before(orders, server):
    another_one_deals()
    first = orders[0].pushes.get()
    work_off(orders[0])
    assert Push.objects.filter(pk=first.pk, finished_at__lt=timezone.now() - timedelta(seconds=0.15)).exists()
    assert server.calls == ["create"]


def test_of_a_worker_that_is_killed_the_answer_is_looked_for_like_that_which_it_waited_for(orders, server, clock):
    def die() -> None:
        raise KeyboardInterrupt

    server.before.extend([lambda: None, die])
    with pytest.raises(KeyboardInterrupt):
        work_off(orders[0])
    assert states(orders) == ["in_flight", "in_flight", "pending"]
    assert answers.kept() == []
    clock.shift(125)
    assert release_stuck() == 2
    for _ in range(3):
        send_due()
        clock.shift(95)
    assert states(orders) == ["synced"] * 3
    assert (len(server.alive), server.calls.count("create")) == (3, 4)


def moving(row: Appointment) -> Callable[[], None]:
    """Somebody moves it while it is being booked."""

    def move() -> None:
        reschedule(fresh(row), starts_at=NINE + timedelta(hours=7), actor=DESK)

    return move


def test_what_waits_behind_is_told_and_not_only_dealt(orders, server):
    another_one_deals()
    server.after.append(moving(orders[0]))
    work_off(orders[0])
    assert server.calls == ["create", "move"]


def test_what_follows_the_last_answer_is_handed_over_when_the_time_is_up(orders, server, monkeypatch):
    handed: list[int] = []
    monkeypatch.setattr(tasks.push, "apply_async", lambda args, **_: handed.extend(args))
    times = iter([0.0, 0.0, 10.0])
    monkeypatch.setattr(tasks, "time", SimpleNamespace(monotonic=lambda: next(times)))
    server.after.append(moving(orders[0]))
    work_off(orders[0])
    assert handed == [orders[1].pushes.get().pk, orders[0].pushes.latest("version").pk]


def test_a_thread_keeps_one_answer_whatever_its_backend_does(orders, server, monkeypatch):
    """This one does not know that its thread has put anything off."""
    monkeypatch.setattr("tests.backends.memory.meanwhile", SimpleNamespace(catch_up=lambda: None))
    kept: list[int] = []
    server.before.extend([lambda: kept.append(len(answers.kept()))] * 3)
    work_off(orders[0])
    assert kept == [0, 1, 1]


def worked_off(first: Appointment) -> threading.Thread:
    """Another worker does, on a connection of its own."""

    def work() -> None:
        try:
            work_off(first)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_an_answer_does_not_wait_for_ever_for_whoever_has_locked_the_next_appointment(orders, server, monkeypatch):
    monkeypatch.setattr(tasks, "_LOCKS_S", 0.2)
    with transaction.atomic():
        Appointment.objects.select_for_update().get(pk=orders[1].pk)
        worked_off(orders[0]).join()
        assert states(orders) == ["synced", "pending", "synced"]
    send_due()
    assert (states(orders), server.calls) == (["synced"] * 3, ["create"] * 3)


@pytest.mark.django_db(transaction=True)
def test_nor_does_another_change_wait_for_ever_for_whoever_has_locked_the_first(orders, server, clock, monkeypatch):
    """The first one's answer is looked for then, for it could not be written down."""
    monkeypatch.setattr(tasks, "_LOCKS_S", 0.2)
    is_answered, is_locked = threading.Event(), threading.Event()

    def wait() -> None:
        is_answered.set()
        is_locked.wait(10)

    server.after.append(wait)
    worker = worked_off(orders[0])
    is_answered.wait(10)
    with transaction.atomic():
        Appointment.objects.select_for_update().get(pk=orders[0].pk)
        is_locked.set()
        worker.join()
        assert states(orders) == ["in_flight", "synced", "synced"]
    clock.shift(125)
    release_stuck()
    send_due()
    assert (states(orders), server.calls.count("create")) == (["synced"] * 3, 3)
