"""What is booked in the portal stands at Cal.com, and what both sides have changed is decided on one page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from appointments.models import Appointment
from appointments.models.appointment import SyncStatus
from appointments.push import due, push
from calcom.models import HostMapping
from calcom.sandbox import page
from calcom.sandbox.server import RunningSandbox
from companies.models import Company
from tests.calcom.sync.account import OLGA, Account
from tests.factories import BranchFactory, StaffFactory
from tests.portal.desk import LIST, NOON, TEN, in_conflict
from tests.portal.factories import EventTypeFactory, EventTypeMappingFactory, ServiceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

IN_TEN_DAYS = timezone.now() + timedelta(days=10)
WEEKDAY = IN_TEN_DAYS + timedelta(days=2 if IN_TEN_DAYS.weekday() > 4 else 0)


@pytest.fixture
def offered(connected: Company, cal: RunningSandbox) -> None:
    """A cut by Olga, which Cal.com offers as well."""
    page.install()
    Account(cal).offer("Cut", 45, id=4711)
    branch = BranchFactory.create(company=connected, time_zone="UTC")
    olga = StaffFactory.create(company=connected, name="Olga", home_branch=branch)
    HostMapping.objects.create(company=connected, calcom_user_id=OLGA, staff=olga)
    event_type = EventTypeFactory.create(company=connected, calcom_id=4711, length_min=45, host_ids=[OLGA])
    service = ServiceFactory.create(company=connected, name="Cut")
    EventTypeMappingFactory.create(company=connected, event_type=event_type, service=service, branch=branch, staff=olga)


def test_what_is_booked_here_stands_there(logged_in: Page, offered: None, cal: RunningSandbox) -> None:
    logged_in.get_by_role("link", name="New appointment").click()
    logged_in.get_by_label("Service").select_option(label="Cut")
    logged_in.get_by_label("Staff member").select_option(label="Olga")
    logged_in.get_by_label("Day").fill(f"{WEEKDAY:%Y-%m-%d}")
    logged_in.get_by_label("Time").fill("10:30")
    logged_in.get_by_label("Name").fill("Ada Kühn")
    logged_in.get_by_label("E-mail address").fill("ada@example.com")
    logged_in.get_by_role("button", name="Book").click()
    expect(logged_in.locator("body")).to_contain_text("The appointment was booked.")
    for number in due():
        push(number)
    logged_in.reload()
    expect(logged_in.locator("#general-group")).to_contain_text("synchronised")
    logged_in.goto(cal.url.removesuffix("/v2"))
    expect(logged_in.locator("main")).to_contain_text("Ada Kühn")


@pytest.fixture
def both_versions(logged_in: Page, company: Company) -> Page:
    """The conflict page, reached by the list of what waits for a decision."""
    in_conflict(company)
    logged_in.get_by_role("link", name="To decide").click()
    logged_in.get_by_role("link", name="Compare both versions").click()
    expect(logged_in.locator("#versions")).to_contain_text("Tue 8 Dec 2026, 13:00")
    return logged_in


@pytest.mark.parametrize(
    ("button", "told", "starts_at", "sync_status"),
    [
        ("Keep ours, and send it", "Ours counts, and is being sent.", TEN, SyncStatus.PENDING),
        ("Take over what Cal.com says", "What Cal.com says was taken over.", NOON, SyncStatus.SYNCED),
    ],
)
def test_a_conflict_is_decided(
    both_versions: Page, button: str, told: str, starts_at: object, sync_status: str
) -> None:
    row = Appointment.objects.get()
    both_versions.get_by_role("button", name=button).click()
    expect(both_versions.locator("body")).to_contain_text(told)
    row.refresh_from_db()
    assert (row.starts_at, row.sync_status) == (starts_at, sync_status)
    both_versions.goto(f"{LIST}?attention=decide")
    expect(both_versions.locator("#empty-sentence")).to_be_visible()
