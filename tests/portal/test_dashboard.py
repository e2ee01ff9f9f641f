"""The first page: numbers that agree with the lists behind them."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from appointments.models import AppointmentChange
from appointments.models.appointment import Status, SyncStatus
from companies.models import Company
from tests.portal.conftest import As
from tests.portal.factories import AppointmentFactory, ChangeFactory, DeliveryFactory, IncidentFactory
from webhooks.authentication import count_refusal
from webhooks.models import WebhookEvent

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture(autouse=True)
def _noon() -> object:
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield


def numbers(client: Client) -> dict[str, int]:
    return {card.name: card.number for card in client.get("/admin/").context["cards"]}


def fill(company: Company) -> None:
    """Something for every number."""
    for hours, status in (
        (1, Status.CONFIRMED),
        (30, Status.PENDING),
        (2, Status.CANCELLED),
        (24 * 9, Status.CONFIRMED),
    ):
        AppointmentFactory.create(company=company, starts_at=NOON + timedelta(hours=hours), status=status)
    cancelled = AppointmentFactory.create(company=company, status=Status.CANCELLED, requires_manual_review=True)
    ChangeFactory.create(
        appointment=cancelled, action=AppointmentChange.Action.CANCELLED, occurred_at=NOON - timedelta(days=1)
    )
    for sync_status in (SyncStatus.NEEDS_STAFF, SyncStatus.CONFLICT, SyncStatus.CONFLICT):
        AppointmentFactory.create(company=company, status=Status.REJECTED, sync_status=sync_status)
    for state in WebhookEvent.State:
        DeliveryFactory.create(company=company, state=state)


def test_the_numbers_of_a_company(owner: Client, company: Company) -> None:
    fill(company)
    expected = {"today": 1, "next7": 2, "cancelled": 1, "review": 1, "waiting": 2, "failed": 1}
    assert numbers(owner) == expected | {"staff": 1, "conflict": 2}


def test_each_number_is_the_length_of_the_list_behind_it(owner: Client, company: Company) -> None:
    fill(company)
    for card in owner.get("/admin/").context["cards"]:
        assert len(owner.get(card.address).context["cl"].result_list) == card.number, card.name


def test_what_seldom_happens_is_shown_where_it_has(owner: Client, stranger: Client, company: Company) -> None:
    AppointmentFactory.create(company=company, sync_status=SyncStatus.ORPHANED)
    for days in (1, 2, -1):
        AppointmentFactory.create(company=company, is_double_booked=True, starts_at=NOON + timedelta(days=days))
    assert {name: numbers(owner)[name] for name in ("orphaned", "double")} == {"orphaned": 1, "double": 2}
    assert not {"orphaned", "double"} & set(numbers(stranger))
    for card in owner.get("/admin/").context["cards"]:
        assert len(owner.get(card.address).context["cl"].result_list) == card.number, card.name


def test_strangers_count_their_own(stranger: Client, company: Company) -> None:
    fill(company)
    assert set(numbers(stranger).values()) == {0}
    assert "No appointments lie ahead." in stranger.get("/admin/").text


def test_staff_are_not_told_of_deliveries(as_role: As, company: Company) -> None:
    fill(company)
    assert set(numbers(as_role("staff"))) == {"today", "next7", "cancelled", "staff", "conflict", "review"}


def test_the_next_appointments_are_those_that_will_take_place(owner: Client, company: Company) -> None:
    fill(company)
    rows = owner.get("/admin/").context["next_appointments"].rows
    assert len(rows) == 3
    assert "Wed 18 Nov 2026, 13:00" in str(rows[0][0])


def test_the_first_page_needs_few_queries(owner, company, django_assert_max_num_queries) -> None:
    fill(company)
    with django_assert_max_num_queries(25):
        owner.get("/admin/")


def refused(client: Client) -> Any:
    return next(card for card in client.get("/admin/").context["cards"] if card.name == "refused")


def test_refused_deliveries_lead_to_the_company_and_say_what_to_do(owner: Client, company: Company) -> None:
    for _ in range(3):
        count_refusal(company.pk, reason="signature")
    card = refused(owner)
    assert (card.number, card.is_alarm) == (3, True)
    assert card.address == f"/admin/companies/company/{company.pk}/change/"
    assert "Check the webhook secret, here and at Cal.com: Salon Nord" in owner.get("/admin/").text


def test_refusals_of_others_are_not_counted(stranger: Client, operator: Client, company: Company) -> None:
    count_refusal(company.pk, reason="signature")
    count_refusal(None, reason="signature")
    assert "refused" not in numbers(stranger)
    assert refused(operator).number == 2


def lines(client: Client, name: str) -> dict[str, Any]:
    cards = {card.name: card for card in client.get("/admin/").context["number_cards"]}
    return {line.name: line for line in cards[name].lines}


def fill_statuses(company: Company) -> None:
    """One appointment of each sync status, two in conflict."""
    for status in (*SyncStatus, SyncStatus.CONFLICT):
        AppointmentFactory.create(company=company, sync_status=status, starts_at=NOON, location_type="video")


def test_the_sync_card_counts_each_status_and_leads_to_its_list(owner: Client, company: Company) -> None:
    fill_statuses(company)
    shown = lines(owner, "sync")
    assert [line.number for line in shown.values()] == [1, 1, 1, 1, 1, 2, 1, 1]
    assert set(shown) == set(SyncStatus) - {"not_applicable"}
    for line in shown.values():
        assert len(owner.get(line.address).context["cl"].result_list) == line.number, line.name
    assert {name for name, line in shown.items() if line.is_alarm} == {"needs_staff", "conflict"}


def test_each_gap_leads_to_the_appointments_that_have_it(owner: Client, company: Company) -> None:
    fill_statuses(company)
    shown = lines(owner, "completeness")
    assert (shown["meeting_url"].number, shown["meeting_url"].shown) == (10, "0.0 %")
    assert shown["location"].shown == "100.0 %"
    for line in shown.values():
        assert len(owner.get(line.address).context["cl"].result_list) == line.number, line.name


def test_strangers_are_shown_nothing_of_it(stranger: Client, company: Company) -> None:
    fill_statuses(company)
    assert {line.number for line in lines(stranger, "sync").values()} == {0}
    assert [card.name for card in stranger.get("/admin/").context["number_cards"] if card.name != "sync"] == [
        "completeness"
    ]
    assert lines(stranger, "completeness") == {}


def test_many_are_counted_to_ten_thousand_only(owner, company: Company, monkeypatch) -> None:
    monkeypatch.setattr("config.cards.COUNTED_ROWS", 3)
    for _ in range(4):
        AppointmentFactory.create(company=company)
    assert lines(owner, "sync")["synced"].shown == "3 or more"


def test_what_is_the_matter_now_has_a_card(owner: Client, stranger: Client, company: Company) -> None:
    IncidentFactory.create(company=company)
    IncidentFactory.create(company=company, kind="signature", ended_at=NOON)
    IncidentFactory.create(company=company, kind="key_refused", opened_at=None)
    card = next(card for card in owner.get("/admin/").context["cards"] if card.name == "incidents")
    assert (card.number, card.is_alarm) == (1, True)
    assert len(owner.get(card.address).context["cl"].result_list) == 1
    assert "incidents" not in numbers(stranger)
