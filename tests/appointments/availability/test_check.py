"""Free at just this time? Yes, no and why, or not known."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from appointments.availability import Available, Query, Reason, Unavailable, Unknown, check
from appointments.backends import BackendBusy, BackendUnavailable, Offer
from appointments.booking import cancel, hold
from appointments.errors import NotBookable
from appointments.inbound import apply_booking
from appointments.models import Appointment, Customer, Service
from appointments.reservations import reserve
from tests.appointments.availability.conftest import at, away
from tests.appointments.conftest import ADA, DESK, EVENT_TYPE, NINE, booking
from tests.factories import CompanyFactory, StaffFactory


def reason(query: Query, starts_at: datetime = NINE, **more) -> str:
    verdict = check(query, starts_at, **more)
    assert isinstance(verdict, Unavailable), verdict
    return verdict.reason.value


def test_what_the_backend_offers_and_nobody_has_is_free(query, offered, staff):
    offered(NINE)
    verdict = check(query, NINE)
    assert isinstance(verdict, Available)
    assert (verdict.slot.staff_id, verdict.slot.event_type_id, verdict.slot.ends_at) == (
        staff.pk,
        EVENT_TYPE,
        at(9, 30),
    )


def test_only_the_very_time_counts(query, offered):
    offered(at(8, 45), at(9, 15))
    verdict = check(query, NINE)
    assert isinstance(verdict, Unavailable)
    assert verdict.reason == Reason.NOT_FREE_THERE
    assert verdict.sentence == "The calendar has nothing free at 10:00. Nearest that day: 09:45, 10:15."


@pytest.mark.parametrize("error", [BackendUnavailable("Cal.com does not answer."), BackendBusy("too often")])
def test_without_an_answer_it_is_not_known(query, server, error):
    error.retry_at = at(8)
    server.away[EVENT_TYPE] = error
    verdict = check(query, NINE)
    sentence = f"Whether Stylist One has time is not known: {error}"
    assert verdict == Unknown(sentence=sentence, retry_at=at(8), staff_ids=(query.staff.pk,))


def test_without_a_connection_it_is_not_known(query, salon):
    salon.calcom_api_key = ""
    verdict = check(query, NINE)
    assert isinstance(verdict, Unknown)
    assert "not connected" in verdict.sentence


def test_what_is_known_here_needs_no_answer(query, server, order):
    order()
    server.away[EVENT_TYPE] = BackendUnavailable("gone")
    assert reason(query) == "booked"
    assert server.asked == []


def test_an_old_answer_says_so(query, offered, server):
    offered(NINE)
    server.old_answer_of = at(8)
    verdict = check(query, NINE)
    assert isinstance(verdict, Available)
    assert (verdict.slot.is_stale, verdict.as_of) == (True, at(8))


def test_asking_afresh_passes_what_is_kept(query, offered, server):
    offered(NINE)
    check(query, NINE, fresh=True)
    assert server.asked == [(EVENT_TYPE, 30, True)]


def test_what_is_booked_here_and_not_yet_there_is_not_free(query, offered, order):
    offered(at(9), at(9, 15), at(9, 45))
    order()
    assert reason(query, at(9, 15)) == "booked"
    assert isinstance(check(query, at(9, 45)), Available)


def test_a_cancelled_appointment_takes_nothing(query, offered, order):
    offered(NINE)
    cancel(order(), reason="ill", actor=DESK)
    assert isinstance(check(query, NINE), Available)


def test_what_is_booked_while_the_backend_answers_counts(query, offered, order, server):
    offered(NINE)
    server.meanwhile = lambda: order() and None
    assert reason(query) == "booked"


def test_buffers_count_on_both_sides(query, offered, order, cut):
    cut.buffer_before_min = 10
    cut.save()
    order()
    offered(at(8, 20), at(8, 30), at(9, 30), at(9, 50), at(9, 55))
    assert reason(query, at(8, 30)) == "buffer"
    assert reason(query, at(9, 50)) == "buffer"
    assert [type(check(query, time)) for time in (at(8, 5), at(9, 55))] == [Unavailable, Available]


def test_the_backends_own_buffers_and_notice_count_too(query, offered, order, server, cut, staff):
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=EVENT_TYPE, buffer_before_min=30, notice_min=10**5)
    order()
    assert reason(query, at(10)) == "too_soon"
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=EVENT_TYPE, buffer_before_min=30)
    assert reason(query, at(10)) == "buffer"


def test_the_backends_buffers_of_what_it_does_not_know_yet_count_too(query, offered, order, server, cut, staff):
    cut.buffer_after_min = 0
    cut.save()
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=EVENT_TYPE, buffer_before_min=30, buffer_after_min=10)
    order(starts_at=at(9))
    offered(at(7, 50), at(8), at(8, 30), at(10), at(10, 10), length=None)
    assert reason(query, at(8, 30)) == reason(query, at(8)) == reason(query, at(10)) == "buffer"
    assert isinstance(check(query, at(7, 50)), Available)
    assert isinstance(check(query, at(10, 10)), Available)


def test_what_cal_com_double_booked_is_not_free_nor_are_its_buffers(query, salon, places):
    apply_booking(salon, booking("b1"), places=places)
    apply_booking(salon, booking("b2", starts_at=at(9, 30)), places=places)
    assert Appointment.objects.get(calcom_booking_uid="b2").is_double_booked
    assert [reason(query, time) for time in (at(9, 45), at(10))] == ["booked", "buffer"]


@pytest.mark.parametrize(("minutes", "expected"), [(0, "past"), (119, "too_soon"), (366 * 24 * 60, "too_far")])
def test_notice_and_horizon(query, cut, minutes, expected):
    cut.notice_min = 120
    assert reason(query, datetime.fromisoformat("2026-11-20T12:00Z") + timedelta(minutes=minutes)) == expected


def test_the_notice_itself_is_enough(query, cut, offered, clock):
    noon = datetime.fromisoformat("2026-11-20T14:00Z")
    clock.move_to(datetime.fromisoformat("2026-11-20T12:00Z"), tick=False)
    cut.notice_min = 120
    offered(noon)
    assert isinstance(check(query, noon), Available)


def test_opening_hours_hold_the_whole_appointment(query, offered, branch):
    branch.hours = {"tue": ["10:00-11:00"]}
    offered(at(8, 45), at(9), at(9, 30), at(9, 31))
    assert [type(check(query, time)) for time in (at(9), at(9, 30))] == [Available, Available]
    assert reason(query, at(8, 45)) == reason(query, at(9, 31)) == "outside_hours"
    assert reason(query, at(9, days=1)) == "outside_hours"


def test_absences_of_the_person_and_of_the_branch(query, offered, staff, branch):
    offered(at(9), at(9, 30), at(11))
    away(staff, at(8), at(9, 30))
    away(branch, at(11, 29), at(12))
    assert reason(query, at(9)) == reason(query, at(11)) == "absent"
    assert isinstance(check(query, at(9, 30)), Available)


def test_a_hold_of_somebody_else_is_in_the_way_and_ones_own_is_not(query, offered, salon, cut, staff, server):
    offered(NINE)
    mine = hold(salon, service=cut, staff=staff, starts_at=NINE, actor=DESK)
    assert reason(query) == "held"
    assert isinstance(check(query, NINE, own_hold=mine), Available)


def test_a_hold_that_is_over_is_in_nobodys_way(query, offered, salon, cut, staff, clock):
    offered(NINE)
    hold(salon, service=cut, staff=staff, starts_at=NINE, actor=DESK)
    clock.shift(timedelta(minutes=5, seconds=1))
    assert isinstance(check(query, NINE), Available)


def test_the_time_that_our_own_reservation_hides_is_free_for_us(query, offered, salon, cut, staff, server):
    offered(NINE)
    mine = hold(salon, service=cut, staff=staff, starts_at=NINE, actor=DESK)
    reserve(mine.pk)
    mine.refresh_from_db()
    assert server.reservations
    assert isinstance(check(query, NINE, own_hold=mine), Available)


def test_an_appointment_that_moves_is_not_in_its_own_way(query, booked, offered, server):
    offered(at(9, 15))
    assert reason(query, at(9, 15)) == "booked"
    verdict = check(query, at(9, 15), moving=booked)
    assert isinstance(verdict, Available)


def test_a_customer_is_in_one_place_at_a_time(query, offered, order, salon, massage, server):
    order()
    other = StaffFactory.create(company=salon, name="Ben")
    server.offers[massage.pk, other.pk] = Offer(event_type_id=80)
    offered(at(9), at(9, 30), event_type=80, length=None)
    ada = Customer.objects.get(email=ADA.email)
    theirs = Query(company=salon, service=massage, staff=other, customer=ada)
    assert reason(theirs, at(9)) == "customer_busy"
    assert isinstance(check(theirs, at(9, 30)), Available)


def test_a_seat_is_offered_until_all_are_taken(query, offered, order, server, cut, staff):
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=EVENT_TYPE, seats=2)
    offered(at(9), at(9, 15), length=None)
    order()
    assert isinstance(check(query, at(9)), Available)
    assert reason(query, at(9, 15)) == "booked"
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=EVENT_TYPE, seats=1)
    assert reason(query, at(9)) == "booked"


def test_who_and_what_cannot_be_booked_is_named(query, salon, cut, staff, server):
    ben = StaffFactory.create(company=salon, name="Ben")
    cut.staff.add(staff)
    verdict = check(Query(company=salon, service=cut, staff=ben), NINE)
    assert isinstance(verdict, Unavailable)
    assert (verdict.reason, verdict.sentence) == (
        Reason.STAFF_CANNOT,
        "Ben does not perform “Cut”. Possible: Stylist One.",
    )
    cut.is_active = False
    assert reason(query) == "no_such_service"


def test_nobody_mapped_it(query, server):
    server.offers.clear()
    verdict = check(query, NINE)
    assert isinstance(verdict, Unavailable)
    assert verdict.reason == Reason.NOT_OFFERED
    assert "not mapped to an event type" in verdict.sentence


def test_a_length_that_is_not_on_offer_is_refused(query, salon, cut, staff):
    verdict = check(Query(company=salon, service=cut, staff=staff, length_min=45), NINE)
    assert isinstance(verdict, Unavailable)
    assert (verdict.reason, "Possible: 30, 60" in verdict.sentence) == (Reason.WRONG_LENGTH, True)


def test_what_belongs_to_another_company_is_not_looked_at(salon, cut, staff, server):
    stranger = CompanyFactory.create(calcom_api_key="a key")
    assert reason(Query(company=stranger, service=cut, staff=staff)) == "no_such_service"
    own = Service.objects.create(company=stranger, name="Cut", duration_min=30)
    assert reason(Query(company=stranger, service=own, staff=staff)) == "staff_cannot"
    with pytest.raises(NotBookable, match="no such customer"):
        check(Query(company=stranger, service=own, customer=Customer.objects.create(company=salon, name="A")), NINE)


@pytest.mark.parametrize("odd", [datetime(2026, 12, 8, 9), datetime.max, datetime.min])
def test_a_time_without_a_zone_is_no_time(query, odd):
    with pytest.raises(NotBookable):
        check(query, odd)
