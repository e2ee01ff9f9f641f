"""What the API's benchmarks ask about: a company with a stylist whose weeks are free, and a key that may everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from appointments.models import Service
from bench.upstream import Upstream
from calcom.client import CalcomClient
from calcom.models import EventType, EventTypeMapping, HostMapping
from companies.keys import Scope, issue
from companies.models import Branch, Company, Staff

_TODAY = datetime.now(UTC).date()
MONDAY = _TODAY + timedelta(days=14 - _TODAY.weekday())
_HOURS = {day: ["08:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


@dataclass(frozen=True)
class World:
    """The company, and how to ask about it."""

    company: Company
    branch: Branch
    staff: Staff
    service: Service
    key: str

    @property
    def week(self) -> str:
        """The address of a week of the stylist."""
        return f"/api/v1/availability/week/?service={self.service.pk}&staff={self.staff.pk}&day={MONDAY}"


def found(base_url: str) -> World:
    """Make it all; nobody counts how often it is asked."""
    company = Company.objects.create(
        name="Bench API",
        slug="bench-api",
        calcom_api_key=Upstream.KEY,
        calcom_base_url=base_url,
        requests_per_minute=10_000_000,
    )
    branch = Branch.objects.create(company=company, name="Zentrale", hours=_HOURS)
    staff = Staff.objects.create(company=company, name="Stylist 1", home_branch=branch)
    service = Service.objects.create(company=company, name="Schnitt", duration_min=30, price="25.00")
    service.staff.add(staff)
    made = CalcomClient(company).create_event_type(title="Schnitt", slug="schnitt", lengthInMinutes=30)
    HostMapping.objects.create(company=company, calcom_user_id=1, staff=staff)
    event_type = EventType.objects.create(
        company=company, calcom_id=made.id, title="Schnitt", length_min=30, host_ids=[1]
    )
    EventTypeMapping.objects.create(company=company, event_type=event_type, service=service, branch=branch)
    _row, key = issue(company, name="Bench", scopes=[Scope.MANAGE], by=None, requests_per_minute=100_000)
    return World(company=company, branch=branch, staff=staff, service=service, key=key)
