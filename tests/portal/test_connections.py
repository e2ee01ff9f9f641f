"""The first page says how the connections to Cal.com stand, without asking Cal.com."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from calcom import guard, scripts
from calcom.account import access_of
from calcom.client import CalcomClient
from calcom.guard import Lane, Outcome
from calcom.sandbox.server import RunningSandbox
from companies.models import Company
from tests.portal.conftest import As


def shown(client: Client) -> str:
    """The text of the table's cells; empty where there is no table."""
    table = client.get("/admin/").context["connections"]
    return " | ".join(str(cell) for row in table.rows for cell in row) if table else ""


def open_circuit(company: Company) -> None:
    for _ in range(5):
        guard.record(guard.admit(access_of(company).account, lane=Lane.INTERACTIVE), Outcome.FAILURE)


def test_a_connection_that_works_is_shown_with_its_budget(owner: Client, connected: Company):
    CalcomClient(connected).me()
    seen = shown(owner)
    assert connected.name in seen
    assert "connected" in seen
    assert "99 of 100" in seen


def test_an_open_circuit_is_shown_with_its_end(owner: Client, connected: Company):
    open_circuit(connected)
    seen = shown(owner)
    assert "paused" in seen
    assert "until " in seen
    assert "Opened 1 times so far" in seen


def test_a_sync_is_shown_with_what_became_of_it(owner: Client, connected: Company, cal: RunningSandbox):
    assert "incomplete" not in shown(owner)
    cal.close()
    with pytest.raises(CommandError):
        call_command("sync_event_types", company=connected.slug)
    assert "incomplete" in shown(owner)


def test_nothing_is_asked_of_cal_com(owner: Client, connected: Company, cal: RunningSandbox):
    cal.close()
    assert "connected" in shown(owner)
    assert guard.status(access_of(connected).account).counters["calls"] == 0


def test_a_company_without_a_key_has_no_connection(owner: Client, company: Company):
    assert shown(owner) == ""


def test_strangers_and_staff_do_not_see_it(stranger: Client, as_role: As, connected: Company):
    assert shown(stranger) == ""
    assert connected.name not in shown(as_role("staff"))


def test_a_key_that_cannot_be_read_and_a_redis_that_is_away_are_unknown(owner: Client, connected: Company, settings):
    Company.objects.filter(pk=connected.pk).update(calcom_base_url="http://cal.example.com/v2")
    assert "unknown" in shown(owner)
    connected.save()
    scripts._server.away_until = float("inf")
    assert "unknown" in shown(owner)
