"""Runs that are killed, meet each other, or meet a Cal.com that is away."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from appointments.models import Appointment
from calcom.client import CalcomClient
from calcom.legacy.uids import Left, find_uids
from calcom.models import LegacyChange, LegacyRun
from calcom.sync.runs import alone
from companies.locks import Purpose
from tests.calcom.legacy.dump.test_interrupted import until_somebody_waits
from tests.calcom.legacy.rows import old_appointment, v1_booking
from tests.calcom.remote import monday

State = LegacyRun.State


class Killed(BaseException):
    """As when the process dies: nobody catches it."""


def killing_at(tick: int):
    ticks = iter(range(tick))

    def on_progress(_done, _total):
        if next(ticks, None) is None:
            raise Killed

    return on_progress


@pytest.fixture
def _eleven(remote, cut):
    """Appointments of all kinds, over more than one stretch."""
    for weeks in (2, 6):
        for hour in (9, 10, 11):
            at = monday(hour, weeks=weeks)
            old_appointment(remote.company, remote.book(cut, at)["id"], at)
        old_appointment(remote.company, 900 + weeks, monday(12, weeks=weeks))
    moved = remote.book(cut, monday(13))
    remote.move(moved, monday(15))
    old_appointment(remote.company, moved["id"], monday(13))
    old_appointment(remote.company, 55, monday(14), payload=v1_booking(55, "bT9s", monday(14)))
    old_appointment(remote.company, None, monday(16), payload={"booking": v1_booking(57, "x")}, calcom_booking_uid="x")


@pytest.mark.usefixtures("_eleven")
@pytest.mark.parametrize("tick", range(12))
def test_a_run_killed_at_any_page_is_gone_on_with(find, tick):
    left: list[Left] = []
    with pytest.raises(Killed):
        find(batch=2, on_progress=killing_at(tick), on_left=left.append)
    assert LegacyRun.objects.get().state == State.RUNNING
    result = find(batch=2, on_left=left.append)
    assert LegacyRun.objects.get().state == State.DONE
    assert {name: number for name, number in result.counts.items() if number} == {
        "open": 10,
        "stored": 1,
        "listed": 7,
        "moved": 1,
        "not_found": 2,
        "converted": 2,
    }
    assert sorted(one.booking_id for one in left) == [902, 906]
    assert Appointment.objects.filter(calcom_booking_uid="").count() == 2


def test_cal_com_down_in_the_middle_is_a_sentence_and_the_next_run_does_the_rest(remote, cut, find):
    for weeks in (2, 6):
        old_appointment(remote.company, remote.book(cut, monday(10, weeks=weeks))["id"], monday(10, weeks=weeks))
    later = f"afterStart={monday(10, weeks=6):%Y-%m-%d}"
    fault = remote.fault("status", status=502, html=True, match={"method": "GET", "path": later})
    first = find()
    assert (first.is_good, first.counts["listed"]) == (False, 1)
    assert "HTTP 502" in first.failures[0]
    run = LegacyRun.objects.get()
    assert (run.state, run.error) == (State.INCOMPLETE, first.failures[0])
    fault.times = 0
    second = find()
    assert (second.is_good, second.counts["listed"], second.run_id) == (True, 2, run.pk)


def test_a_refused_key_is_said(remote, cut, find):
    old_appointment(remote.company, 5)
    remote.company.calcom_api_key = "cal_live_wrong"
    remote.company.save()
    result = find()
    assert not result.is_good
    assert LegacyRun.objects.get().state == State.INCOMPLETE
    assert not LegacyChange.objects.exists()


def test_what_nobody_foresaw_leaves_the_run_failed_and_is_raised(remote, cut, find):
    old_appointment(remote.company, 5)

    def broken(_done, _total):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        find(on_progress=broken)
    assert LegacyRun.objects.get().state == State.FAILED
    assert find().is_good


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_at_once_the_second_does_nothing(remote, cut):
    old_appointment(remote.company, remote.book(cut)["id"])
    results = []

    def second():
        results.append(find_uids(remote.company, client=CalcomClient(remote.company)))
        connection.close()

    with alone(remote.company, Purpose.LEGACY):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert "another process" in results[0].failures[0]
    assert not LegacyRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_meets_somebody_at_the_same_rows_gives_way_and_counts_once(remote, find):
    first, second = (old_appointment(remote.company, n, payload=v1_booking(n, f"uid{n}")) for n in (1, 2))
    results = []

    def search():
        results.append(find(is_dry_run=False))
        connection.close()

    thread = threading.Thread(target=search)
    with transaction.atomic():
        Appointment.objects.select_for_update().get(pk=second.pk)
        thread.start()
        until_somebody_waits()
        Appointment.objects.select_for_update().get(pk=first.pk)
    thread.join()
    assert (results[0].counts["stored"], results[0].counts["converted"]) == (2, 2)


def test_a_uid_that_came_meanwhile_is_left_alone(remote, cut, find):
    booking = remote.book(cut)
    row = old_appointment(remote.company, booking["id"])

    def meanwhile(_done, _total):
        Appointment.objects.filter(pk=row.pk).update(calcom_booking_uid="by-webhook")

    find(on_progress=meanwhile)
    row.refresh_from_db()
    assert row.calcom_booking_uid == "by-webhook"
