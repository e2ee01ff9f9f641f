"""Time that gets free while somebody works with the appointment that was waiting for it: two real connections."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from appointments.booking import cancel, reschedule
from appointments.inbound import apply_booking
from appointments.models import Appointment, StaffTime
from tests.appointments.conftest import DESK, NINE, booking, send_all
from tests.appointments.meanwhile import while_it_is_open

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def double(booked, places) -> Appointment:
    """The backend has booked the stylist once more at nine."""
    with transaction.atomic():
        apply_booking(booked.company, booking("twice"), places=places)
    return Appointment.objects.get(is_double_booked=True)


def test_what_is_cancelled_in_the_same_moment_gets_no_time(booked, double):
    send_all(booked)
    while_it_is_open(lambda: cancel(double, reason="ill", actor=DESK), lambda: cancel(booked, reason="ill", actor=DESK))
    assert not StaffTime.objects.exists()


def test_what_is_moved_in_the_same_moment_gets_its_new_time(booked, double):
    noon = NINE + timedelta(hours=3)
    while_it_is_open(
        lambda: reschedule(double, starts_at=noon, actor=DESK), lambda: cancel(booked, reason="ill", actor=DESK)
    )
    (held,) = StaffTime.objects.all()
    assert (held.appointment_id, held.during.lower) == (double.pk, noon)
