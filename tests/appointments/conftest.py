"""A salon and a booking that its backend tells about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from appointments.backends import AttendeeSnapshot, BookingSnapshot, PlacedService, PlacedStaff, Placement
from appointments.models import Service
from companies.models import Branch, Company, Staff
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
