"""A salon with two stylists whose Cal.com is in memory, and whoever calls its API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from pytest_django import Settings

from appointments.backends import Offer
from appointments.models import Appointment, Customer, Service
from companies.models import Branch, Company, Scope, Staff
from tests.api.conftest import Calling
from tests.backends.memory import MemoryBackend, Server
from tests.factories import BranchFactory, StaffFactory

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NINE = datetime(2026, 12, 8, 9, tzinfo=UTC)
ADA = {"name": "Ada Kühn", "email": "ada@example.com", "phone": "+49 30 123456"}
ANNA_TYPE, BEN_TYPE = 71, 72


@dataclass
class Api:
    """Calls of /api/v1/ with JSON."""

    client: Client

    def get(self, address: str, **params: Any) -> Any:
        return self.client.get(f"/api/v1/{address}", params)

    def post(self, address: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        told = {} if body is None else body
        return self.client.post(f"/api/v1/{address}", told, content_type="application/json", headers=named)

    def delete(self, address: str) -> Any:
        return self.client.delete(f"/api/v1/{address}")

    def book(self, **more: Any) -> Any:
        return self.post("appointments/", more)


@dataclass(kw_only=True)
class Salon:
    """All there is."""

    company: Company
    branch: Branch
    anna: Staff
    ben: Staff
    cut: Service
    server: Server

    def order(self, **more: Any) -> dict[str, Any]:
        """A body that books a cut by Anna at nine for Ada, or what the arguments say; None leaves something out."""
        told = {
            "service": self.cut.pk,
            "staff": self.anna.pk,
            "starts_at": NINE.isoformat(),
            "attendees": [ADA],
        } | more
        return {name: value for name, value in told.items() if value is not None}


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """A time of 8 December 2026, a Tuesday, in UTC; Berlin's clocks show an hour more."""
    return NINE.replace(hour=hour, minute=minute) + timedelta(days=days)


def free_times() -> tuple[datetime, ...]:
    """Every half hour from eight to four, UTC, on five weeks of weekdays."""
    days = [day for day in range(-8, 40) if at(0, days=day).weekday() < 5]
    return tuple(at(8, days=day) + timedelta(minutes=30 * number) for day in days for number in range(16))


def furnished(company: Company) -> Salon:
    """The salon, its server in memory."""
    company.calcom_api_key = "a key"
    company.save()
    branch = BranchFactory.create(company=company, name="Mitte")
    anna, ben = (StaffFactory.create(company=company, name=name, home_branch=branch) for name in ("Anna", "Ben"))
    cut = Service.objects.create(company=company, name="Cut", duration_min=30, price=Decimal(45))
    server = MemoryBackend.servers[company.pk]
    server.company_id, server.is_test_inside = company.pk, connection.in_atomic_block
    for staff, event_type in ((anna, ANNA_TYPE), (ben, BEN_TYPE)):
        server.offers[cut.pk, staff.pk] = Offer(event_type_id=event_type, lengths=(30,))
        server.free[event_type, None] = free_times()
    return Salon(company=company, branch=branch, anna=anna, ben=ben, cut=cut, server=server)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """It is 20 November 2026, noon, and time goes on."""
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def salon(company: Company, clock: time_machine.Traveller, settings: Settings) -> Iterator[Salon]:
    settings.BOOKING_BACKEND = "tests.backends.memory.MemoryBackend"
    yield furnished(company)
    del MemoryBackend.servers[company.pk]


@pytest.fixture
def api(salon: Salon, calling: Calling) -> Api:
    """Whoever may everything."""
    return Api(calling(Scope.MANAGE))


@pytest.fixture
def booked(salon: Salon, api: Api) -> Appointment:
    """A cut at nine by Anna for Ada."""
    answer = api.post("appointments/", salon.order())
    assert answer.status_code == 201, answer.content
    return Appointment.objects.get(uuid=answer.json()["id"])


@pytest.fixture
def ada(salon: Salon) -> Customer:
    return Customer.objects.create(company=salon.company, name="Ada Kühn", email="ada@example.com")


def problem(answer: Any) -> tuple[int, str]:
    """The status, and what kind of problem."""
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def fields(answer: Any) -> set[str]:
    """Which fields are refused; each with a sentence."""
    errors = answer.json()["errors"]
    assert all(error["message"] and error["code"] for error in errors)
    return {error["field"] for error in errors}
