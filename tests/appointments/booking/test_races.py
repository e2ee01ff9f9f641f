"""Races, as real threads and processes on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from appointments.backends import AttendeeSnapshot
from appointments.booking import cancel, reschedule
from appointments.errors import BookingError, SlotTaken, StaleVersion
from appointments.models import Appointment, Push, StaffTime
from appointments.push import push
from tests.appointments.conftest import DESK, NINE, send_all, tell

pytestmark = pytest.mark.django_db(transaction=True)

EIGHT = 8


def at_once(work: Callable[[int], object], count: int = EIGHT) -> list[object]:
    """Run the work in so many threads that begin together; what each returned or raised."""
    barrier = threading.Barrier(count)

    def run(index: int) -> object:
        try:
            barrier.wait()
            return work(index)
        except BookingError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_eight_processes_book_overlapping_times_and_one_wins(salon, cut, staff):
    database = connection.settings_dict["NAME"]
    ids = [str(row.pk) for row in (salon, cut, staff)]
    command = [sys.executable, "-m", "tests.appointments.booking.racer", str(database), *ids]
    racers = [
        subprocess.Popen([*command, str(5 * n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(EIGHT)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    outcomes = Counter(racer.communicate("go\n", timeout=60)[0] for racer in racers)
    assert outcomes == {"booked\n": 1, "taken\n": 7}
    assert (Appointment.objects.count(), StaffTime.objects.count(), Push.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("round_number", range(3))
def test_eight_threads_book_overlapping_times_and_one_wins(order, round_number):
    people = [AttendeeSnapshot(name=f"P{n}", email=f"p{n}@example.com") for n in range(EIGHT)]
    outcomes = at_once(lambda n: order(starts_at=NINE + timedelta(minutes=5 * n), attendees=[people[n]]))
    assert sum(isinstance(one, Appointment) for one in outcomes) == 1
    assert sum(isinstance(one, SlotTaken) for one in outcomes) == 7


def test_eight_workers_send_one_push_once(order, server):
    order()
    pk = Push.objects.get().pk
    at_once(lambda _: push(pk))
    assert server.calls == ["create"]
    assert Appointment.objects.get().sync_status == "synced"


def test_two_people_who_read_one_version_do_not_both_change_it(booked):
    times = [NINE + timedelta(hours=hour) for hour in range(1, 5)]
    outcomes = at_once(lambda n: reschedule(booked, starts_at=times[n], version=1, actor=DESK), count=4)
    assert sum(isinstance(one, StaleVersion) for one in outcomes) == 3
    assert Appointment.objects.get().version == 2


def test_a_cancellation_during_the_call_is_sent_after_it(order, server):
    row = order()
    server.after.append(lambda: cancel(row, reason="ill", actor=DESK) and None)
    send_all(row)
    assert server.calls == ["create", "cancel"]
    assert (server.alive, Appointment.objects.get().sync_status) == ([], "synced")


def test_the_echo_and_the_answer_at_the_same_moment_are_one_booking(order, server, salon):
    order()
    pk = Push.objects.get().pk
    written = threading.Barrier(2)
    server.after.append(lambda: written.wait() and None)

    def hear() -> None:
        written.wait()
        tell(server, "m1", reference=None)

    outcomes = at_once(lambda n: hear() if n else push(pk), count=2)
    row = Appointment.objects.get()
    assert (row.calcom_booking_uid, row.sync_status, outcomes) == ("m1", "synced", [None, None])
