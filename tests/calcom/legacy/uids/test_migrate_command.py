"""`manage.py migrate_to_v2`: uids, their roll-back, and the list of runs."""

from __future__ import annotations

import csv
import json
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from appointments.booking import Actor, cancel
from appointments.models import Appointment, FormerUid, Push
from appointments.models.history import Side
from calcom.account import access_of
from calcom.client import base
from calcom.guard import Lane
from calcom.models import LegacyRow, LegacyRun
from calcom.sync.runs import alone
from companies.locks import Purpose
from tests.calcom.guard.test_budget import passing
from tests.calcom.legacy.rows import old_appointment, v1_booking
from tests.calcom.remote import monday
from tests.factories import CompanyFactory


@pytest.fixture
def run(remote, capsys):
    """The command; returns what it printed."""

    def call(*words: str) -> str:
        call_command("migrate_to_v2", *words)
        return str(capsys.readouterr().out)

    return call


def facts_of(row):
    columns = ("calcom_booking_uid", "calcom_booking_id", "sync_status", "payload", "starts_at", "version")
    return Appointment.objects.values(*columns).get(pk=row.pk)


def test_uids_in_one_line_and_what_is_left_below(remote, cut, run):
    old_appointment(remote.company, remote.book(cut)["id"])
    row = old_appointment(remote.company, 99, monday(11))
    lines = run("--company", "salon-nord").splitlines()
    number = LegacyRun.objects.get().pk
    assert lines[0].startswith(f"Salon Nord: run {number}: 2 open, 0 stored, 0 deliveries, 1 listed")
    assert lines[1].startswith(f"  appointment {row.pk} (booking 99): Cal.com lists no booking")


def test_a_run_and_its_roll_back_leave_everything_as_it_was(remote, cut, run):
    listed = old_appointment(remote.company, remote.book(cut)["id"])
    stored = old_appointment(remote.company, 55, monday(11), payload=json.dumps(v1_booking(55, "bT9s", monday(11))))
    before = facts_of(listed), facts_of(stored)
    run("--all")
    assert (facts_of(listed), facts_of(stored)) != before
    out = run("--company", "salon-nord", "--rollback", str(LegacyRun.objects.get().pk))
    assert "2 undone, 0 kept" in out
    assert (facts_of(listed), facts_of(stored)) == before
    assert [LegacyRow.objects.count(), Push.objects.count(), remote.mail] == [0, 0, []]


def test_what_cal_com_moved_since_is_kept_and_said(remote, cut, run):
    booking = remote.book(cut, monday(10))
    remote.move(booking, monday(15))
    row = old_appointment(remote.company, booking["id"], monday(10))
    run("--all")
    out = run("--company", "salon-nord", "--rollback", str(LegacyRun.objects.get().pk))
    assert f"appointment {row.pk} was changed since" in out
    assert FormerUid.objects.count() == 1


def test_an_appointment_that_staff_cancelled_since_keeps_its_uid(remote, cut, run):
    row = old_appointment(remote.company, remote.book(cut)["id"])
    run("--all")
    cancel(Appointment.objects.get(), reason="ill", actor=Actor(side=Side.PORTAL))
    Push.objects.all().delete()
    Appointment.objects.update(sync_status="synced")
    out = run("--company", "salon-nord", "--rollback", str(LegacyRun.objects.get().pk))
    assert f"appointment {row.pk} was changed since" in out
    assert Appointment.objects.get().calcom_booking_uid != ""


def test_what_is_left_of_the_requests_for_people_is_not_touched(remote, cut, run, monkeypatch):
    monkeypatch.setitem(base._PATIENCE_S, Lane.BACKGROUND, 0.0)  # else it would wait
    remote.company.requests_per_minute = 10
    remote.company.save()
    old_appointment(remote.company, remote.book(cut)["id"])
    account = access_of(remote.company).account
    passing(Lane.BACKGROUND, account=account)
    with pytest.raises(CommandError):
        run("--all")
    assert passing(Lane.INTERACTIVE, account=account) == 3


def test_a_dry_run_says_so_and_writes_nothing(remote, cut, run):
    old_appointment(remote.company, remote.book(cut)["id"])
    assert run("--all", "--dry-run").startswith("Salon Nord: would be: 1 open, 0 stored, 0 deliveries, 1 listed")
    assert not LegacyRun.objects.exists()


def test_json_for_programs(remote, cut, run):
    old_appointment(remote.company, 99)
    (told,) = json.loads(run("--all", "--json"))
    assert (told["ok"], told["open"], told["not_found"], told["run"]) == (True, 1, 1, None)
    assert "booking 99" in told["warnings"][0]


def test_the_report_names_every_appointment_left(remote, cut, run, tmp_path):
    rows = [old_appointment(remote.company, number) for number in (98, 99)]
    for _time in range(2):
        run("--all", "--report", str(tmp_path / "left.csv"))
    with (tmp_path / "left.csv").open(encoding="utf-8", newline="") as stream:
        head, *lines = list(csv.reader(stream))
    assert head == ["appointment", "booking_id", "start", "reason"]
    assert [line[:2] for line in lines] == [[str(row.pk), str(row.calcom_booking_id)] for row in rows] * 2


def test_a_report_that_cannot_be_written_is_said_and_nothing_is_done(remote, cut, shell, tmp_path):
    ended = shell("migrate_to_v2", "--all", "--json", "--report", str(tmp_path / "nowhere" / "left.csv"))
    assert ended.status == 1
    (told,) = ended.facts["failures"]
    assert told == "the report cannot be written (No such file or directory); nothing was done"
    assert not LegacyRun.objects.exists()


def test_the_runs_are_listed(remote, cut, run):
    old_appointment(remote.company, remote.book(cut)["id"])
    run("--all")
    lines = run("--company", "salon-nord", "--status").splitlines()
    assert lines[0] == "Salon Nord: 1 run"
    assert "done: 1 open, 1 listed" in lines[1]


def test_a_company_without_a_key_is_a_sentence(company, run):
    company.calcom_api_key = ""
    company.save()
    old_appointment(company, 55, payload=v1_booking(55, "bT9s"))
    with pytest.raises(CommandError) as error:
        run("--company", "salon-nord")
    assert error.value.returncode == 1
    assert Appointment.objects.get().calcom_booking_uid == ""


def test_a_roll_back_needs_no_key(company, run):
    company.calcom_api_key = ""
    company.save()
    number = LegacyRun.objects.create(company=company, kind="uids").pk
    assert "0 undone" in run("--company", "salon-nord", "--rollback", str(number))


def test_another_companys_run_cannot_be_rolled_back(remote, run, capsys):
    number = LegacyRun.objects.create(company=CompanyFactory.create(), kind="uids").pk
    with pytest.raises(CommandError) as error:
        run("--company", "salon-nord", "--rollback", str(number))
    assert error.value.returncode == 1
    assert f"this company has no run {number}" in capsys.readouterr().out
    assert LegacyRun.objects.get().state == "running"


def test_another_companys_runs_are_not_listed(remote, run):
    LegacyRun.objects.create(company=CompanyFactory.create(), kind="uids")
    assert run("--company", "salon-nord", "--status").splitlines() == ["Salon Nord: 0 runs"]


@pytest.mark.django_db(transaction=True)
def test_a_second_run_says_that_the_first_is_at_it(remote, run, capsys):
    failed = []

    def second():
        try:
            run("--company", "salon-nord")
        except CommandError as error:
            failed.append(error.returncode)
        finally:
            connection.close()

    with alone(remote.company, Purpose.LEGACY):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert failed == [1]
    assert "nothing was done" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--all", "--rollback", "1"], ["--company", "nobody"]])
def test_wrong_usage_is_status_2(remote, run, words):
    with pytest.raises(CommandError) as error:
        run(*words)
    assert error.value.returncode == 2


@pytest.mark.parametrize("words", [[], ["--company", "1", "--rollback", "1", "--status"], ["--all", "--batch", "0"]])
def test_words_that_make_no_sense_are_refused(remote, run, words):
    with pytest.raises(CommandError):
        run(*words)
