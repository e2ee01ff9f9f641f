"""`manage.py sync_event_types` and the tasks of beat."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from calcom import tasks
from calcom.client import CalcomClient
from calcom.models import EventType, SyncRun
from calcom.sync.event_types import sync_event_types
from companies.locks import Purpose
from tests.factories import CompanyFactory
from tests.turns import taken


@pytest.fixture
def run(connected, capsys):
    """The command; returns what it printed."""

    def call(*words: str) -> str:
        call_command("sync_event_types", *words)
        return str(capsys.readouterr().out)

    return call


def test_one_line_for_each_company(account, run):
    account.offer("Cut")
    CompanyFactory.create(name="No key")
    printed = run("--all").splitlines()
    assert len(printed) == 1
    assert printed[0].startswith("Salon Nord: 1 created, 0 updated")
    assert EventType.objects.count() == 1


@pytest.mark.parametrize("by", ["slug", "pk"])
def test_one_company_by_id_or_slug(company, account, run, by):
    account.offer("Cut")
    assert "1 created" in run("--company", str(getattr(company, by)))


def test_a_dry_run_writes_nothing(account, run):
    account.offer("Cut")
    assert "would be: 1 created" in run("--all", "--dry-run")
    assert not EventType.objects.exists()


def test_json_for_programs(company, account, run):
    account.offer("Cut")
    (row,) = json.loads(run("--all", "--json"))
    assert (row["company"], row["ok"], row["created"], row["failures"]) == (company.pk, True, 1, [])


def test_what_goes_wrong_is_said_and_is_status_1(account, run, capsys):
    account.fail("/event-types")
    with pytest.raises(CommandError) as error:
        run("--all")
    assert error.value.returncode == 1
    printed = capsys.readouterr().out
    assert "HTTP 502" in printed
    assert "Salon Nord: failed: Cal.com listed nothing" in printed
    assert "0 created" not in printed


def test_where_some_failed_the_numbers_are_incomplete(connected, account, run, capsys):
    connected.calcom_team_id = 5
    connected.save()
    account.offer("Cut")
    with pytest.raises(CommandError):
        run("--all")
    assert "Salon Nord: incomplete: 1 created" in capsys.readouterr().out


def test_a_wrong_key_is_status_1_and_never_shown(connected, account, run, capsys):
    connected.calcom_api_key = "cal_wrong_but_secret"
    connected.save()
    with pytest.raises(CommandError) as error:
        run("--company", connected.slug)
    assert error.value.returncode == 1
    assert "cal_wrong" not in capsys.readouterr().out


def test_one_company_that_fails_does_not_stop_the_others(connected, account, run, capsys):
    CompanyFactory.create(name="A wrong key", calcom_api_key="cal_wrong", calcom_base_url=connected.calcom_base_url)
    account.offer("Cut")
    with pytest.raises(CommandError):
        run("--all")
    assert "Salon Nord: 1 created" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["--all", "--company", "1"]])
def test_wrong_usage(run, words):
    with pytest.raises(CommandError):
        run(*words)


def test_wrong_usage_is_status_2(run):
    with pytest.raises(CommandError) as error:
        run("--company", "nobody")
    assert error.value.returncode == 2


def test_much_that_is_gone_needs_force(account, run):
    numbers = [account.offer(f"Type {index}") for index in range(5)]
    run("--all")
    account.remove(*numbers[:4])
    with pytest.raises(CommandError):
        run("--all")
    assert "4 missing" in run("--all", "--force")


def test_beat_sends_each_company_to_a_sync_of_its_own(connected, monkeypatch):
    CompanyFactory.create(calcom_api_key="k", is_active=False)
    CompanyFactory.create()
    sent: list[int] = []
    monkeypatch.setattr(tasks.sync_company, "apply_async", lambda args, **_options: sent.extend(args))
    assert tasks.sync_all() == 1
    assert sent == [connected.pk]


def test_the_task_syncs(connected, account):
    account.offer("Cut")
    assert tasks.sync_company(connected.pk)
    assert EventType.objects.get().company == connected
    assert SyncRun.objects.get().state == SyncRun.State.DONE


def test_the_task_asks_afresh_what_another_run_has_seen(connected, account):
    account.offer("Cut")
    tasks.sync_company(connected.pk)
    number = account.offer("Colour")
    sync_event_types(connected, client=CalcomClient(connected), force=True)
    account.offer("Colour and wash", id=number)
    tasks.sync_company(connected.pk)
    row = EventType.objects.get(calcom_id=number)
    assert (row.title, row.is_listed, row.first_absent_at) == ("Colour and wash", True, None)


@pytest.mark.parametrize("facts", [{"calcom_api_key": ""}, {"calcom_base_url": "http://example.com/v2"}])
def test_the_task_survives_a_company_that_cannot_be_asked(connected, facts):
    type(connected).objects.filter(pk=connected.pk).update(**facts)
    assert tasks.sync_company(connected.pk) is False


def test_the_task_passes_over_a_company_that_is_gone(connected):
    assert tasks.sync_company(0) is None
    type(connected).objects.update(is_active=False)
    assert tasks.sync_company(connected.pk) is None


def test_while_another_sync_runs_nothing_is_done(company, account, run, capsys):
    account.offer("Cut")
    with taken(Purpose.EVENT_TYPES, company), pytest.raises(CommandError) as error:
        run("--all")
    assert error.value.returncode == 1
    assert capsys.readouterr().out == "Salon Nord: nothing was done: another sync of this company is running\n"


def test_what_is_printed_is_english_whatever_the_portal_speaks(connected, account, run):
    connected.calcom_team_id = 5
    connected.save()
    account.offer("Cut", team=5, kind="collective")
    with translation.override("de"):
        assert "Collective: free only while all of its hosts are." in run("--all")
