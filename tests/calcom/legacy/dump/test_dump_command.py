"""`manage.py migrate_to_v2 --dump`: what it says, and its exit status."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from appointments.models import Appointment
from calcom.models import LegacyRun
from tests.calcom.legacy.dump import dumps


@pytest.fixture
def run(company, capsys):
    """The command for the company; returns what it printed and its exit status."""

    def call(*words: str) -> tuple[str, int]:
        try:
            call_command("migrate_to_v2", "--company", company.slug, *words)
        except CommandError as error:
            return str(capsys.readouterr().out), error.returncode
        return str(capsys.readouterr().out), 0

    return call


def test_no_key_is_needed_and_each_table_is_told(dump, run):
    printed, status = run("--dump", str(dump()))
    lines = printed.splitlines()
    number = LegacyRun.objects.get().pk
    assert status == 0
    assert lines[0].startswith(f"Salon Nord: run {number}: 5 rows, 5 created, 0 matched, 0 unchanged, 0 refused")
    assert [line.strip() for line in lines[1:]] == [
        "branches: 1 rows, 1 created",
        "staff: 1 rows, 1 created",
        "services: 1 rows, 1 created",
        "customers: 1 rows, 1 created",
        "appointments: 1 rows, 1 created",
    ]


def test_refused_rows_are_status_1_and_named(dump, run):
    printed, status = run("--dump", str(dump(appointments=[dumps.appointment(status="in limbo")])))
    assert status == 1
    assert "1 row was refused; " in printed
    assert "appointments, line 2 (31): there is no status “in_limbo”" in printed


def test_a_dump_that_is_none_is_status_1_and_a_sentence(tmp_path, run):
    printed, status = run("--dump", str(tmp_path))
    assert status == 1
    assert "holds no file of a table: branches.csv" in printed
    assert "Traceback" not in printed


def test_json_for_programs(dump, run):
    (row,) = json.loads(run("--dump", str(dump()), "--json", "--dry-run")[0])
    assert (row["ok"], row["created"], row["tables"]["staff"]) == (True, 5, {"rows": 1, "created": 1})
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("words", [["--dump", "x", "--status"], ["--table", "staff"], ["--dump", "x", "--batch", "0"]])
def test_a_wrong_call(run, words):
    with pytest.raises(CommandError):
        call_command("migrate_to_v2", "--company", "salon-nord", *words)
    assert not LegacyRun.objects.exists()


def test_it_is_for_one_company(dump, company):
    with pytest.raises(CommandError, match="need --company") as error:
        call_command("migrate_to_v2", "--all", "--dump", str(dump()))
    assert error.value.returncode == 2
    assert not LegacyRun.objects.exists()


def test_rolled_back_by_its_number(dump, run):
    run("--dump", str(dump()))
    printed, status = run("--rollback", str(LegacyRun.objects.get().pk))
    assert (status, Appointment.objects.count()) == (0, 0)
    assert "5 undone, 0 kept" in printed
