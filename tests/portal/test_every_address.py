"""Every address of the application, tried by those whom it is none of their business. New ones are found by themselves.

Whoever adds an address with a part that is not known here has to say in PARTS how a foreign row is put into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from appointments.models import Appointment, Push
from companies.keys import issue
from companies.models import Company, Incident, Membership, Scope
from companies.tenancy import TenantModel
from tests.conftest import LogIn
from tests.factories import CompanyFactory, MembershipFactory
from tests.portal.desk import in_conflict
from tests.portal.factories import (
    AbsenceFactory,
    AlertSettingsFactory,
    CalcomSettingsFactory,
    ChangeFactory,
    DeliveryFactory,
    DriftFactory,
    HoldFactory,
    HostMappingFactory,
    IncidentFactory,
    MappingProposalFactory,
    PrivacySettingsFactory,
    SyncRunFactory,
)

MARKER = "Verborgen"
PARTS = {
    "<path:content_type_id>/<path:object_id>": lambda rows, _model: (
        f"{ContentType.objects.get_for_model(Appointment).pk}/{rows['appointments/appointment'].pk}"
    ),
    "<path:object_id>": lambda rows, model: str(rows[model].pk),
    "<uidb64>/<token>": lambda _rows, _model: "MQ/c0ffee-0",
    "<str:token>": lambda _rows, _model: "c0ffee",
    "^(?P<app_label>companies|appointments|calcom|webhooks)/$": lambda _rows, _model: "appointments/",
    "(?P<url>.*)$": lambda _rows, _model: "nowhere/",
    "(?P<uuid>[0-9a-fA-F-]{36})": lambda rows, model: str(rows[model].uuid),
    r"(?P<pk>\d{1,18})": lambda rows, model: str(rows[model].pk),
    "(?P<pk>[^/.]+)": lambda rows, model: str(rows[model].pk),
    "(?P<id>[^/.]+)": lambda rows, model: str(rows[model].delivery_id),
    "api/^v1/": lambda _rows, _model: "api/v1/nowhere/",
}
RESOURCES = {
    "appointments": "appointments/appointment",
    "branches": "companies/branch",
    "customers": "appointments/customer",
    "deliveries": "webhooks/webhookevent",
    "event-types": "calcom/eventtype",
    "holds": "appointments/hold",
    "services": "appointments/service",
    "staff": "companies/staff",
}
API = "api/v1/^"
CLOSED = {302, 401, 403, 404, 405}
Rows = dict[str, Any]


def routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    """All of them, as Django writes them."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern)


@cache
def all_routes() -> list[str]:
    return sorted(set(routes(get_resolver().url_patterns)))


ACTIONS = [
    (f"{model._meta.app_label}/{model._meta.model_name}", name)
    for model, model_admin in admin.site._registry.items()
    for name in [*(model_admin.actions or ()), "delete_selected"]
]


@pytest.fixture
def rows(db: None) -> Rows:
    """A row of every kind, in a company that is nobody else's business, by the part of the address that names it."""
    company = CompanyFactory.create(name=f"Salon {MARKER}", slug="of-others")
    appointment = in_conflict(company)
    ChangeFactory.create(appointment=appointment, reason=MARKER)
    drift = DriftFactory.create(event_type__company=company, mapping__company=company)
    found = [
        company,
        MembershipFactory.create(company=company, user__name=MARKER),
        *(getattr(appointment, name) for name in ("branch", "staff", "customer", "service")),
        appointment,
        drift.event_type,
        drift.event_type.mapping,
        HostMappingFactory.create(company=company, calcom_name=MARKER),
        SyncRunFactory.create(company=company, error=MARKER),
        CalcomSettingsFactory.create(company=company),
        DeliveryFactory.create(company=company, reason=MARKER),
        AbsenceFactory.create(company=company, note=MARKER),
        AlertSettingsFactory.create(company=company, addresses=f"{MARKER}@example.com"),
        IncidentFactory.create(company=company),
        PrivacySettingsFactory.create(company=company),
        HoldFactory.create(company=company, holder=MARKER),
        issue(company, name=MARKER, scopes=[Scope.MANAGE], by=None)[0],
    ]
    MappingProposalFactory.create(event_type__company=company, event_type__title=MARKER)
    for row in found[2:6]:
        type(row).objects.filter(pk=row.pk).update(name=f"{MARKER} {row.pk}")
    named = {f"{row._meta.app_label}/{row._meta.model_name}": row for row in found}
    return named | {"companies/user": named["companies/membership"].user, "drift": drift}


def filled(route: str, rows: Rows) -> str:
    """The route with a foreign row in it."""
    if route.startswith(API):
        model = RESOURCES.get(route.removeprefix(API).split("/")[0], "")
        route = route.replace(API, "api/v1/").removesuffix("$").replace(r"\.", ".")
    else:
        model = "/".join(route.split("/")[1:3])
    for part, fill in PARTS.items():
        if part in route:
            route = route.replace(part, fill(rows, model))
    assert not re.search(r"[<>^$]", route), f"say in PARTS what goes into {route}"
    return f"/{route}"


def posted(rows: Rows) -> dict[str, Any]:
    """What fits into any form: whoever is let in would change something by it."""
    row = rows["appointments/appointment"]
    form = {"_form_submitted": "True", "version": row.version, "reason": "x", "side": "theirs", "post": "yes"}
    return form | {"day": "2026-12-09", "clock": "10:30", "absent": [one.pk for one in row.attendees.all()]}


def asked(rows: Rows, address: str) -> dict[str, Any]:
    """The same for whoever speaks JSON."""
    row = rows["appointments/appointment"]
    if address.startswith("/api/v1/appointments/"):
        return {"version": row.version, "reason": "x"}
    return {"company": "of-others", "appointment": str(row.uuid), "drift": rows["drift"].pk, "resolution": "accept"}


def state_of(company: Company) -> dict[str, Any]:
    """All that there is of a company."""
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    found: dict[str, Any] = {
        model._meta.label: list(model._base_manager.filter(company=company).order_by("pk").values()) for model in models
    }
    found["incidents"] = list(Incident.objects.filter(company=company).order_by("pk").values())
    return found | {"company": Company.objects.filter(pk=company.pk).values().get()}


def tried(client: Client, route: str, rows: Rows) -> list[Any]:
    """The answers to looking at it and to posting there."""
    address = filled(route, rows)
    if address.startswith("/api/"):
        body, named = asked(rows, address), f"{address}?company=of-others"
        posts = [client.post(where, body, content_type="application/json") for where in (address, named)]
        return [client.get(address), client.get(named), *posts, client.delete(named)]
    return [client.get(address, {"company": rows["companies/company"].pk}), client.post(address, posted(rows))]


@pytest.mark.parametrize("route", all_routes())
@pytest.mark.parametrize("who", ["passer-by", "another company's"])
def test_strangers_neither_see_nor_change_anything(rows: Rows, log_in: LogIn, route: str, who: str) -> None:
    company = rows["companies/company"]
    before = state_of(company)
    client = Client() if who == "passer-by" else log_in(MembershipFactory.create().user)
    for answer in tried(client, route, rows):
        assert answer.status_code != 500
        assert MARKER.lower() not in answer.text.lower()
        if "object_id" in route or (route.startswith(API) and "(?P<" in route):
            assert answer.status_code in CLOSED
    assert state_of(company) == before


@pytest.mark.parametrize("route", all_routes())
def test_auditors_change_nothing(rows: Rows, log_in: LogIn, route: str) -> None:
    company = rows["companies/company"]
    client = log_in(MembershipFactory.create(company=company, role=Membership.Role.AUDITOR).user)
    before = state_of(company)
    assert all(answer.status_code != 500 for answer in tried(client, route, rows))
    assert state_of(company) == before


@pytest.mark.parametrize(("model", "action"), ACTIONS)
@pytest.mark.parametrize("who", ["auditor", "another company's"])
def test_actions_of_the_lists_neither(rows: Rows, log_in: LogIn, model: str, action: str, who: str) -> None:
    company = rows["companies/company"]
    member = MembershipFactory.create(company=company, role=who) if who == "auditor" else MembershipFactory.create()
    before = state_of(company)
    values = posted(rows) | {"action": action, "_selected_action": [rows[model].pk], "sure": "yes"}
    assert log_in(member.user).post(f"/admin/{model}/", values).status_code != 500
    assert state_of(company) == before


def test_those_addresses_do_change_something_for_those_who_may(rows: Rows, log_in: LogIn) -> None:
    """Else all of the above would prove nothing."""
    company = rows["companies/company"]
    client = log_in(MembershipFactory.create(company=company).user)
    tried(client, "admin/appointments/appointment/<path:object_id>/conflict/", rows)
    assert not Push.objects.filter(state=Push.State.CONFLICT).exists()
    tried(client, "admin/companies/branch/<path:object_id>/change/", rows)
    before = state_of(company)
    tried(client, "admin/companies/company/<path:object_id>/renew_address/", rows)
    assert state_of(company) != before


@pytest.mark.parametrize(
    "route", ["appointments/(?P<uuid>[0-9a-fA-F-]{36})/cancel/$", "holds/(?P<uuid>[0-9a-fA-F-]{36})/$"]
)
def test_and_so_do_those_of_the_api(rows: Rows, log_in: LogIn, route: str) -> None:
    company = rows["companies/company"]
    before = state_of(company)
    tried(log_in(MembershipFactory.create(company=company).user), API + route, rows)
    assert state_of(company) != before
