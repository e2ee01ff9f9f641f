"""A staff member's time is taken once; what Cal.com double-booked is kept and flagged."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from appointments.backends import PlacedStaff
from appointments.inbound import apply_booking, apply_news
from appointments.models import Appointment, StaffTime
from tests.appointments.conftest import NINE, TOLD, booking
from tests.factories import StaffFactory

LATER = TOLD + timedelta(hours=1)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def flags() -> dict[str, bool]:
    return dict(Appointment.objects.values_list("calcom_booking_uid", "is_double_booked"))


def test_a_booking_takes_the_staff_members_time_with_its_buffers(salon, places):
    apply_booking(salon, booking(), places=places)
    assert StaffTime.objects.get().during == DateTimeTZRange(NINE, NINE + minutes(45))


def test_end_and_start_may_touch(salon, places):
    apply_booking(salon, booking("b1"), places=places)
    apply_booking(salon, booking("b2", starts_at=NINE + minutes(45)), places=places)
    assert flags() == {"b1": False, "b2": False}


def test_a_double_booking_of_cal_coms_is_kept_and_flagged(salon, places):
    apply_booking(salon, booking("b1"), places=places)
    apply_booking(salon, booking("b2", starts_at=NINE + minutes(44)), places=places)
    assert flags() == {"b1": False, "b2": True}
    assert StaffTime.objects.count() == 1


def test_a_double_booking_within_one_batch_is_flagged_too(salon, places):
    apply_news(salon, [booking("b1"), booking("b2")], places=places)
    assert sorted(flags().values()) == [False, True]


def test_when_the_first_is_cancelled_the_second_gets_the_time(salon, places):
    apply_booking(salon, booking("b1"), places=places)
    apply_booking(salon, booking("b2"), places=places)
    apply_booking(salon, booking("b1", status="cancelled", told_at=LATER), places=places)
    assert flags() == {"b1": False, "b2": False}
    assert StaffTime.objects.get().appointment == Appointment.objects.get(calcom_booking_uid="b2")


def test_a_flagged_one_that_is_cancelled_is_no_longer_flagged(salon, places):
    apply_booking(salon, booking("b1"), places=places)
    apply_booking(salon, booking("b2"), places=places)
    apply_booking(salon, booking("b2", status="cancelled", told_at=LATER), places=places)
    assert flags() == {"b1": False, "b2": False}


def test_a_move_frees_the_old_time(salon, places):
    apply_booking(salon, booking("b1", booking_id=1), places=places)
    apply_booking(salon, booking("b2", booking_id=2), places=places)
    moved = booking("b1", booking_id=1, starts_at=NINE + timedelta(hours=3), told_at=LATER)
    apply_booking(salon, moved, places=places)
    assert flags() == {"b1": False, "b2": False}
    assert StaffTime.objects.count() == 2


def test_another_staff_member_is_another_time(salon, places):
    apply_booking(salon, booking("b1"), places=places)
    second = StaffFactory.create(company=salon)
    places.placement = replace(places.placement, staff=PlacedStaff(id=second.pk, name=second.name))
    apply_booking(salon, booking("b2"), places=places)
    assert StaffTime.objects.count() == 2


def test_the_database_itself_refuses_two_overlapping_times(salon, places, staff):
    apply_booking(salon, booking("b1"), places=places)
    apply_booking(salon, booking("b2", status="cancelled"), places=places)
    second = Appointment.objects.get(calcom_booking_uid="b2")
    during = DateTimeTZRange(NINE + minutes(44), NINE + minutes(60))
    with pytest.raises(IntegrityError, match="staff_time_never_overlaps"), transaction.atomic():
        StaffTime.objects.create(company=salon, staff=staff, during=during, appointment=second)


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_book_one_time_at_once_leave_one_of_them_flagged(salon, places):
    barrier = threading.Barrier(2)

    def worker(uid: str) -> None:
        barrier.wait()
        with transaction.atomic():
            apply_booking(salon, booking(uid, attendees=()), places=places)
        connection.close()

    workers = [threading.Thread(target=worker, args=(uid,)) for uid in ("b1", "b2")]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert sorted(flags().values()) == [False, True]


@pytest.mark.parametrize("night", [datetime(2027, 3, 28, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_the_hours_of_a_night_in_which_the_clocks_change_are_told_apart(salon, places, night):
    for uid, hour in (("b1", 0), ("b2", 1), ("b3", 2)):
        apply_booking(salon, booking(uid, starts_at=night + timedelta(hours=hour)), places=places)
    assert flags() == {"b1": False, "b2": False, "b3": False}
    assert set(Appointment.objects.values_list("booked_duration_min", flat=True)) == {30}
