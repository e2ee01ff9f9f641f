"""An appointment of old times knows its booking by number only: news of that booking finds it, and makes no second."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appointments.inbound import apply_booking
from appointments.models import Appointment
from tests.appointments.conftest import NINE, booking
from tests.factories import CompanyFactory


@pytest.fixture
def old(salon, staff, cut):
    """What a dump brought: nine o'clock, number 1017, no uid."""
    return Appointment.objects.create(
        company=salon,
        starts_at=NINE,
        ends_at=NINE + timedelta(minutes=30),
        status="confirmed",
        told_status="confirmed",
        source="import",
        sync_status="not_applicable",
        calcom_booking_id=1017,
    )


def test_news_of_its_booking_gives_it_the_uid(old, salon, places):
    apply_booking(salon, booking(booking_id=1017), places=places)
    row = Appointment.objects.get()
    assert (row.pk, row.calcom_booking_uid, row.sync_status, row.source) == (old.pk, "b1", "synced", "import")


@pytest.mark.parametrize(
    "more",
    [{"starts_at": NINE + timedelta(hours=1)}, {"event_type_id": 2}, {"booking_id": 1018}],
    ids=["another time", "another event type", "another number"],
)
def test_a_booking_that_only_resembles_it_is_another_appointment(old, salon, places, more):
    Appointment.objects.update(calcom_event_type_id=1)
    apply_booking(salon, booking(**({"booking_id": 1017} | more)), places=places)
    assert Appointment.objects.count() == 2


def test_the_same_number_of_another_company_is_nothing(old, places):
    apply_booking(CompanyFactory.create(), booking(booking_id=1017), places=places)
    old.refresh_from_db()
    assert old.calcom_booking_uid == ""


def test_its_cancellation_is_taken_over(old, salon, places):
    apply_booking(salon, booking(booking_id=1017, status="cancelled"), places=places)
    assert Appointment.objects.get().status == "cancelled"
