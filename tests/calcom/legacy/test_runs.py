"""The record of a run."""

from __future__ import annotations

import pytest

from calcom.legacy.runs import begin, finish, marked_failed, note
from calcom.models import LegacyRun
from tests.factories import CompanyFactory

Kind, State = LegacyRun.Kind, LegacyRun.State


def test_an_unfinished_run_is_gone_on_with_at_its_checkpoint(company):
    run = begin(company, Kind.DUMP, source="a")
    note(run, checkpoint={"line": 7}, counts={"created": 6})
    again = begin(company, Kind.DUMP, source="a")
    assert (again.pk, again.checkpoint, again.counts) == (run.pk, {"line": 7}, {"created": 6})


def test_an_incomplete_run_is_running_again(company):
    finish(begin(company, Kind.UIDS), is_good=False, error="HTTP 502")
    again = begin(company, Kind.UIDS)
    assert (again.state, again.error, again.finished_at, LegacyRun.objects.count()) == (State.RUNNING, "", None, 1)


def test_an_error_with_odd_characters_is_kept(company):
    finish(begin(company, Kind.UIDS), is_good=False, error="answered \x00 and \ud800")
    assert LegacyRun.objects.get().error == "answered  and ?"


def test_a_finished_run_is_followed_by_a_new_one(company):
    finish(begin(company, Kind.UIDS), is_good=True)
    begin(company, Kind.UIDS)
    assert sorted(LegacyRun.objects.values_list("state", flat=True)) == [State.DONE, State.RUNNING]


def test_runs_of_other_files_kinds_and_companies_are_others(company):
    pks = {
        begin(company, Kind.DUMP, source="a").pk,
        begin(company, Kind.DUMP, source="b").pk,
        begin(company, Kind.UIDS).pk,
        begin(CompanyFactory.create(), Kind.DUMP, source="a").pk,
    }
    assert len(pks) == 4


def test_what_nobody_foresaw_is_recorded_and_raised(company):
    run = begin(company, Kind.UIDS)
    with pytest.raises(ZeroDivisionError), marked_failed(run):
        raise ZeroDivisionError
    run.refresh_from_db()
    assert (run.state, run.error) == (State.FAILED, "ZeroDivisionError")
