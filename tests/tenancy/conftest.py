"""A company whose things others try to get at, and an owner of another company who tries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from appointments.models import Appointment, AppointmentChange, Attendee, Hold, Push
from companies.models import Company, User
from tests.appointments.conftest import booked, clock, cut, order, salon, server, staff
from tests.factories import MembershipFactory
from webhooks import authentication, tasks

__all__ = ["booked", "clock", "cut", "order", "salon", "server", "staff"]

Seen = Callable[[], list[Any]]


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    """Each test is a new process on an empty cache."""
    authentication._addresses.clear()
    authentication._kept.version_until = 0.0
    tasks._wakes.quiet_until = 0.0
    cache.clear()


@pytest.fixture
def stranger(db: None) -> User:
    """The owner of another company."""
    return MembershipFactory.create().user


@pytest.fixture
def elsewhere(stranger: User) -> Company:
    """The stranger's company, with a webhook secret of its own."""
    company = Company.objects.get(memberships__user=stranger)
    company.webhook_secret = "whsec-elsewhere"
    company.save()
    return company


def all_of(company: Company) -> list[Any]:
    """Everything that the company's appointment book says."""
    tables = (Appointment, Attendee, AppointmentChange, Push, Hold)
    return [list(table.objects.filter(company=company).order_by("pk").values()) for table in tables]
