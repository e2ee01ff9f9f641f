"""Other times than the one that was asked for."""

from __future__ import annotations

from appointments.availability import Kind, Query, alternatives
from appointments.backends import BackendUnavailable
from appointments.models import Customer
from tests.appointments.availability.conftest import at
from tests.appointments.conftest import ADA, EVENT_TYPE, NINE


def kinds(query: Query, starts_at=NINE, **more):
    return [(one.kind, one.slot.starts_at) for one in alternatives(query, starts_at, **more).alternatives]


def test_one_of_each_kind_the_best_first(query, offered):
    offered(at(8), at(9), at(9, 30), at(9, days=1), at(9, 30, days=7), at(9, days=9))
    assert kinds(query) == [
        (Kind.SAME_DAY, at(9, 30)),
        (Kind.NEXT_WORKING_DAY, at(9, days=1)),
        (Kind.NEXT_WEEK, at(9, 30, days=7)),
        (Kind.SAME_DAY, at(8)),
    ]


def test_a_near_time_is_marked_as_another(query, offered):
    offered(at(9, days=1), at(9, 30, days=7))
    told = alternatives(query, NINE).alternatives
    assert [one.is_same_clock_time for one in told] == [True, False]
    assert told[1].sentence == "Tuesday, 15 December at 10:30 (a week later)"


def test_the_time_itself_is_no_alternative_and_nothing_comes_twice(query, offered):
    offered(at(9), at(9, 30))
    assert kinds(query) == [(Kind.SAME_DAY, at(9, 30))]


def test_whoever_asks_for_the_afternoon_rather_has_it_later(query, offered):
    offered(at(13), at(16))
    assert [time for _kind, time in kinds(query, at(14))] == [at(16), at(13)]


def test_the_next_working_day_skips_the_weekend_and_closed_days(query, offered, branch):
    friday = at(9, days=3)
    offered(at(9, days=4), at(9, days=6), at(9, days=7))
    assert (Kind.NEXT_WORKING_DAY, at(9, days=6)) in kinds(query, friday)
    branch.hours = {"tue": ["09:00-18:00"], "fri": ["09:00-18:00"]}
    assert (Kind.NEXT_WORKING_DAY, at(9, days=7)) in kinds(query, friday)


def test_for_a_weekend_there_is_no_next_working_day(query, offered):
    offered(at(9, days=6), at(9, days=11))
    assert kinds(query, at(9, days=4))[0] == (Kind.NEXT_WEEK, at(9, days=11))


def test_a_customer_is_not_offered_a_time_at_which_they_are_elsewhere(query, offered, order, salon, cut, team):
    offered(at(9), at(9, 15), at(10), event_type=EVENT_TYPE + 1)
    order()
    query = Query(company=salon, service=cut, staff=team[1], customer=Customer.objects.get(email=ADA.email))
    assert kinds(query, at(8)) == [(Kind.SAME_DAY, at(10))]


def test_all_comes_from_one_call(query, offered, server):
    offered(at(9, 30))
    alternatives(query, NINE)
    assert len(server.asked) == 1


def test_not_more_than_wanted(query, offered):
    offered(*(at(10, minute) for minute in range(0, 60, 5)))
    assert len(kinds(query, most=2)) == 2


def test_without_an_answer_there_is_a_sentence(query, server):
    server.away[EVENT_TYPE] = BackendUnavailable("gone")
    told = alternatives(query, NINE)
    assert (told.alternatives, "gone" in told.unknown) == ((), True)
