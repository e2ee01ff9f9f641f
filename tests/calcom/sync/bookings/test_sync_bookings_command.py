"""`manage.py sync_bookings` and the tasks of beat."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from appointments.models import Appointment
from calcom import tasks
from calcom.models import SyncRun
from tests.calcom.remote import monday
from tests.factories import CompanyFactory


@pytest.fixture
def run(remote, capsys):
    """The command; returns what it printed."""

    def call(*words: str) -> str:
        call_command("sync_bookings", *words)
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
