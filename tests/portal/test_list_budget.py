"""Every list of the portal asks the database as often for forty rows as for ten."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calcom.models import CalcomSettings, EventType
from companies.keys import Scope, issue
from companies.models import AlertSettings, Company, Membership, User
from tests.conftest import LogIn
from tests.factories import (
    BranchFactory,
    CompanyFactory,
    MembershipFactory,
    OperatorFactory,
    StaffFactory,
    UserFactory,
)
from tests.portal.factories import (
    AbsenceFactory,
    AttendeeFactory,
    CustomerFactory,
    DeliveryFactory,
    DriftFactory,
    EventTypeMappingFactory,
    HostMappingFactory,
    IncidentFactory,
    MappingProposalFactory,
    PrivacySettingsFactory,
    ServiceFactory,
    SyncRunFactory,
)

Make = Callable[[Company], Any]


def full_event_type(company: Company) -> None:
    """Taking turns: one that differs, and one for which something is proposed."""
    if EventType.objects.count() % 4 < 2:
        DriftFactory.create(mapping__company=company)
    else:
        MappingProposalFactory.create(event_type__company=company)


MAKERS: dict[str, Make] = {
    "appointments.Absence": lambda company: AbsenceFactory.create(company=company),
    "appointments.Appointment": lambda company: AttendeeFactory.create(appointment__company=company),
    "appointments.Customer": lambda company: CustomerFactory.create(company=company),
    "appointments.Service": lambda company: ServiceFactory.create(company=company),
    "calcom.CalcomSettings": lambda company: CalcomSettings.objects.get_or_create(company=company),
    "calcom.EventType": full_event_type,
    "calcom.EventTypeMapping": lambda company: EventTypeMappingFactory.create(company=company),
    "calcom.HostMapping": lambda company: HostMappingFactory.create(company=company),
    "calcom.SyncRun": lambda company: SyncRunFactory.create(company=company),
    "companies.AlertSettings": lambda company: AlertSettings.objects.get_or_create(company=company),
    "companies.ApiKey": lambda company: issue(
        company, name="Agent", scopes=[Scope.READ], by=MembershipFactory.create(company=company).user
    ),
    "companies.Branch": lambda company: BranchFactory.create(company=company),
    "companies.Company": lambda company: CompanyFactory.create(),
    "companies.Incident": lambda company: IncidentFactory.create(company=company, ended_at=timezone.now()),
    "companies.Membership": lambda company: MembershipFactory.create(company=company),
    "companies.PrivacySettings": lambda company: PrivacySettingsFactory.create(),  # one for each company
    "companies.Staff": lambda company: StaffFactory.create(
        company=company, home_branch=BranchFactory.create(company=company)
    ),
    "companies.User": lambda company: UserFactory.create(),
    "webhooks.WebhookEvent": lambda company: DeliveryFactory.create(company=company),
}
LISTS = sorted(model._meta.label for model in admin.site._registry)
CASES = [(who, label) for who in ("operator", "owner of two") for label in LISTS]
CASES.remove(("owner of two", "companies.User"))  # that list is the operators'


def queries(client: Client, label: str) -> int:
    address = f"/admin/{label.lower().replace('.', '/')}/"
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(asked)


def reader(who: str, companies: list[Company]) -> User:
    if who == "operator":
        return OperatorFactory.create()
    user = UserFactory.create()
    for company in companies:
        MembershipFactory.create(company=company, user=user, role=Membership.Role.OWNER)
    return user


@pytest.mark.parametrize(("who", "label"), CASES)
def test_forty_rows_take_no_more_queries_than_ten(log_in: LogIn, who: str, label: str) -> None:
    companies = CompanyFactory.create_batch(2, webhook_secret="s", calcom_api_key="k")
    client = log_in(reader(who, companies))
    for number in range(10):
        MAKERS[label](companies[number % 2])
    few = queries(client, label)
    for number in range(30):
        MAKERS[label](companies[number % 2])
    assert queries(client, label) == few


@pytest.mark.parametrize("label", ["companies.Staff", "appointments.Customer", "webhooks.WebhookEvent"])
def test_a_list_reads_no_secret(log_in: LogIn, label: str) -> None:
    companies = CompanyFactory.create_batch(2)
    client = log_in(reader("owner of two", companies))
    MAKERS[label](companies[0])
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/admin/{label.lower().replace('.', '/')}/")
    assert not [query["sql"] for query in asked if "webhook_secret" in query["sql"]]
