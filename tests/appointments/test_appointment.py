"""What an appointment says of itself, and what the database demands of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from appointments.models import Appointment, Attendee
from tests.appointments.conftest import NINE


@pytest.fixture
def make(salon):
    def appointment(**values: object) -> Appointment:
        return Appointment.objects.create(
            **{
                "company": salon,
                "starts_at": NINE,
                "ends_at": NINE + timedelta(minutes=30),
                "status": "confirmed",
                "told_status": "confirmed",
                "source": "calcom",
                "sync_origin": "calcom",
                "sync_status": "synced",
            }
            | values
        )

    return appointment


def test_a_uid_is_there_once_in_a_company(make):
    make(calcom_booking_uid="b1")
    with pytest.raises(IntegrityError, match="appointment_booking_uid_once_per_company"):
        make(calcom_booking_uid="b1")


def test_many_appointments_may_have_no_uid(make):
    make()
    assert make().pk


def test_an_appointment_ends_after_it_starts(make):
    with pytest.raises(IntegrityError, match="appointment_ends_after_start"):
        make(ends_at=NINE)


def test_the_primary_attendee_is_the_first_who_still_attends(make, salon):
    row = make()
    for position, (name, state) in enumerate([("left", "gone"), ("here", "active"), ("also here", "active")]):
        Attendee.objects.create(company=salon, appointment=row, name=name, state=state, position=position)
    assert row.primary_attendee.name == "here"
    assert row.attendee_count == 2


def test_without_attendees_there_is_no_primary_one(make):
    assert make().primary_attendee is None


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("video", "integrations:daily", "video"),
        ("in_person", "Musterstr. 1", "in person: Musterstr. 1"),
        ("phone", "", "phone"),
        ("", "", "no location"),
    ],
)
def test_the_location_is_shown_in_words(make, kind, value, shown):
    assert make(location_type=kind, location_value=value).location_display == shown


def test_the_title_is_the_best_that_is_known(make):
    assert make(title="t", booked_service_name="Cut").booking_title == "Cut"
    assert make(title="t").booking_title == "t"


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        ({"name": {"value": "Ada"}, "notes": {"value": "hi"}}, False),
        ({"allergy": {"label": "Allergy?", "value": "latex"}}, True),
        ({"allergy": {"label": "Allergy?"}}, False),
        ({"allergy": {"value": ""}}, False),
        ({}, False),
    ],
)
def test_only_answers_to_the_companys_own_questions_are_custom(make, responses, expected):
    assert make(responses=responses).has_custom_responses is expected
