"""The two days on which the clocks change: a day has 23 or 25 hours, and an appointment its own length."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from appointments.admin.when import Period, bounds
from companies.models import Company
from tests.portal.factories import AppointmentFactory

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = datetime(2027, 3, 28, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (datetime(2026, 12, 8, tzinfo=UTC), 24)])
def test_today_is_as_long_as_the_day_is(day: datetime, hours: int) -> None:
    with time_machine.travel(day + timedelta(hours=10), tick=False):
        start, end = bounds(Period.TODAY, BERLIN)
    assert start is not None
    assert end is not None
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("starts_at", "shown"),
    [
        (SPRING + timedelta(minutes=30), "01:30"),  # ends at 03:30, an hour later
        (AUTUMN + timedelta(minutes=30), "02:30"),  # ends at 02:30, an hour later
        (AUTUMN + timedelta(minutes=90), "02:30"),
    ],
)
def test_an_appointment_over_the_change_keeps_its_length(
    owner: Client, company: Company, starts_at: datetime, shown: str
) -> None:
    AppointmentFactory.create(company=company, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    page = owner.get(reverse("admin:appointments_appointment_changelist")).text
    assert shown in page
    assert "60 min" in page
