"""A salon and a booking that its backend tells about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from appointments.backends import AttendeeSnapshot, BookingSnapshot, Offer, PlacedService, PlacedStaff, Placement
from appointments.booking import Actor, book
from appointments.inbound import apply_booking
from appointments.models import Appointment, Push, Service
from appointments.models.history import Side
from appointments.push import due, push
from companies.models import Branch, Company, Staff
from companies.transactions import transactional
from tests.backends.memory import MemoryBackend, Server, snapshot
from tests.factories import BranchFactory, CompanyFactory, StaffFactory

NINE = datetime(2026, 12, 8, 9, tzinfo=UTC)
TOLD = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADA = AttendeeSnapshot(name="Ada Kühn", email="ada@example.com", phone="+4930123456")


class OnePlace:
    """The backend's event types all mean this service, and its hosts this staff member."""

    def __init__(self, service: Service, branch: Branch, staff: Staff) -> None:
        self.placement = Placement(
            service=PlacedService(id=service.pk, name=service.name, price=service.price, currency="EUR"),
            branch_id=branch.pk,
            staff=PlacedStaff(id=staff.pk, name=staff.name),
        )

    def place(self, *, event_type_id: int | None, host_id: int | None) -> Placement:
        return self.placement


@pytest.fixture
def salon(db: None) -> Company:
    return CompanyFactory.create()


@pytest.fixture
def staff(salon: Company) -> Staff:
    return StaffFactory.create(company=salon, name="Stylist One", home_branch=BranchFactory.create(company=salon))


@pytest.fixture
def cut(salon: Company) -> Service:
    return Service.objects.create(company=salon, name="Cut", duration_min=30, buffer_after_min=15, price=Decimal(45))


@pytest.fixture
def places(cut: Service, staff: Staff) -> OnePlace:
    return OnePlace(cut, Branch.objects.get(), staff)


def booking(
    uid: str = "b1", *, starts_at: datetime = NINE, told_at: datetime | None = TOLD, **more: object
) -> BookingSnapshot:
    """A confirmed booking of half an hour, told of on 20 November at noon."""
    values: dict[str, object] = {
        "uid": uid,
        "status": "confirmed",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
        "as_of": told_at,
        "event_type_id": 1,
        "is_seated": False,
        "attendees": (ADA,),
    }
    return BookingSnapshot(**(values | more))  # type: ignore[arg-type]  # built from keyword arguments of many types


EVENT_TYPE = 71
DESK = Actor(side=Side.PORTAL, name="Mara")
Clock = time_machine.Traveller
Booked = Callable[..., Appointment]


@pytest.fixture
def clock() -> Iterator[Clock]:
    """It is 20 November 2026, noon, and time goes on; shift() lets more of it pass."""
    with time_machine.travel(TOLD, tick=True) as traveller:
        yield traveller


@pytest.fixture
def server(salon: Company, staff: Staff, cut: Service, clock: Clock, settings: Settings) -> Iterator[Server]:
    """The salon's booking backend, in memory; it offers the cut, by the stylist."""
    settings.BOOKING_BACKEND = "tests.backends.memory.MemoryBackend"
    salon.calcom_api_key = "a key"
    salon.save()
    server = MemoryBackend.servers[salon.pk]
    server.company_id, server.is_test_inside = salon.pk, connection.in_atomic_block
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=EVENT_TYPE, lengths=(30, 60))
    yield server
    del MemoryBackend.servers[salon.pk]


@pytest.fixture
def order(salon: Company, cut: Service, staff: Staff, server: Server) -> Booked:
    """Books a cut at nine by the stylist for Ada, or what the arguments say."""

    def ordered(**more: object) -> Appointment:
        values = {"service": cut, "staff": staff, "starts_at": NINE, "attendees": [ADA], "actor": DESK}
        return book(salon, **(values | more))  # type: ignore[arg-type]  # built from keyword arguments of many types

    return ordered


def send_all(appointment: Appointment) -> None:
    """Push until nothing of the appointment is due any more."""
    while due := Push.objects.filter(
        appointment__company=appointment.company, state__in=["pending", "unclear"], next_at__lte=timezone.now()
    ).first():
        push(due.pk)


def send_due() -> None:
    """Push what can go out now; what waits behind something unclear cannot."""
    while ids := due():
        push(ids[0])


@pytest.fixture
def booked(order: Booked) -> Appointment:
    """An appointment that both sides have."""
    row = order()
    send_all(row)
    row.refresh_from_db()
    return row


@transactional
def tell(server: Server, uid: str, **more: Any) -> None:
    """The backend's webhook about a booking arrives."""
    company = Company.objects.get(pk=server.company_id)
    apply_booking(company, snapshot(server.bookings[uid], **more), places=MemoryBackend(company).places)
