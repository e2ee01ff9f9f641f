"""Anybody will do: whose turn it is, and who is asked about."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.availability import Available, Query, Reason, Unavailable, Unknown, check, kept, slots
from appointments.backends import BackendUnavailable, Offer
from appointments.booking import book, hold
from appointments.models import Appointment
from tests.appointments.availability.conftest import at
from tests.appointments.conftest import ADA, DESK, EVENT_TYPE, NINE
from tests.factories import BranchFactory, StaffFactory

A_DAY = (at(0), at(23))


@pytest.fixture
def anybody(salon, cut, team):
    return Query(company=salon, service=cut)


def turns(query: Query) -> list[tuple[int, ...]]:
    return [slot.staff_ids for slot in slots(query, *A_DAY).slots]


def test_all_who_are_free_are_named_and_whoever_has_least_to_do_is_first(anybody, offered, salon, cut, team):
    for number in range(3):
        offered(at(9), at(11), event_type=EVENT_TYPE + number)
    book(salon, service=cut, staff=team[0], starts_at=at(9), attendees=[ADA], actor=DESK)
    hold(salon, service=cut, staff=team[1], starts_at=at(9), actor=DESK)
    one, two, three = (person.pk for person in team)
    assert turns(anybody) == [(three,), (three, one, two)]


def test_the_preferred_one_comes_first(salon, cut, team, offered):
    for number in range(3):
        offered(at(9), event_type=EVENT_TYPE + number)
    query = Query(company=salon, service=cut, preferred=team[1])
    assert turns(query) == [(team[1].pk, team[0].pk, team[2].pk)]


def test_only_those_who_perform_it_come_into_question(anybody, offered, cut, team):
    cut.staff.set(team[1:2])
    offered(at(9))
    offered(at(10), event_type=EVENT_TYPE + 1)
    assert turns(anybody) == [(team[1].pk,)]


def test_nobody_performs_it(anybody, team, cut):
    for person in team:
        person.is_bookable = False
        person.save()
    told = slots(anybody, *A_DAY)
    assert told.refused is not None
    assert (told.refused.reason, told.refused.sentence) == (
        Reason.STAFF_CANNOT,
        "Nobody who can be booked performs “Cut”.",
    )


def test_those_of_another_branch_are_left_out(salon, cut, team, offered, branch):
    team[1].home_branch = BranchFactory.create(company=salon)
    team[1].save()
    for number in range(3):
        offered(at(9), event_type=EVENT_TYPE + number)
    assert turns(Query(company=salon, service=cut, branch=branch)) == [(team[0].pk, team[2].pk)]


def test_free_with_one_is_free_though_others_are_not_known(anybody, offered, server, team):
    server.away[EVENT_TYPE] = BackendUnavailable("gone")
    offered(at(9), event_type=EVENT_TYPE + 1)
    assert isinstance(check(anybody, at(9)), Available)
    verdict = check(anybody, at(10))
    assert verdict == Unknown(sentence="Whether Stylist One has time is not known: gone", staff_ids=(team[0].pk,))
    told = slots(anybody, *A_DAY)
    assert (len(told.slots), "Stylist One" in told.unknown) == (1, True)


def test_where_nobody_is_free_everybodys_reason_is_told(anybody, offered, salon, cut, team):
    offered(at(9))
    book(salon, service=cut, staff=team[0], starts_at=at(9), attendees=[ADA], actor=DESK)
    verdict = check(anybody, at(9))
    assert isinstance(verdict, Unavailable)
    assert verdict.sentence.startswith("Nobody is free then. Ben: The calendar has nothing free")
    assert "Stylist One: Stylist One has another appointment from 2026-12-08 10:00 to 10:30." in verdict.sentence


def test_what_is_booked_for_nobody_yet_is_somebodys(anybody, offered, server, salon, cut, team):
    for number in range(2):
        offered(at(9), event_type=EVENT_TYPE + number)
    server.offers[cut.pk, None] = Offer(event_type_id=EVENT_TYPE, lengths=(30, 60))
    book(salon, service=cut, starts_at=at(9), attendees=[ADA], actor=DESK)
    assert turns(anybody) == [(team[0].pk,)]
    Appointment.objects.update(calcom_booking_uid="m1")
    assert turns(anybody) == [(team[0].pk, team[1].pk)]


def test_several_people_of_one_event_type_are_one_call(anybody, server, cut, team, offered):
    for person in team:
        server.offers[cut.pk, person.pk] = Offer(event_type_id=EVENT_TYPE)
    offered(at(9), length=None)
    assert turns(anybody) == [tuple(person.pk for person in team)]
    assert server.asked == [(EVENT_TYPE, None, False)]


def test_the_number_of_queries_does_not_grow_with_the_team(anybody, salon, cut, server):
    def count() -> int:
        kept.forget()
        with CaptureQueriesContext(connection) as captured:
            slots(anybody, at(0), at(0, days=7))
        return len(captured)

    few = count()
    for number in range(10):
        person = StaffFactory.create(company=salon)
        server.offers[cut.pk, person.pk] = Offer(event_type_id=EVENT_TYPE + 10 + number)
    assert count() == few


def test_a_time_of_a_day_is_not_asked_of_the_next(anybody, offered):
    offered(at(9), at(9, days=1))
    assert [slot.starts_at for slot in slots(anybody, NINE, at(9, days=1)).slots] == [NINE]
