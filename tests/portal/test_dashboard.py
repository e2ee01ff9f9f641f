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
from tests.portal.factories import AppointmentFactory, ChangeFactory, DeliveryFactory
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
    with django_assert_max_num_queries(21):
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
