"""A run that is killed anywhere, two at once, and news of Cal.com's in the middle."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection, transaction

from appointments.models import Appointment, Attendee, Customer, StaffTime
from calcom.legacy.dump import import_dump
from calcom.legacy.undo import roll_back
from calcom.models import LegacyChange, LegacyRow, LegacyRun
from calcom.sync.runs import alone
from companies.locks import Purpose, take_turn
from companies.models import Company, Staff
from tests.calcom.legacy.dump import dumps
from tests.calcom.legacy.dump.conftest import reported
from tests.factories import CompanyFactory, StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = (Customer, Appointment, Attendee, StaffTime, LegacyRow, LegacyChange)
_PATIENCE_S = 60


@pytest.fixture
def folder(dump) -> Path:
    """Eighteen rows, three of them to be refused."""
    people = [dumps.customer(21), dumps.customer(22), dumps.customer(22), dumps.customer(23)]
    at = [f"2026-12-{day:02} 10:00:00" for day in range(1, 12)]
    booked = [
        dumps.appointment(31 + place, starts_at=start, ends_at=start.replace("10:", "11:"))
        for place, start in enumerate(at)
    ]
    booked[4]["status"], booked[7]["customer_id"] = "in limbo", 99
    folder: Path = dump(customers=people, appointments=booked)
    return folder


@pytest.fixture
def whole(folder: Path) -> tuple[dict[str, int], list[tuple[str, ...]], list[int]]:
    """What a run that nobody disturbs comes to: numbers, report, rows of each table."""
    other = CompanyFactory.create()
    result = import_dump(other, folder)
    counts = [model.objects.filter(company=other).count() for model in TABLES]
    return result.counts, reported(result), counts


def in_a_process(work: Callable[[], object]) -> multiprocessing.process.BaseProcess:
    """Begin in a process with a connection of its own."""
    connection.close()
    child = multiprocessing.get_context("fork").Process(target=work, daemon=True)
    child.start()
    return child


def rows_of(company: Company) -> list[int]:
    return [model.objects.filter(company=company).count() for model in TABLES]


def until_somebody_waits() -> None:
    """Some process of this database stands before a lock."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(_PATIENCE_S * 1000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone():
                return
    raise AssertionError("nobody waits")


def until_nobody_holds_the_turn(company: Company) -> None:
    """The server needs a moment to see that a process is gone."""
    for _ in range(_PATIENCE_S * 1000):
        with alone(company, Purpose.LEGACY) as is_alone:
            if is_alone:
                return
    raise AssertionError("the killed process still holds its turn")


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("row", [1, 3, 6, 8, 12, 17, 18])
def test_killed_at_any_row_the_second_run_finishes_the_rest(company, folder, whole, row, batch):
    def die(done: int, _total: int | None) -> None:
        if done >= row:
            os.kill(os.getpid(), signal.SIGKILL)

    child = in_a_process(lambda: import_dump(company, folder, batch=batch, on_progress=die))
    child.join(_PATIENCE_S)
    assert child.exitcode == -signal.SIGKILL
    until_nobody_holds_the_turn(company)
    assert LegacyRun.objects.get(company=company).state == "running"
    result = import_dump(company, folder, batch=batch)
    assert (result.counts, reported(result), rows_of(company)) == whole
    assert [run.state for run in LegacyRun.objects.filter(company=company)] == ["done"]


def test_killed_in_the_middle_of_a_batch_nothing_of_it_is_there(company, folder, whole):
    staff = StaffFactory.create(company=company, email="mira@example.com")
    is_locked = multiprocessing.get_context("fork").Event()
    child = in_a_process(lambda: is_locked.wait(_PATIENCE_S) and import_dump(company, folder))
    with transaction.atomic():
        Staff.objects.select_for_update().get(pk=staff.pk)
        is_locked.set()
        until_somebody_waits()
        child.kill()
        child.join(_PATIENCE_S)
    until_nobody_holds_the_turn(company)
    assert not Appointment.objects.filter(company=company).exists()
    assert LegacyRow.objects.filter(company=company).count() == 6
    result = import_dump(company, folder)
    assert reported(result) == whole[1]
    assert rows_of(company)[:4] == whole[2][:4]


def test_two_at_once(company, folder, whole):
    results = []

    def second() -> None:
        results.append(import_dump(company, folder))
        connection.close()

    with alone(company, Purpose.LEGACY):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert "another process" in results[0].failures[0]
    assert (results[0].is_good, rows_of(company)) == (False, [0] * len(TABLES))
    assert import_dump(company, folder).counts == whole[0]


def test_while_news_of_cal_com_is_applied_the_batch_waits(company, folder):
    def bring() -> None:
        import_dump(company, folder)
        connection.close()

    with transaction.atomic():
        take_turn(Purpose.NEWS, company.pk)
        thread = threading.Thread(target=bring)
        thread.start()
        until_somebody_waits()
        assert not LegacyRow.objects.exists()
    thread.join()
    assert Appointment.objects.count() == 9


def test_an_interrupted_run_can_be_rolled_back(company, folder):
    def die(done: int, _total: int | None) -> None:
        if done >= 9:
            os.kill(os.getpid(), signal.SIGKILL)

    in_a_process(lambda: import_dump(company, folder, batch=1, on_progress=die)).join(_PATIENCE_S)
    until_nobody_holds_the_turn(company)
    assert roll_back(company, LegacyRun.objects.get().pk).left == []
    assert not Customer.objects.exists()
    assert not LegacyRow.objects.exists()
    assert import_dump(company, folder).counts["created"] == 15
