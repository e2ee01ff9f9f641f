"""People without an e-mail address: they are known again by their phone number, and nobody is taken for another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from appointments.backends import AbsenceNews, AttendeeSnapshot, BookingSnapshot, SeatChange
from appointments.booking import cancel_seat, mark_no_show
from appointments.inbound import apply_booking, apply_news
from appointments.models import Appointment, Attendee, Customer, Push
from tests.appointments.conftest import DESK, NINE, TOLD, booking, send_all
from tests.backends.memory import MemoryBackend

ADA = AttendeeSnapshot(name="Ada Kühn", phone="+4930123456")
BEN = AttendeeSnapshot(name="Ben Groß", phone="+4930123457")
LATER = TOLD + timedelta(minutes=1)


def seated(person: AttendeeSnapshot, seat_uid: str, **more: Any) -> BookingSnapshot:
    return booking(is_seated=True, attendees=(person,), seat_uid=seat_uid, **more)


@pytest.fixture
def course(salon, places):
    """A course that two people came to by phone."""
    for person, seat_uid in ((ADA, "s1"), (BEN, "s2")):
        apply_booking(salon, seated(person, seat_uid), places=places)
    return Appointment.objects.get()


def test_two_people_without_addresses_are_two_customers(salon, places):
    apply_booking(salon, booking("b1", attendees=(ADA,)), places=places)
    apply_booking(salon, booking("b2", attendees=(BEN,), starts_at=NINE + timedelta(hours=2)), places=places)
    apply_booking(salon, booking("b3", attendees=(ADA,), starts_at=NINE + timedelta(hours=4)), places=places)
    assert sorted(str(one.phone) for one in Customer.objects.all()) == ["+4930123456", "+4930123457"]
    assert set(Customer.objects.values_list("email", flat=True)) == {""}


def test_two_seats_of_people_without_addresses_stay_two(course, salon, places):
    gone = seated(ADA, "", told_at=LATER, seat_change=SeatChange.LEFT)
    apply_booking(salon, gone, places=places)
    told = Attendee.objects.order_by("phone").values_list("phone", "state", "seat_uid")
    assert list(told) == [("+4930123456", "gone", "s1"), ("+4930123457", "active", "s2")]


def test_giving_up_the_seat_of_somebody_without_an_address_is_about_that_seat_only(course, server, clock):
    seat = Attendee.objects.get(phone="+4930123456")
    cancel_seat(course, attendee=seat, reason="ill", actor=DESK)
    assert Push.objects.get().wanted["email"] == "+4930123456"


def test_who_did_not_come_is_told_by_phone(order, server, clock):
    row = order(attendees=[ADA])
    send_all(row)
    clock.move_to(NINE + timedelta(hours=1))
    mark_no_show(Appointment.objects.get(), actor=DESK)
    send_all(row)
    assert server.bookings["m1"].absences == {"+4930123456": True}
    clock.shift(60)
    news = AbsenceNews(uid="m1", absences={"+4930123456": False}, as_of=timezone.now())
    apply_news(row.company, [news], places=MemoryBackend(row.company).places)
    assert (Appointment.objects.get().status, Appointment.objects.get().sync_status) == ("confirmed", "synced")
