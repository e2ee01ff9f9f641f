"""A salon whose backend has time when the test says so, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from appointments.availability import Query
from appointments.backends import Offer
from appointments.models import Absence, Service
from companies.models import Branch, Company, Staff
from tests.appointments.conftest import EVENT_TYPE, NINE
from tests.backends.memory import Server
from tests.factories import StaffFactory

Offered = Callable[..., None]


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """A time of 8 December 2026, a Tuesday, in UTC; Berlin's clocks show an hour more."""
    return NINE.replace(hour=hour, minute=minute) + timedelta(days=days)


@pytest.fixture
def query(salon: Company, cut: Service, staff: Staff, server: Server) -> Query:
    """A cut by the stylist."""
    return Query(company=salon, service=cut, staff=staff)


@pytest.fixture
def offered(server: Server) -> Offered:
    """Lets the backend have time, by default for half an hour by the stylist."""

    def offer(*times: datetime, event_type: int = EVENT_TYPE, length: int | None = 30) -> None:
        server.free[event_type, length] = times

    return offer


@pytest.fixture
def team(salon: Company, cut: Service, staff: Staff, server: Server) -> list[Staff]:
    """Three who perform the service, each with an event type: 71, 72, 73."""
    people = [staff, *(StaffFactory.create(company=salon, name=name) for name in ("Ben", "Cara"))]
    for number, person in enumerate(people):
        server.offers[cut.pk, person.pk] = Offer(event_type_id=EVENT_TYPE + number, lengths=(30, 60))
    return people


@pytest.fixture
def branch(staff: Staff) -> Branch:
    assert staff.home_branch is not None
    return staff.home_branch


@pytest.fixture
def massage(salon: Company) -> Service:
    return Service.objects.create(company=salon, name="Massage", duration_min=60, price=Decimal(80))


def away(who: Staff | Branch, starts_at: datetime, ends_at: datetime) -> Absence:
    column = "staff" if isinstance(who, Staff) else "branch"
    return Absence.objects.create(company=who.company, starts_at=starts_at, ends_at=ends_at, **{column: who})
