"""What all commands share: options, progress, JSON, exit status."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection

from calcom.management import progress
from calcom.management.company_command import CompanyCommand, Report, summed_up
from calcom.management.printing import table_lines
from calcom.management.report import capped
from companies.models import Company
from tests.factories import CompanyFactory


class Counting(CompanyCommand):
    """Counts to the batch, out loud."""

    has_dry_run = True
    has_batch = True
    needs_key = False

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        with self.progress("Counting", options["batch"]) as tick:
            for number in range(options["batch"]):
                self.show_progress("a call waits")
                tick(number + 1)
        return Report([f"counted to {options['batch']}"], {"dry_run": options["dry_run"]})


class Clock:
    """A clock that stands still until it is put forward."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def run(*words: str) -> int:
    command = Counting()
    command._called_from_command_line = True  # type: ignore[attr-defined]  # else wrong usage is an exception
    try:
        options = vars(command.create_parser("manage.py", "counting").parse_args(list(words)))
        command.execute(*options.pop("args", ()), **options)
    except SystemExit as error:
        return int(error.code or 0)
    except CommandError as error:
        return error.returncode
    return 0


def test_options_that_a_command_asks_for_have_their_defaults(company, capsys):
    assert run("--all") == 0
    assert capsys.readouterr().out == "Salon Nord: counted to 1000\n"
    run("--all", "--batch", "7", "--dry-run", "--json")
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["dry_run"], row["ok"], row["company"]) == (True, True, company.pk)


@pytest.mark.parametrize("batch", ["0", "-1", "100001", "9" * 40, "many", "٣", "1.5"])
def test_a_batch_that_is_none_is_wrong_usage(company, batch):
    assert run("--all", f"--batch={batch}") == 2


def test_without_a_need_for_a_key_all_active_companies_are_meant(company, capsys):
    CompanyFactory.create(name="Switched off", is_active=False)
    run("--all", "--batch", "1")
    assert capsys.readouterr().out.splitlines() == ["Salon Nord: counted to 1"]


def test_a_company_without_a_key_is_told_so_where_one_is_needed(company, capsys, monkeypatch):
    monkeypatch.setattr(Counting, "needs_key", True)
    assert run("--company", company.slug) == 1
    text = "nothing was done: the company has no API key of Cal.com. Enter one at the company."
    assert capsys.readouterr().out == f"Salon Nord: {text}\n"


def test_a_number_that_names_two_companies_names_none(company):
    CompanyFactory.create(slug=str(company.pk))
    assert run("--company", str(company.pk)) == 2
    assert run("--company", company.slug) == 0


class Cutting(Counting):
    """Loses the database with the first company."""

    has_batch = False

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        with connection.cursor() as cursor:
            if company.name == "First":
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            cursor.execute("SELECT 1")
        return Report(["asked"])


@pytest.mark.django_db(transaction=True)
def test_a_database_that_was_away_costs_only_the_company_of_that_moment(capsys):
    for name in ("First", "Second"):
        CompanyFactory.create(name=name)
    command = Cutting()
    options = vars(command.create_parser("manage.py", "cutting").parse_args(["--all"]))
    with pytest.raises(CommandError, match="1 of 2"):
        command.execute(*options.pop("args", ()), **options)
    assert capsys.readouterr().out.splitlines()[1] == "Second: asked"


def test_progress_is_on_the_error_stream_and_not_with_json(company, capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    run("--all", "--batch", "2")
    assert "Counting: 1 of 2; a call waits\n" in capsys.readouterr().err
    run("--all", "--batch", "2", "--json")
    assert capsys.readouterr().err == ""


def test_on_a_terminal_a_bar_is_drawn_and_taken_away(company, monkeypatch):
    screen = io.StringIO()
    screen.isatty = lambda: True  # type: ignore[method-assign]  # a terminal that can be read
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    assert run("--all", "--batch", "3") == 0
    assert "3 of 3" in screen.getvalue()
    assert screen.getvalue().rstrip().endswith("\x1b[K")


def test_lines_tell_rate_and_remaining_time_every_ten_seconds(capsys):
    clock = Clock()
    lines = progress.Lines("Salon: rows", total=50_000, clock=clock)
    lines(0)
    for clock.now in (4.0, 9.0, 10.0, 15.0):
        lines(round(clock.now * 400))
    assert capsys.readouterr().err == "Salon: rows: 4,000 of 50,000, 400/s, 2 min left\n"


def test_a_run_that_goes_on_does_not_boast_with_what_was_done_before(capsys):
    clock = Clock()
    lines = progress.Lines("rows", total=None, clock=clock)
    lines(40_000)
    clock.now = 20.0
    lines(40_100, 50_000)
    assert capsys.readouterr().err == "rows: 40,100 of 50,000, 5.0/s, 33 min left\n"


@pytest.mark.parametrize(("seconds", "told"), [(3, "3 s"), (89, "89 s"), (90, "2 min"), (7300, "2 h 2 min")])
def test_what_is_left_is_told_in_units_that_one_can_wait_for(seconds, told):
    assert progress._duration(seconds) == told


def test_titles_and_words_move_no_cursor(capsys):
    clock = Clock()
    lines = progress.Lines("Salon\x1b[2J", total=None, clock=clock)
    clock.now = 10.0
    lines.say("a call waits\r\n")
    lines.say("a call waits")
    assert capsys.readouterr().err == "Salon [2J: 0; a call waits  \n"


def test_many_failures_are_counted_after_the_first():
    assert capped([str(number) for number in range(25)])[-2:] == ["19", "and 5 more"]


class Outcome:
    counts = {"created": 12_000, "not_found": 1}
    failures = ["row 7: no date"]
    is_good = False


def test_a_summary_says_what_changed_and_why_not_all_did():
    report = summed_up(Outcome(), is_dry_run=True, run=7)
    assert report.lines == ["incomplete: would be: 12,000 created, 1 not found", "row 7: no date"]
    assert report.facts["run"] == 7
    assert not report.is_good


def test_a_table_is_plain_lines():
    assert table_lines(["a", "bb"], [["1\x1b", "x"], ["22", ""]]) == ["a    bb", "───────", "1    x", "22"]
