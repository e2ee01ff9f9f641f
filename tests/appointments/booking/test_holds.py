"""Holds: kept, prolonged, given back, over by themselves, and turned into an appointment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appointments import tasks
from appointments.backends import AttendeeSnapshot, BackendRefused, BackendUnavailable, Offer
from appointments.booking import Actor, book, extend, hold, release
from appointments.booking.actor import NotYours
from appointments.errors import InvalidTransition, NotBookable, SlotTaken, UnknownService
from appointments.inbound import apply_booking
from appointments.models import Appointment, Hold, StaffTime
from appointments.models.history import Side
from appointments.reservations import reserve
from tests.appointments.conftest import ADA, DESK, EVENT_TYPE, NINE, booking
from tests.factories import CompanyFactory, StaffFactory, UserFactory

KEY = Actor(side=Side.API, name="key:abc")
FIVE_MINUTES = timedelta(minutes=5, seconds=1)


@pytest.fixture
def held(salon, cut, staff, server):
    return hold(salon, service=cut, staff=staff, starts_at=NINE, actor=KEY)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


@pytest.fixture
def handed_over(monkeypatch):
    """What the worker is asked to do."""
    work: list[tuple[object, ...]] = []
    for task in (tasks.reserve, tasks.show_again):
        monkeypatch.setattr(task, "apply_async", lambda args, _name=task.name, **_: work.append((_name, *args)))
    return work


def test_a_hold_takes_the_time_with_its_buffers_for_five_minutes(held, staff):
    time = StaffTime.objects.get()
    assert (time.hold, time.staff, time.appointment) == (held, staff, None)
    assert (time.during.lower, time.during.upper) == (NINE, NINE + timedelta(minutes=45))
    assert held.expires_at - held.created_at == timedelta(minutes=5)
    assert (held.holder, held.event_type_id, held.length_min) == ("key:abc", EVENT_TYPE, 30)


def test_nobody_else_gets_the_time(held, salon, cut, staff, order):
    with pytest.raises(SlotTaken, match=r"from 2026-12-08 10:00 to 10:45 is held for somebody until 13:05"):
        hold(salon, service=cut, staff=staff, starts_at=NINE + timedelta(minutes=30), actor=DESK)
    with pytest.raises(SlotTaken, match="is held for somebody"):
        order()
    assert not Appointment.objects.exists()


def test_what_is_booked_cannot_be_held(order, salon, cut, staff):
    order()
    with pytest.raises(SlotTaken, match="another appointment"):
        hold(salon, service=cut, staff=staff, starts_at=NINE, actor=DESK)


def test_ends_and_starts_may_touch(held, salon, cut, staff):
    assert hold(salon, service=cut, staff=staff, starts_at=NINE + timedelta(minutes=45), actor=DESK).pk


def test_it_is_over_by_itself_and_goes_with_the_next_who_needs_the_time(held, order, clock):
    clock.shift(FIVE_MINUTES)
    assert not held.is_live
    assert order().pk
    assert not Hold.objects.exists()
    assert StaffTime.objects.get().hold is None


def test_it_becomes_the_appointment_in_the_same_row_of_time(held, order):
    before = StaffTime.objects.get().pk
    row = order(hold=held)
    time = StaffTime.objects.get()
    assert (time.pk, time.appointment, time.hold) == (before, row, None)
    assert not Hold.objects.exists()


def test_staff_member_branch_and_length_are_the_holds(held, salon, cut, staff):
    row = book(salon, service=cut, starts_at=NINE, attendees=[ADA], actor=KEY, hold=held)
    assert (row.staff, row.branch) == (staff, staff.home_branch)


def test_its_own_booking_may_be_a_little_later(held, order):
    order(hold=held, starts_at=NINE + timedelta(minutes=15))
    assert StaffTime.objects.get().during.lower == NINE + timedelta(minutes=15)


def test_its_own_booking_may_be_somebody_elses_time(held, order, salon, cut, server):
    other = StaffFactory.create(company=salon)
    server.offers[cut.pk, other.pk] = Offer(event_type_id=72)
    order(hold=held, staff=other)
    assert (Hold.objects.count(), StaffTime.objects.get().staff) == (0, other)


def test_one_that_is_over_still_books_where_the_time_is_free(held, order, clock):
    clock.shift(FIVE_MINUTES)
    assert order(hold=held).pk
    assert StaffTime.objects.count() == 1


def test_one_that_is_over_books_nothing_that_somebody_else_has(held, order, clock):
    clock.shift(FIVE_MINUTES)
    order()
    with pytest.raises(SlotTaken):
        order(hold=held, attendees=[AttendeeSnapshot(name="Ben", email="ben@example.com")])


def test_a_booking_that_fails_leaves_the_hold(held, order):
    with pytest.raises(NotBookable):
        order(hold=held, attendees=[])
    assert StaffTime.objects.get().hold == held


def test_booked_twice_with_one_hold_is_booked_once(held, order):
    order(hold=held)
    with pytest.raises(SlotTaken):
        order(hold=held)
    assert Appointment.objects.count() == 1


def test_it_can_be_prolonged_and_given_back(held, clock, order):
    clock.shift(timedelta(minutes=4))
    longer = extend(held, minutes=10, actor=KEY)
    assert longer.expires_at - held.created_at > timedelta(minutes=14)
    release(longer, actor=KEY)
    release(longer, actor=KEY)
    assert not StaffTime.objects.exists()


def test_one_that_is_over_cannot_be_prolonged(held, clock):
    clock.shift(FIVE_MINUTES)
    with pytest.raises(InvalidTransition, match="not held any more"):
        extend(held, actor=KEY)


def test_nobody_holds_a_time_for_ever(held, clock):
    extend(held, minutes=59, actor=KEY)
    clock.shift(timedelta(minutes=30))
    with pytest.raises(NotBookable, match="60 minutes in all"):
        extend(held, minutes=40, actor=KEY)


@pytest.mark.parametrize("minutes", [0, -5, 61, 10**9])
def test_an_impossible_time_to_hold_is_refused(salon, cut, staff, server, minutes):
    with pytest.raises(NotBookable, match="1 to 60 minutes"):
        hold(salon, service=cut, staff=staff, starts_at=NINE, minutes=minutes, actor=KEY)


def test_what_cannot_be_booked_cannot_be_held(salon, cut, staff, server):
    with pytest.raises(NotBookable, match="Possible: 30, 60"):
        hold(salon, service=cut, staff=staff, starts_at=NINE, length_min=45, actor=KEY)
    with pytest.raises(NotBookable, match="past"):
        hold(salon, service=cut, staff=staff, starts_at=NINE - timedelta(days=365), actor=KEY)
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=EVENT_TYPE, seats=3)
    with pytest.raises(NotBookable, match="Seats cannot be held"):
        hold(salon, service=cut, staff=staff, starts_at=NINE, actor=KEY)
    assert not Hold.objects.exists()


def test_a_stranger_holds_prolongs_releases_and_books_nothing(held, salon, cut, staff, server):
    nobody = Actor(side=Side.PORTAL, user=UserFactory.create())
    for attempt in (
        lambda: hold(salon, service=cut, staff=staff, starts_at=NINE + timedelta(hours=2), actor=nobody),
        lambda: extend(held, actor=nobody),
        lambda: release(held, actor=nobody),
    ):
        with pytest.raises(NotYours):
            attempt()
    other = CompanyFactory.create()
    with pytest.raises(UnknownService):
        hold(other, service=cut, staff=staff, starts_at=NINE, actor=KEY)
    with pytest.raises(NotBookable, match="holds no such time"):
        book(other, service=cut, starts_at=NINE, attendees=[ADA], hold=held, actor=KEY)


def test_what_the_backend_has_booked_is_a_fact_and_the_hold_gives_way(held, salon, places):
    apply_booking(salon, booking("b1", starts_at=NINE + timedelta(minutes=15)), places=places)
    assert not Hold.objects.exists()
    row = Appointment.objects.get()
    assert (row.is_double_booked, StaffTime.objects.get().appointment) == (False, row)


def test_what_the_backend_has_booked_elsewhere_leaves_the_hold(held, salon, places):
    apply_booking(salon, booking("b1", starts_at=NINE + timedelta(minutes=45)), places=places)
    assert (Hold.objects.count(), StaffTime.objects.count()) == (1, 2)


def test_the_worker_is_asked_after_the_commit(
    handed_over, salon, cut, staff, server, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        held = hold(salon, service=cut, staff=staff, starts_at=NINE, actor=KEY)
        assert handed_over == []
    assert (handed_over, server.calls) == ([("appointments.tasks.reserve", held.pk)], [])


def test_the_backend_hides_the_time_too(held, server):
    reserve(held.pk)
    reserve(held.pk)
    held.refresh_from_db()
    assert (list(server.reservations), held.is_reserved, server.calls) == ([held.remote_uid], True, ["reserve"])


def test_one_that_was_prolonged_is_reserved_anew(held, server):
    reserve(held.pk)
    extend(held, minutes=30, actor=KEY)
    reserve(held.pk)
    held.refresh_from_db()
    assert server.calls == ["reserve", "release", "reserve"]
    assert (list(server.reservations), held.remote_until > held.expires_at - timedelta(minutes=1)) == (
        [held.remote_uid],
        True,
    )


@pytest.mark.parametrize("error", [BackendUnavailable("gone"), BackendRefused(reason="already reserved")])
def test_where_the_backend_will_not_the_hold_here_still_counts(held, server, order, error):
    server.before.append(error)
    reserve(held.pk)
    held.refresh_from_db()
    assert (held.remote_uid, held.is_live) == ("", True)
    with pytest.raises(SlotTaken):
        order()


def test_a_hold_that_is_gone_while_the_backend_answers_is_taken_back_there(held, server):
    server.after.append(lambda: release(held, actor=KEY))
    reserve(held.pk)
    assert (server.reservations, server.calls) == ({}, ["reserve", "release"])


def test_what_is_released_or_booked_is_shown_again(handed_over, held, server, order, commits):
    reserve(held.pk)
    held.refresh_from_db()
    with commits(execute=True):
        order(hold=held)
    assert ("appointments.tasks.show_again", held.company_id, held.remote_uid, EVENT_TYPE) in handed_over
    tasks.show_again(held.company_id, held.remote_uid, EVENT_TYPE)
    assert server.reservations == {}
