"""A salon with appointments of which only the payload is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from appointments.models import Appointment
from calcom.payloads import Extraction, Wish, extract
from companies.models import Company
from tests.deliveries.bodies import created
from tests.deliveries.cast import GUEST, LENA, Booking
from tests.factories import CompanyFactory
from tests.portal.factories import AppointmentFactory

NINE = datetime(2026, 12, 8, 9, tzinfo=UTC)
CUT1 = Booking("cut1", 11, people=(LENA, GUEST))
BODY: dict[str, Any] = created(CUT1, "09:00", metadata={"shop": "7"})["payload"]

Stored = Callable[..., Appointment]
Extract = Callable[..., Extraction]


@pytest.fixture
def salon(db: None) -> Iterator[Company]:
    cache.clear()
    yield CompanyFactory.create()
    cache.clear()


@pytest.fixture
def stored(salon: Company) -> Stored:
    """Makes an appointment with this payload, and nothing taken out of it yet."""

    def make(payload: Any = BODY, **more: Any) -> Appointment:
        values = {"company": salon, "calcom_booking_uid": "cut1", "starts_at": NINE, "customer": None}
        return AppointmentFactory.create(payload=payload, **(values | {"ends_at": NINE + timedelta(minutes=30)} | more))

    return make


@pytest.fixture
def run(salon: Company) -> Extract:
    """Extracts the salon's payloads."""

    def now(*, overwrite: bool = False, changed_too: bool = False, **more: Any) -> Extraction:
        return extract(salon, wish=Wish(is_overwriting=overwrite, changed_too=changed_too), **more)

    return now
