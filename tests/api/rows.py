"""A row of each resource, for tests that walk all addresses. A resource that is new is added here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from appointments.models import Hold
from companies.models import Company
from tests.factories import BranchFactory, StaffFactory
from tests.portal.factories import (
    AppointmentFactory,
    CustomerFactory,
    DeliveryFactory,
    EventTypeFactory,
    ServiceFactory,
)

Row = Callable[[Company], Any]


def _hold(company: Company) -> Any:
    starts_at = timezone.now() + timedelta(days=1)
    row = Hold.objects.create(
        company=company,
        service=ServiceFactory.create(company=company),
        staff=StaffFactory.create(company=company),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=45),
        length_min=45,
        expires_at=timezone.now() + timedelta(minutes=5),
        holder="key:somebody",
    )
    return row.uuid


ROWS: dict[str, Row] = {
    "branches": lambda company: BranchFactory.create(company=company).pk,
    "staff": lambda company: StaffFactory.create(company=company).pk,
    "event-types": lambda company: EventTypeFactory.create(company=company).pk,
    "services": lambda company: ServiceFactory.create(company=company).pk,
    "customers": lambda company: CustomerFactory.create(company=company).pk,
    "appointments": lambda company: AppointmentFactory.create(company=company).uuid,
    "holds": _hold,
    "deliveries": lambda company: DeliveryFactory.create(company=company).delivery_id,
}
