"""The chaos run's comparison finds what it is there for: else its zeros would mean nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from appointments import booking
from appointments.backends import AttendeeSnapshot, BookingSnapshot
from appointments.booking import Actor
from appointments.inbound import apply_booking
from appointments.models import Appointment, Push
from appointments.models.history import Side
from bench.chaos.agreement import compare
from bench.chaos.diary import Diary, Local, Remote
from bench.chaos.upstream import There
from calcom.places import CalcomPlaces
from companies.models import Company

NOW = datetime.now(UTC).replace(microsecond=0)
NINE = NOW + timedelta(days=3)
TEN = NINE + timedelta(hours=1)
HALF_AN_HOUR = timedelta(minutes=30)
THERE = There("b1", 1, 1, "accepted", NINE, NINE + HALF_AN_HOUR, "", "", "", ("ada@example.com",))
DESK = Actor(side=Side.PORTAL, name="desk1.1")


@pytest.fixture
def row(company: Company) -> Appointment:
    """A booking that a customer made there, and that is known here."""
    told = BookingSnapshot(
        uid="b1",
        status="confirmed",
        starts_at=NINE,
        ends_at=NINE + HALF_AN_HOUR,
        as_of=NOW,
        event_type_id=1,
        attendees=(AttendeeSnapshot(name="Ada", email="ada@example.com"),),
    )
    apply_booking(company, told, places=CalcomPlaces(company))
    return Appointment.objects.get()


@pytest.fixture
def diary() -> Diary:
    return Diary(remote=[Remote("b1", "book", NINE)])


def sent(row: Appointment) -> None:
    """Let everything be told to Cal.com."""
    Push.objects.update(state="done", finished_at=NOW, next_at=None)
    Appointment.objects.filter(pk=row.pk).update(sync_status="synced")


def test_two_sides_that_agree_are_left_alone(row: Appointment, diary: Diary):
    assert compare({"b1": THERE}, diary).all == []


def test_a_booking_that_nobody_knows_here_is_lost(row: Appointment, diary: Diary):
    found = compare({"b1": THERE, "b2": replace(THERE, uid="b2", emails=("eve@example.com",))}, diary)
    assert len(found.lost) == 1
    assert "b2" in found.lost[0]


def test_an_appointment_that_nobody_knows_there_is_lost(row: Appointment, diary: Diary):
    assert "not known there" in compare({}, diary).lost[0]


def test_a_customer_who_was_booked_twice_is_doubled(row: Appointment, diary: Diary):
    found = compare({"b1": THERE, "b2": replace(THERE, uid="b2")}, diary)
    assert found.doubled == ["ada@example.com 2 times there"]


def test_an_order_that_made_two_bookings_is_doubled(row: Appointment, diary: Diary):
    ours = replace(THERE, reference="1.a.b")
    found = compare({"b1": ours, "b2": replace(ours, uid="b2", status="cancelled")}, diary)
    assert found.doubled == ["order 1.a.b made 2 bookings"]


def test_a_change_on_its_way_is_stuck(row: Appointment, diary: Diary):
    booking.reschedule(row, starts_at=TEN, actor=DESK)
    assert "move pending" in compare({"b1": THERE}, diary).stuck[0]


def test_a_move_made_here_that_is_not_in_force_is_lost(row: Appointment, diary: Diary):
    booking.reschedule(row, starts_at=TEN, actor=DESK)
    sent(row)
    Appointment.objects.update(starts_at=TEN + timedelta(days=1), ends_at=TEN + timedelta(days=1) + HALF_AN_HOUR)
    at = Appointment.objects.get().starts_at
    found = compare({"b1": replace(THERE, starts_at=at, ends_at=at + HALF_AN_HOUR)}, diary)
    assert "the last move" in found.lost[0]


def test_a_cancellation_that_came_alive_again_is_lost(row: Appointment, diary: Diary):
    diary.note(Remote("b1", "cancel"))
    assert "the cancellation" in compare({"b1": THERE}, diary).lost[0]


def test_a_cancellation_that_cal_com_let_a_move_overtake_is_not_lost(row: Appointment, diary: Diary):
    diary.note(Remote("b0", "cancel"))
    former = replace(THERE, uid="b0", status="cancelled", rescheduled_to="b1")
    assert compare({"b0": former, "b1": replace(THERE, rescheduled_from="b0")}, diary).all == []


def test_a_change_without_a_line_in_the_history_is_lost(row: Appointment, diary: Diary):
    diary.note(Local("desk1.7", row.pk))
    assert "desk1.7" in compare({"b1": THERE}, diary).lost[0]


def test_another_status_there_is_a_difference(row: Appointment, diary: Diary):
    found = compare({"b1": replace(THERE, status="cancelled")}, diary)
    assert len(found.different) == 1


def test_a_conflict_with_nobody_is_not_explained(row: Appointment):
    booking.reschedule(row, starts_at=TEN, actor=DESK)
    Push.objects.update(state="conflict", told={"status": "confirmed"})
    assert len(compare({"b1": THERE}, Diary()).unexplained) == 1
    assert compare({"b1": THERE}, Diary(remote=[Remote("b1", "move", NINE)])).unexplained == []
