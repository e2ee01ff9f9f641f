"""A row of each resource, for tests that walk all addresses. A resource that is new is added here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from companies.models import Company
from tests.factories import BranchFactory, StaffFactory
from tests.portal.factories import DeliveryFactory, EventTypeFactory

Row = Callable[[Company], Any]

ROWS: dict[str, Row] = {
    "branches": lambda company: BranchFactory.create(company=company).pk,
    "staff": lambda company: StaffFactory.create(company=company).pk,
    "event-types": lambda company: EventTypeFactory.create(company=company).pk,
    "deliveries": lambda company: DeliveryFactory.create(company=company).delivery_id,
}
