"""`/api/calcom/sync-status`: one company's, for whoever may know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from appointments.models.appointment import SyncStatus
from calcom.models import SyncRun
from companies.keys import Scope, issue
from companies.models import Company, Membership
from tests.api.conftest import client_with
from tests.conftest import LogIn
from tests.factories import CompanyFactory, MembershipFactory
from tests.portal.factories import AppointmentFactory, DeliveryFactory, EventTypeFactory, SyncRunFactory

STATUS = "/api/calcom/sync-status"
NOW = timezone.now()


@pytest.fixture
def caller(company: Company) -> Client:
    return client_with(issue(company, name="Monitoring", scopes=[Scope.READ], by=None)[1])


def run(company: Company, *, minutes: int, state: str = "done", kind: str = "bookings", error: str = "") -> SyncRun:
    at = NOW - timedelta(minutes=minutes)
    return SyncRunFactory.create(
        company=company, kind=kind, state=state, error=error, started_at=at, finished_at=at + timedelta(seconds=5)
    )


def told(caller: Client) -> dict[str, Any]:
    answer = caller.get(STATUS)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_a_company_that_has_nothing_yet(caller: Client):
    found = told(caller)
    assert (found["last_sync"], found["event_types_count"], found["pending_webhooks"]) == (None, 0, 0)
    assert found["sync_errors"] == []
    assert found["appointments"] == {status.value: 0 for status in SyncStatus}


def test_the_last_run_that_missed_nothing(caller: Client, company: Company):
    good = run(company, minutes=30, kind="event_types")
    run(company, minutes=40)
    run(company, minutes=5, state="failed", error="down")
    assert good.finished_at
    assert told(caller)["last_sync"] == good.finished_at.isoformat().replace("+00:00", "Z")


def test_what_went_wrong_the_last_time(caller: Client, company: Company):
    run(company, minutes=30, state="failed", kind="event_types", error="long over")
    run(company, minutes=20, kind="event_types")
    run(company, minutes=10)
    run(company, minutes=5, state="failed", error="HTTP 500 for ada@example.com, +49301234567")
    [error] = told(caller)["sync_errors"]
    assert (error["kind"], error["state"]) == ("bookings", "failed")
    assert error["error"].startswith("HTTP 500 for …")
    assert "1234567" not in error["error"]


def test_counts_of_what_waits(caller: Client, company: Company):
    for state in ("pending", "waiting", "done", "failed"):
        DeliveryFactory.create(company=company, state=state)
    EventTypeFactory.create_batch(2, company=company)
    found = told(caller)
    assert (found["pending_webhooks"], found["event_types_count"]) == (2, 2)


def test_appointments_by_how_they_stand(caller: Client, company: Company):
    for status, count in ((SyncStatus.SYNCED, 3), (SyncStatus.NEEDS_STAFF, 2), (SyncStatus.NOT_APPLICABLE, 1)):
        AppointmentFactory.create_batch(count, company=company, sync_status=status)
    found = told(caller)["appointments"]
    assert (found["synced"], found["needs_staff"], found["not_applicable"], found["conflict"]) == (3, 2, 1, 0)


def test_a_stranger_sees_nothing_of_it(caller: Client, company: Company):
    other = CompanyFactory.create()
    run(other, minutes=1, state="failed", error="theirs")
    DeliveryFactory.create(company=other, state="pending")
    EventTypeFactory.create(company=other)
    AppointmentFactory.create(company=other, sync_status=SyncStatus.CONFLICT)
    found = told(caller)
    assert (found["last_sync"], found["event_types_count"], found["pending_webhooks"]) == (None, 0, 0)
    assert (found["sync_errors"], sum(found["appointments"].values())) == ([], 0)


def test_roles_that_may_not_see_runs_may_not_see_this(log_in: LogIn, company: Company):
    staff = MembershipFactory.create(company=company, role=Membership.Role.STAFF).user
    auditor = MembershipFactory.create(company=company, role=Membership.Role.AUDITOR).user
    assert log_in(staff).get(STATUS).status_code == 403
    assert log_in(auditor).get(STATUS).status_code == 200
