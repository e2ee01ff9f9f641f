"""Each use case, tried by the owner of another company and by somebody who belongs to none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from appointments import booking
from appointments.booking import Actor
from appointments.booking.actor import NotYours
from appointments.errors import BookingError
from appointments.models import Appointment, Attendee, Hold, Service
from appointments.models.history import Side
from companies.models import Branch, Staff
from tests.appointments.conftest import ADA, NINE
from tests.factories import UserFactory
from tests.tenancy.conftest import all_of

NO_USE_CASES = {"Action", "Actor", "possible", "weekly"}
TEN = NINE + timedelta(hours=1)

Try = Callable[[Appointment, Actor], Any]


def first(row: Appointment) -> Attendee:
    attendee = row.attendees.first()
    assert attendee is not None
    return attendee


def wanted(row: Appointment, actor: Actor) -> dict[str, Any]:
    return {"service": row.service, "staff": row.staff, "attendees": [ADA], "actor": actor}


def service_of(row: Appointment) -> Service:
    assert row.service is not None
    return row.service


def staff_of(row: Appointment) -> Staff:
    assert row.staff is not None
    return row.staff


def held(row: Appointment) -> Hold:
    return Hold(company=row.company, service=row.service, staff=row.staff, starts_at=TEN)


TRIES: dict[str, Try] = {
    "book": lambda row, actor: booking.book(row.company, starts_at=TEN, **wanted(row, actor)),
    "book_again": lambda row, actor: booking.book_again(row, actor=actor),
    "book_series": lambda row, actor: booking.book_series(row.company, dates=[TEN], **wanted(row, actor)),
    "cancel": lambda row, actor: booking.cancel(row, reason="x", actor=actor),
    "cancel_following": lambda row, actor: booking.cancel_following(row, reason="x", actor=actor),
    "cancel_seat": lambda row, actor: booking.cancel_seat(row, attendee=first(row), reason="x", actor=actor),
    "cancel_series": lambda row, actor: booking.cancel_series(row, reason="x", actor=actor),
    "complete": lambda row, actor: booking.complete(row, actor=actor),
    "confirm": lambda row, actor: booking.confirm(row, actor=actor),
    "decline": lambda row, actor: booking.decline(row, reason="x", actor=actor),
    "extend": lambda row, actor: booking.extend(held(row), actor=actor),
    "hold": lambda row, actor: booking.hold(
        row.company, service=service_of(row), staff=staff_of(row), starts_at=TEN, actor=actor
    ),
    "keep_ours": lambda row, actor: booking.keep_ours(row, actor=actor),
    "mark_no_show": lambda row, actor: booking.mark_no_show(row, actor=actor),
    "release": lambda row, actor: booking.release(held(row), actor=actor),
    "reschedule": lambda row, actor: booking.reschedule(row, starts_at=TEN, actor=actor),
    "reschedule_following": lambda row, actor: booking.reschedule_following(row, starts_at=TEN, actor=actor),
    "send_again": lambda row, actor: booking.send_again(row, actor=actor),
    "take_theirs": lambda row, actor: booking.take_theirs(row, actor=actor),
}


@pytest.fixture
def theirs(booked):
    """An appointment of a series: so that nothing is refused for another reason first."""
    booked.series_id = booked.uuid
    booked.save()
    return booked


def test_every_use_case_is_tried():
    assert set(booking.__all__) - NO_USE_CASES == TRIES.keys()


@pytest.mark.parametrize("name", TRIES)
@pytest.mark.parametrize("is_owner_elsewhere", [True, False])
def test_a_stranger_is_refused_and_changes_nothing(theirs, salon, stranger, name, is_owner_elsewhere):
    before = all_of(salon)
    user = stranger if is_owner_elsewhere else UserFactory.create()
    with pytest.raises(NotYours, match="belongs to another company"):
        TRIES[name](theirs, Actor(side=Side.PORTAL, user=user))
    assert all_of(salon) == before


@pytest.mark.parametrize("name", ["service", "staff", "branch", "customer"])
def test_nothing_of_another_company_goes_into_an_own_booking(theirs, elsewhere, stranger, salon, name):
    before = all_of(salon)
    foreign = {
        "service": theirs.service,
        "staff": theirs.staff,
        "customer": theirs.customer,
        "branch": Branch.objects.get(),
    }
    own = {"service": Service.objects.create(company=elsewhere, name="Own", duration_min=30), "attendees": [ADA]}
    actor = Actor(side=Side.PORTAL, user=stranger)
    with pytest.raises(BookingError, match="This company has no such"):
        booking.book(elsewhere, starts_at=TEN, actor=actor, **(own | {name: foreign[name]}))
    assert all_of(salon) == before
    assert not Appointment.objects.filter(company=elsewhere).exists()
