"""`manage.py reconcile`, which was called sync_bookings, and the tasks of beat."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from appointments.models import Appointment
from calcom import tasks
from calcom.models import SyncRun
from calcom.sandbox.sample import OTHER_KEY
from companies.locks import Purpose
from tests.calcom.remote import monday
from tests.factories import CompanyFactory
from tests.tenancy.conftest import all_of
from tests.turns import taken


@pytest.fixture
def run(remote, capsys):
    """The command; returns what it printed."""

    def call(*words: str) -> str:
        call_command("reconcile", *words)
        return str(capsys.readouterr().out)

    return call


def test_what_changed_lately_in_one_line(remote, cut, run):
    remote.book(cut)
    assert run("--all").startswith("Salon Nord: 1 seen, 1 created, 0 updated")
    assert SyncRun.objects.get().kind == SyncRun.Kind.BOOKINGS


def test_a_period_with_its_last_day(remote, cut, run):
    for week in (2, 3, 4):
        remote.book(cut, monday(12, weeks=week))
    first, last = monday(weeks=2), monday(weeks=3)
    assert "2 created" in run("--all", "--from", f"{first:%Y-%m-%d}", "--to", f"{last:%Y-%m-%d}")
    assert set(Appointment.objects.values_list("starts_at", flat=True)) == {monday(12, weeks=2), monday(12, weeks=3)}
    assert SyncRun.objects.get().kind == SyncRun.Kind.BOOKING_SWEEP


def test_json_for_programs(remote, cut, run):
    remote.book(cut)
    (row,) = json.loads(run("--all", "--json"))
    assert (row["ok"], row["created"], row["failures"]) == (True, 1, [])


def test_what_goes_wrong_is_said_and_is_status_1(remote, cut, run, capsys):
    remote.fault("status", status=502, html=True, match={"method": "GET", "path": "/v2/bookings"})
    with pytest.raises(CommandError) as error:
        run("--all")
    assert error.value.returncode == 1
    assert "HTTP 502" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["--from", "2026-12-01"],
        ["--to", "2026-12-01"],
        ["--from", "2026-12-02", "--to", "2026-12-01"],
        ["--from", "tomorrow", "--to", "2026-12-01"],
    ],
)
def test_half_a_period_is_wrong_usage(run, words):
    with pytest.raises(CommandError):
        run("--all", *words)


def test_its_former_name_does_the_same(remote, cut, shell):
    remote.book(cut)
    assert shell("sync_bookings", "--all").out.startswith("Salon Nord: 1 seen, 1 created")


@pytest.mark.parametrize("words", [[], ["--from", f"{monday():%Y-%m-%d}", "--to", f"{monday(weeks=4):%Y-%m-%d}"]])
def test_a_dry_run_tells_the_same_numbers_and_writes_nothing(remote, cut, run, words):
    gone = remote.book(cut, monday(9))
    moved = remote.book(cut, monday(11))
    run("--all")
    remote.cancel(gone)
    remote.move(moved, monday(13))
    remote.book(cut, monday(15))
    before, runs = all_of(remote.company), SyncRun.objects.count()
    told = run("--all", "--dry-run", *words)
    assert (all_of(remote.company), SyncRun.objects.count()) == (before, runs)
    assert "2 created, 1 updated" in told  # a move counts as created: its booking is a new one
    assert told.replace("would be: ", "") == run("--all", *words)


def test_small_pages_bring_all_of_it(remote, cut, run):
    for hour in (9, 10, 11):
        remote.book(cut, monday(hour))
    assert run("--all", "--batch", "2").startswith("Salon Nord: 3 seen, 3 created")
    with pytest.raises(CommandError):
        run("--all", "--batch", "101")


def test_a_dry_run_marks_no_orphan(remote, cut, run):
    booking = remote.book(cut)
    run("--all")
    del remote.world.bookings[booking["uid"]]
    period = ["--from", f"{monday():%Y-%m-%d}", "--to", f"{monday():%Y-%m-%d}"]
    before = all_of(remote.company)
    assert "1 orphaned" in run("--all", "--dry-run", *period)
    assert all_of(remote.company) == before


@pytest.mark.parametrize(
    ("purpose", "words"),
    [(Purpose.BOOKINGS, []), (Purpose.BOOKING_SWEEP, ["--from", "2026-12-01", "--to", "2026-12-02"])],
)
def test_while_another_run_reads_nothing_is_done(remote, cut, shell, purpose, words):
    remote.book(cut)
    with taken(purpose, remote.company):
        ended = shell("reconcile", "--all", *words)
    text = "Salon Nord: nothing was done: the bookings of this company are being read already\n"
    assert (ended.status, ended.out, Appointment.objects.count()) == (1, text, 0)


def test_a_company_without_a_key_is_told_so(shell, company):
    ended = shell("reconcile", "--company", company.slug)
    assert (ended.status, "has no API key of Cal.com" in ended.out) == (1, True)


def test_a_strangers_bookings_stay_theirs(remote, cut, shell):
    remote.book(cut)
    shell("reconcile", "--all")
    before = all_of(remote.company)
    remote.book(cut, monday(15))
    CompanyFactory.create(slug="elsewhere", calcom_api_key=OTHER_KEY, calcom_base_url=remote.company.calcom_base_url)
    assert shell("reconcile", "--company", "elsewhere").status == 0
    assert all_of(remote.company) == before


@pytest.mark.parametrize(
    ("all_of_them", "one"), [(tasks.reconcile_all, tasks.reconcile_company), (tasks.sweep_all, tasks.sweep_company)]
)
def test_beat_sends_each_company_to_a_run_of_its_own(remote, monkeypatch, all_of_them, one):
    CompanyFactory.create(calcom_api_key="k", is_active=False)
    CompanyFactory.create()
    sent: list[int] = []
    monkeypatch.setattr(one, "apply_async", lambda args, **_options: sent.extend(args))
    assert all_of_them() == 1
    assert sent == [remote.company.pk]


def test_the_tasks_read(remote, cut):
    remote.book(cut)
    assert tasks.reconcile_company(remote.company.pk)
    assert tasks.sweep_company(remote.company.pk)
    assert Appointment.objects.get().company == remote.company


@pytest.mark.parametrize("task", [tasks.reconcile_company, tasks.sweep_company])
def test_a_company_that_cannot_be_asked_is_no_error(remote, task):
    type(remote.company).objects.update(calcom_api_key="")
    assert task(remote.company.pk) is False
    type(remote.company).objects.update(is_active=False)
    assert task(remote.company.pk) is None
