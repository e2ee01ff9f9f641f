"""Whoever does not belong to a company gets nothing of it, whatever address they type."""

import pytest
from django.test import Client

from companies.models import Company
from tests.conftest import LogIn
from tests.factories import UserFactory
from tests.portal.conftest import As
from tests.portal.factories import (
    AlertSettingsFactory,
    AppointmentFactory,
    AttendeeFactory,
    CalcomSettingsFactory,
    CustomerFactory,
    DeliveryFactory,
    EventTypeFactory,
    EventTypeMappingFactory,
    HostMappingFactory,
    IncidentFactory,
    ServiceFactory,
    SyncRunFactory,
)

ROWS = [
    ("appointments/appointment", AppointmentFactory),
    ("appointments/customer", CustomerFactory),
    ("appointments/service", ServiceFactory),
    ("calcom/calcomsettings", CalcomSettingsFactory),
    ("calcom/eventtype", EventTypeFactory),
    ("calcom/eventtypemapping", EventTypeMappingFactory),
    ("calcom/hostmapping", HostMappingFactory),
    ("calcom/syncrun", SyncRunFactory),
    ("companies/alertsettings", AlertSettingsFactory),
    ("companies/incident", IncidentFactory),
    ("webhooks/webhookevent", DeliveryFactory),
]


@pytest.mark.parametrize(("model", "factory"), ROWS)
@pytest.mark.parametrize("action", ["change", "delete", "history"])
def test_a_direct_address_leads_nowhere(stranger: Client, company: Company, model, factory, action: str) -> None:
    row = factory.create(company=company)
    answer = stranger.get(f"/admin/{model}/{row.pk}/{action}/")
    assert answer.status_code in {302, 403, 404}
    if answer.status_code == 302:
        assert answer["Location"] == "/admin/"


@pytest.mark.parametrize(("model", "factory"), ROWS)
def test_lists_are_empty(stranger: Client, company: Company, model, factory) -> None:
    factory.create(company=company)
    assert not stranger.get(f"/admin/{model}/").context["cl"].result_list


@pytest.mark.parametrize(("model", "factory"), ROWS)
def test_nothing_without_a_login(client: Client, company: Company, model, factory) -> None:
    row = factory.create(company=company)
    for address in (f"/admin/{model}/", f"/admin/{model}/{row.pk}/change/"):
        assert client.get(address)["Location"].startswith("/admin/login/")


def test_an_autocomplete_offers_own_rows_only(owner: Client, stranger: Client, company: Company) -> None:
    AppointmentFactory.create(company=company)
    query = {"app_label": "appointments", "model_name": "service", "field_name": "staff", "term": ""}
    assert len(owner.get("/admin/autocomplete/", query).json()["results"]) == 1
    assert stranger.get("/admin/autocomplete/", query).json()["results"] == []


@pytest.mark.parametrize("name", ["branch", "staff", "service", "customer"])
def test_a_foreign_filter_finds_nothing(stranger: Client, company: Company, name: str) -> None:
    row = AppointmentFactory.create(company=company)
    answer = stranger.get(f"/admin/appointments/appointment/?{name}__id__exact={getattr(row, name).pk}")
    assert "cl" not in (answer.context or {}) or not answer.context["cl"].result_list


def test_somebody_without_a_company_is_told_so(log_in: LogIn) -> None:
    client = log_in(UserFactory.create())
    answer = client.get("/admin/", follow=True)
    assert "no company has given you access" in answer.text


def test_an_attendees_customer_page_is_closed_to_strangers(stranger: Client, company: Company) -> None:
    customer = CustomerFactory.create(company=company)
    AttendeeFactory.create(appointment=AppointmentFactory.create(company=company), customer=customer)
    assert stranger.get(f"/admin/appointments/customer/{customer.pk}/change/")["Location"] == "/admin/"


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        ("owner", set()),
        ("manager", {"Users and roles"}),
        ("auditor", set()),
        ("staff", {"Users and roles", "Event types", "Hosts", "Deliveries"}),
    ],
)
def test_the_navigation_offers_what_a_role_may_open(as_role: As, role: str, hidden: set[str]) -> None:
    text = as_role(role).get("/admin/").text
    offered = {
        name for name in ("Users and roles", "Event types", "Hosts", "Deliveries") if f"<span>{name}</span>" in text
    }
    assert offered == {"Users and roles", "Event types", "Hosts", "Deliveries"} - hidden
