"""Twenty clients want the last free time, each with a connection of its own: one gets it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from appointments.availability import Available, Query, Unavailable, alternatives, check, week
from appointments.backends import AttendeeSnapshot, Offer
from appointments.booking import book, extend, hold, release
from appointments.errors import BookingError, SlotTaken
from appointments.models import Appointment, Hold, StaffTime
from tests.appointments.booking.test_races import at_once
from tests.appointments.conftest import DESK, EVENT_TYPE, NINE
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)

TWENTY = 20


@pytest.fixture
def query(salon, cut, staff, server):
    server.free[EVENT_TYPE, 30] = (NINE, NINE + timedelta(hours=1))
    return Query(company=salon, service=cut, staff=staff)


def customer(number: int) -> AttendeeSnapshot:
    return AttendeeSnapshot(name=f"P{number}", email=f"p{number}@example.com")


def test_twenty_clients_check_hold_and_book_the_last_time_and_one_gets_it(query, order, salon, cut, staff):
    def client(number: int) -> object:
        verdict = check(query, NINE, fresh=True)
        if not isinstance(verdict, Available):
            return verdict
        held = hold(salon, service=cut, staff=staff, starts_at=NINE, actor=DESK) if number % 2 else None
        return order(hold=held, attendees=[customer(number)])

    outcomes = at_once(client, TWENTY)
    assert sum(isinstance(one, Appointment) for one in outcomes) == 1
    assert sum(isinstance(one, (SlotTaken, Unavailable)) for one in outcomes) == TWENTY - 1
    assert (Appointment.objects.count(), StaffTime.objects.count(), Hold.objects.count()) == (1, 1, 0)
    assert [one.slot.starts_at for one in alternatives(query, NINE).alternatives] == [NINE + timedelta(hours=1)]


def test_twenty_clients_book_with_one_hold_and_one_gets_it(query, salon, cut, staff):
    held = hold(salon, service=cut, staff=staff, starts_at=NINE, actor=DESK)
    outcomes = at_once(
        lambda number: book(salon, service=cut, starts_at=NINE, attendees=[customer(number)], actor=DESK, hold=held),
        TWENTY,
    )
    assert sum(isinstance(one, Appointment) for one in outcomes) == 1
    assert sum(isinstance(one, SlotTaken) for one in outcomes) == TWENTY - 1


def test_a_hold_that_ends_in_the_race_is_somebodys_or_nobodys(query, salon, cut, staff):
    held = hold(salon, service=cut, staff=staff, starts_at=NINE, actor=DESK)

    def client(number: int) -> object:
        if number == 0:
            return release(held, actor=DESK)
        if number == 1:
            return extend(held, actor=DESK)
        who = {"staff": staff, "attendees": [customer(number)], "actor": DESK}
        return book(salon, service=cut, starts_at=NINE, hold=held, **who)

    outcomes = at_once(client, 8)
    assert all(one is None or isinstance(one, (Appointment, Hold, BookingError)) for one in outcomes)
    assert sum(isinstance(one, Appointment) for one in outcomes) == 1
    assert not Hold.objects.exists()


def test_eight_people_are_asked_about_at_the_same_moment(salon, cut, server):
    """Each answer waits for all eight questions: one after the other they would never come."""
    everybody, opened = threading.Barrier(8, timeout=30), []
    for number in range(8):
        cut.staff.add(person := StaffFactory.create(company=salon))
        server.offers[cut.pk, person.pk] = Offer(event_type_id=100 + number)
        server.free[100 + number, None] = (NINE,)

    def wait() -> None:
        everybody.wait()
        opened.append(connection.connection)

    server.meanwhile = wait
    grid = week(Query(company=salon, service=cut), NINE.date())
    verdict = grid.days[1].cells[0].verdict
    assert isinstance(verdict, Available)
    assert len(verdict.slot.staff_ids) == 8
    assert opened == [None] * 8
