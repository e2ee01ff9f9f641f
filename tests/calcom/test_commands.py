"""The commands for operators, against a small Cal.com, with their exit status as a shell sees it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, load_command_class
from django.utils import timezone

from appointments import push
from appointments.models import Push, Service
from calcom import guard
from calcom.account import access_of
from calcom.client import CalcomClient
from calcom.guard import Lane, Outcome
from calcom.models import EventType
from calcom.sandbox.faults import Rule
from calcom.sandbox.sample import OTHER_KEY
from calcom.sandbox.server import RunningSandbox
from companies.credentials import webhook_address
from companies.models import Company
from tests.calcom.sync.account import Account
from tests.factories import CompanyFactory
from tests.portal.factories import AppointmentFactory, MappingProposalFactory, ServiceFactory

Run = Callable[..., tuple[int, str]]
ALL = [
    "test_connection",
    "list_event_types",
    "sync_event_types",
    "circuit_status",
    "circuit_reset",
    "cache_warmup",
    "cache_clear",
    "register_webhooks",
]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str) -> tuple[int, str]:
        """Exit status and what was printed, without closing the test's connection as a process does at its end."""
        called = load_command_class("calcom", words[0])
        called._called_from_command_line = True  # type: ignore[attr-defined]  # else wrong usage is an exception
        status = 0
        try:
            options = vars(called.create_parser("manage.py", words[0]).parse_args(list(words[1:])))
            called.execute(*options.pop("args", ()), **options)
        except SystemExit as error:
            status = int(error.code or 0)
        except CommandError as error:
            status = error.returncode
        return status, capsys.readouterr().out

    return command


@pytest.fixture
def haircut(connected: Company) -> int:
    client = CalcomClient(connected)
    made = client.create_event_type(title="Haircut", slug="haircut", lengthInMinutes=30)
    EventType.objects.create(company=connected, calcom_id=made.id, title="Haircut", length_min=30)
    return made.id


def facts(printed: str) -> dict[str, Any]:
    fact: dict[str, Any] = json.loads(printed)[0]
    return fact


@pytest.mark.parametrize("command", ALL)
def test_each_command_works_for_one_company_and_prints_json_for_programs(
    run: Run, connected: Company, haircut: int, command: str
):
    status, printed = run(command, "--company", connected.slug, "--json")
    assert status == 0, printed
    assert facts(printed)["company"] == connected.pk
    assert run(command, "--company", str(connected.pk))[0] == 0


@pytest.mark.parametrize("command", ALL)
def test_an_unknown_company_or_option_is_wrong_usage(run: Run, connected: Company, command: str):
    assert run(command, "--company", "nobody")[0] == 2
    assert run(command, "--company", "9" * 30)[0] == 2
    assert run(command, "--company", connected.slug, "--all")[0] == 2
    assert run(command, "--moon")[0] == 2


@pytest.mark.parametrize("command", ["sync_event_types", "register_webhooks", "circuit_reset", "cache_clear"])
def test_commands_that_change_something_ask_for_a_choice(run: Run, connected: Company, command: str):
    assert run(command)[0] == 2


@pytest.mark.parametrize("command", ["test_connection", "list_event_types", "sync_event_types", "register_webhooks"])
def test_a_company_that_fails_is_named_and_does_not_stop_the_others(
    run: Run, connected: Company, haircut: int, cal: RunningSandbox, command: str
):
    CompanyFactory.create(name="A Salon", calcom_api_key="cal_live_wrong_key", calcom_base_url=cal.url)
    CompanyFactory.create(name="Without a key")
    status, printed = run(command, "--all")
    assert status == 1
    assert "A Salon: " in printed
    assert "Salon Nord: " in printed
    assert "Without a key" not in printed
    assert "cal_live_wrong_key" not in printed


def test_the_connection_says_whose_the_key_is(run: Run, connected: Company, haircut: int):
    assert "connected as olga (user 1, Europe/Berlin), 1 event types" in run("test_connection")[1]


def test_a_server_that_is_away_is_told_in_a_sentence(run: Run, connected: Company, cal: RunningSandbox):
    cal.close()
    status, printed = run("test_connection", "--company", connected.slug)
    assert status == 1
    assert "Salon Nord: GET /me: no connection" in printed


def test_event_types_are_listed_with_what_they_mean(run: Run, connected: Company, haircut: int):
    assert "Haircut (haircut), 30 min, personal, hosts 1 → not mapped" in run("list_event_types")[1]


def test_a_proposed_meaning_is_shown_as_one(run: Run, connected: Company, haircut: int):
    ServiceFactory.create(company=connected, name="Haircut", duration_min=30)
    MappingProposalFactory.create(event_type=EventType.objects.get(), service=Service.objects.get())
    assert "→ Haircut? (proposed)" in run("list_event_types")[1]


def test_event_types_of_an_organization_are_listed_too(run: Run, connected: Company, cal: RunningSandbox):
    account = Account(cal)
    account.organization(77)
    account.team(5, organization=77)
    account.offer("Of the organization", team=5)
    connected.calcom_organization_id = 77
    connected.save()
    assert "Of the organization" in run("list_event_types")[1]


def test_what_cal_com_says_moves_no_cursor(run: Run, connected: Company, cal: RunningSandbox):
    Account(cal).offer("\x1b[2J\x9bAll\u202e your\nSalon Sued: connected as root")
    printed = run("list_event_types")[1]
    assert not {"\x1b", "\x9b", "\u202e"} & set(printed)
    assert "\nSalon Sued" not in printed


@pytest.mark.parametrize("command", ["test_connection", "list_event_types", "sync_event_types", "register_webhooks"])
def test_an_error_that_nobody_foresaw_costs_one_company(
    run: Run, connected: Company, haircut: int, command: str, caplog: pytest.LogCaptureFixture
):
    broken = CompanyFactory.create(name="A Salon", calcom_api_key="k", calcom_api_versions=["no object"])
    status, printed = run(command, "--all")
    assert status == 1
    assert "A Salon: failed unexpectedly (" in printed
    assert "Salon Nord: " in printed
    assert any(record.exc_info for record in caplog.records), broken


def test_without_v_2_only_the_lines_are_said(run: Run, connected: Company, caplog: pytest.LogCaptureFixture):
    connected.calcom_team_id = 5
    connected.save()
    run("list_event_types")
    assert not caplog.records
    run("list_event_types", "-v", "2")
    assert caplog.records


def test_on_a_terminal_it_is_said_that_a_call_waits(
    connected: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    client = load_command_class("calcom", "test_connection").client(connected)  # type: ignore[attr-defined]
    client.on_wait(34.2)
    assert "Salon Nord: the requests of this minute are used up; going on in 34 s" in capsys.readouterr().err


def test_an_open_circuit_is_seen_and_can_be_closed(run: Run, connected: Company):
    account = access_of(connected).account
    for _ in range(5):
        guard.record(guard.admit(account, lane=Lane.INTERACTIVE), Outcome.FAILURE)
    status, printed = run("circuit_status")
    assert (status, "circuit open until" in printed) == (1, True)
    assert run("circuit_reset", "--company", connected.slug)[0] == 0
    assert run("circuit_status")[0] == 0


def test_what_waited_for_the_circuit_is_sent_at_once_when_it_is_closed(run: Run, connected: Company):
    later = timezone.now() + timedelta(hours=2)

    def waiting(company: Company, state: str, trouble: str) -> Push:
        row = AppointmentFactory.create(company=company)
        values = {"operation": "create", "version": 1, "state": state, "trouble": trouble, "next_at": later}
        return Push.objects.create(company=company, appointment=row, **values)

    first = waiting(connected, "pending", "unavailable")
    others = {waiting(connected, "unclear", "unclear"), waiting(connected, "pending", "busy")}
    others.add(waiting(CompanyFactory.create(), "pending", "unavailable"))
    status, printed = run("circuit_reset", "--company", connected.slug)
    assert (status, "1 changes that waited are due now" in printed) == (0, True)
    assert push.due() == [first.pk]
    assert set(Push.objects.filter(next_at=later)) == others


def test_a_block_by_cal_com_is_status_1_and_told_by_the_clock_on_the_wall(run: Run, connected: Company):
    account = access_of(connected).account
    guard.record(guard.admit(account, lane=Lane.INTERACTIVE), Outcome.RATE_LIMITED)
    status, printed = run("circuit_status")
    assert status == 1
    assert re.search(r"allows nothing until \d\d:\d\d:\d\d CES?T", printed)
    assert "1 answers that Cal.com wants fewer (429)" in printed


def test_warming_up_spares_cal_com_the_next_question(run: Run, connected: Company, haircut: int, cal: RunningSandbox):
    assert "slots of 1 event types are kept" in run("cache_warmup")[1]
    cal.close()
    assert CalcomClient(connected).me().username == "olga"
    assert run("cache_clear", "--all")[0] == 0
    assert run("test_connection")[0] == 1


def test_warming_up_names_event_types_that_are_gone(run: Run, connected: Company, haircut: int):
    EventType.objects.create(company=connected, calcom_id=999_999, title="Gone")
    status, printed = run("cache_warmup")
    assert (status, "Gone" in printed) == (1, True)


def subscriptions(cal: RunningSandbox) -> list[Any]:
    return list(cal.sandbox.world.subscriptions.values())


def test_webhooks_are_registered_once_with_address_triggers_and_secret(
    run: Run, connected: Company, haircut: int, cal: RunningSandbox
):
    for expected in ("created", "ok"):
        assert f"/webhooks: {expected}" in run("register_webhooks", "--company", connected.slug)[1]
    connected.refresh_from_db()
    [made] = subscriptions(cal)
    assert made.url == webhook_address(connected)
    assert made.secret == connected.webhook_secret
    assert len(made.secret) > 30
    assert {"BOOKING_CREATED", "BOOKING_CANCELLED", "MEETING_ENDED"} <= set(made.triggers)


def test_a_level_that_fails_does_not_hide_what_was_done(
    run: Run, connected: Company, haircut: int, cal: RunningSandbox
):
    Account(cal).offer("Wash", team=5)
    connected.calcom_team_id = 5
    connected.save()
    match = {"method": "POST", "path": "/v2/webhooks"}
    cal.sandbox.faults.replace([Rule.from_json({"kind": "status", "status": 502, "match": match})])
    status, printed = run("register_webhooks", "--company", connected.slug)
    assert status == 1
    assert "/webhooks: failed (" in printed
    assert ": created" in printed


def test_a_subscription_at_a_former_address_is_led_to_the_new_one(
    run: Run, connected: Company, haircut: int, cal: RunningSandbox, settings
):
    run("register_webhooks", "--company", connected.slug)
    settings.PUBLIC_BASE_URL = "https://new.example.com"
    status, printed = run("register_webhooks", "--company", connected.slug, "--check")
    assert (status, "former address" in printed) == (1, True)
    assert "repaired" in run("register_webhooks", "--company", connected.slug)[1]
    connected.refresh_from_db()
    assert [made.url for made in subscriptions(cal)] == [webhook_address(connected)]


def test_subscriptions_that_are_left_over_are_named(run: Run, connected: Company, haircut: int, cal: RunningSandbox):
    run("register_webhooks", "--company", connected.slug)
    Account(cal).organization(77)
    connected.calcom_organization_id = 77
    connected.save()
    status, printed = run("register_webhooks", "--company", connected.slug)
    assert status == 1
    assert "/webhooks: wrong (one too many leads here; delete it at Cal.com)" in printed
    assert "/organizations/77/webhooks: created" in printed


def test_triggers_that_the_server_does_not_know_are_left_out(
    run: Run, connected: Company, haircut: int, cal: RunningSandbox
):
    run("register_webhooks", "--company", connected.slug)
    [made] = subscriptions(cal)
    assert "BOOKING_REASSIGNED" not in made.triggers


def test_checking_changes_nothing(run: Run, connected: Company, haircut: int, cal: RunningSandbox):
    status, printed = run("register_webhooks", "--company", connected.slug, "--check", "--json")
    assert (status, facts(printed)["subscriptions"][0]["state"]) == (1, "missing")
    assert subscriptions(cal) == []
    connected.refresh_from_db()
    assert connected.webhook_secret == ""


@pytest.mark.parametrize(
    ("spoilt", "value", "problem"),
    [
        ("active", False, "switched off"),
        ("secret", "of somebody else", "another secret"),
        ("secret", None, "another secret"),
        ("triggers", ["BOOKING_CREATED"], "triggers are missing"),
        ("payload_template", '{"a": "{{title}}"}', "template"),
    ],
)
def test_what_is_wrong_is_named_and_repaired(
    run: Run, connected: Company, haircut: int, cal: RunningSandbox, spoilt: str, value: Any, problem: str
):
    run("register_webhooks", "--company", connected.slug)
    setattr(subscriptions(cal)[0], spoilt, value)
    status, printed = run("register_webhooks", "--company", connected.slug, "--check")
    assert (status, problem in printed) == (1, True)
    assert "repaired" in run("register_webhooks", "--company", connected.slug)[1]
    assert run("register_webhooks", "--company", connected.slug, "--check")[0] == 0


def test_neither_secret_nor_token_is_printed(run: Run, connected: Company, haircut: int):
    printed = run("register_webhooks", "--company", connected.slug)[1]
    printed += run("register_webhooks", "--company", connected.slug, "--json")[1]
    connected.refresh_from_db()
    assert connected.webhook_secret not in printed
    assert connected.webhook_token not in printed


def test_an_address_that_cal_com_refuses_is_said_with_its_words(run: Run, connected: Company, haircut: int, settings):
    settings.PUBLIC_BASE_URL = "ftp://slotkeeper.example.com"
    status, printed = run("register_webhooks", "--company", connected.slug)
    assert (status, "PUBLIC_BASE_URL" in printed or "Only HTTP and HTTPS" in printed) == (1, True)


def test_a_stranger_with_the_same_account_keeps_an_address_of_its_own(
    run: Run, connected: Company, haircut: int, cal: RunningSandbox
):
    other = CompanyFactory.create(slug="other", calcom_api_key=connected.calcom_api_key, calcom_base_url=cal.url)
    for slug in (connected.slug, "other"):
        assert "created" in run("register_webhooks", "--company", slug)[1]
    assert {made.url for made in subscriptions(cal)} == {webhook_address(connected), webhook_address(other)}
    assert len({made.secret for made in subscriptions(cal)}) == 2


def test_a_server_that_dies_between_two_questions_leaves_nothing_half_said(
    run: Run, connected: Company, haircut: int, cal: RunningSandbox
):
    cal.sandbox.faults.replace(
        [Rule.from_json({"kind": "status", "status": 502, "match": {"method": "POST"}, "times": 1})]
    )
    status, printed = run("register_webhooks", "--company", connected.slug)
    assert (status, "Look there before trying again" in printed) == (1, True)
    assert run("register_webhooks", "--company", connected.slug)[0] == 0
    assert len(subscriptions(cal)) == 1


def test_another_users_event_types_are_not_listed(run: Run, connected: Company, haircut: int, cal: RunningSandbox):
    CompanyFactory.create(slug="other", calcom_api_key=OTHER_KEY, calcom_base_url=cal.url)
    assert facts(run("list_event_types", "--company", "other", "--json")[1])["event_types"] == []


@pytest.mark.parametrize("command", ALL)
def test_an_empty_name_is_no_company_not_every_company(run: Run, company: Company, command: str):
    assert run(command, "--company", "") == (2, "")
