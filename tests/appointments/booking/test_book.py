"""Booking here: what is kept, what is refused, and what the backend is to be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from appointments import tasks
from appointments.backends import AttendeeSnapshot, Location
from appointments.booking import Actor, book, book_series, weekly
from appointments.booking.actor import NotYours
from appointments.errors import BookingError, NotBookable, SlotTaken, UnknownService
from appointments.models import Appointment, AppointmentChange, Customer, Push, StaffTime
from appointments.models.history import Side
from tests.appointments.conftest import ADA, DESK, NINE
from tests.factories import CompanyFactory, MembershipFactory, StaffFactory, UserFactory

BEN = AttendeeSnapshot(name="Ben Groß", email="ben@example.com")


def test_a_booking_is_kept_with_its_names_its_time_and_its_history(order, staff, cut):
    row = order(location=Location(type="in_person", value="Musterstr. 1"), notes="short")
    row.refresh_from_db()
    assert (row.status, row.sync_status, row.source, row.sync_origin) == ("confirmed", "pending", "portal", "portal")
    assert (row.booked_service_name, row.booked_staff_name, row.booked_price) == ("Cut", "Stylist One", 45)
    assert row.customer == Customer.objects.get(email="ada@example.com")
    assert StaffTime.objects.get().during.upper == NINE + timedelta(minutes=45)
    assert (AppointmentChange.objects.get().action, row.version) == ("created", 1)


def test_a_push_says_what_the_backend_is_to_be_told(order):
    row = order(guests=["Guest@example.com"], answers={"allergy": "latex"})
    push = Push.objects.get()
    assert (push.operation, push.state, push.version, push.reference) == ("create", "pending", 1, row.reference)
    assert (push.wanted["event_type_id"], push.wanted["guests"]) == (71, ["guest@example.com"])
    assert push.wanted["attendees"][0]["email"] == "ada@example.com"


def test_the_backend_is_not_called_while_booking(order, server):
    order()
    assert server.calls == []


def test_the_same_time_of_one_staff_member_is_refused_with_the_times(order):
    order()
    with pytest.raises(SlotTaken, match=r"Stylist One has another appointment from 2026-12-08 10:00 to 10:45"):
        order(starts_at=NINE + timedelta(minutes=44))
    assert Appointment.objects.count() == Push.objects.count() == 1


def test_times_may_touch(order):
    order()
    assert order(starts_at=NINE + timedelta(minutes=45)).pk


def test_without_a_staff_member_nobodys_time_is_taken(order, server, cut):
    server.offers[cut.pk, None] = server.offers.popitem()[1]
    order(staff=None)
    assert not StaffTime.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"starts_at": datetime(2026, 11, 20, 11, tzinfo=UTC)}, "That time is past. Possible from 2026-11-20"),
        ({"starts_at": datetime(2028, 1, 1, tzinfo=UTC)}, "365 days ahead: possible until 2027-11-20"),
        ({"starts_at": datetime(2026, 12, 8, 9)}, "in which time zone"),
        ({"length_min": 0}, "at least one minute"),
        ({"length_min": -5}, "at least one minute"),
        ({"length_min": 45}, "Possible: 30, 60"),
        ({"time_zone": "Europe/Atlantis"}, "no time zone “Europe/Atlantis”"),
        ({"attendees": []}, "who the appointment is for"),
        ({"attendees": [AttendeeSnapshot(name="Ada")]}, "e-mail address or a phone number"),
        ({"attendees": [AttendeeSnapshot(name="Ada", email="ada")]}, "is no e-mail address"),
        ({"guests": ["ada@example.com"]}, "address of their own"),
    ],
)
def test_what_the_rules_forbid_is_refused_with_what_they_allow(order, wrong, sentence):
    with pytest.raises(NotBookable, match=sentence):
        order(**wrong)
    assert not Appointment.objects.exists()


def test_the_notice_of_a_service_is_kept(order, cut):
    cut.notice_min = 120
    cut.save()
    with pytest.raises(NotBookable, match=r"120 minutes ahead: possible from 2026-11-20 15:00"):
        order(starts_at=datetime(2026, 11, 20, 13, tzinfo=UTC))


def test_a_service_that_is_switched_off_is_refused(order, cut):
    cut.is_active = False
    with pytest.raises(UnknownService, match="switched off"):
        order(service=cut)


def test_a_service_nobody_mapped_is_refused(order, server):
    server.offers.clear()
    with pytest.raises(UnknownService, match="not mapped"):
        order()


def test_a_staff_member_nobody_mapped_is_refused(order, salon):
    with pytest.raises(UnknownService, match=r"“Cut” by Stylist Two is not mapped.*choose somebody else"):
        order(staff=StaffFactory.create(company=salon, name="Stylist Two"))
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("column", ["is_active", "is_bookable"])
def test_a_staff_member_who_cannot_be_booked_is_refused(order, staff, column):
    setattr(staff, column, False)
    with pytest.raises(NotBookable, match="cannot be booked"):
        order(staff=staff)


def test_somebody_who_does_not_perform_the_service_is_refused(order, cut, salon, staff):
    cut.staff.add(staff)
    with pytest.raises(NotBookable, match="Possible: Stylist One"):
        order(staff=StaffFactory.create(company=salon, name="Stylist Two"))


def test_what_belongs_to_another_company_is_refused(order, salon, cut, staff):
    stranger = CompanyFactory.create()
    with pytest.raises(UnknownService, match="no such service"):
        book(stranger, service=cut, starts_at=NINE, attendees=[ADA], actor=DESK)
    with pytest.raises(NotBookable, match="no such staff member"):
        order(staff=StaffFactory.create(company=stranger))
    with pytest.raises(NotBookable, match="no such customer"):
        order(customer=Customer.objects.create(company=stranger, name="Eve"), attendees=[])


def test_a_stranger_cannot_book(order):
    stranger = MembershipFactory.create().user
    for user in (stranger, UserFactory.create()):
        with pytest.raises(NotYours):
            order(actor=Actor(side=Side.PORTAL, user=user))


def test_a_member_books_under_their_name(order, salon):
    user = MembershipFactory.create(company=salon, user__name="Mara Stein").user
    order(actor=Actor(side=Side.PORTAL, user=user))
    assert (AppointmentChange.objects.get().actor, AppointmentChange.objects.get().actor_name) == (user, "Mara Stein")


def test_a_known_customer_can_be_booked_for(order, salon):
    ben = Customer.objects.create(company=salon, name="Ben", phone="+4930123456")
    row = order(customer=ben, attendees=[])
    assert (row.customer, row.booked_customer_name, row.attendees.get().phone) == (ben, "Ben", "+4930123456")


def test_a_service_that_needs_confirmation_is_booked_as_pending(order, cut):
    cut.requires_confirmation = True
    assert order(service=cut).status == "pending"


def test_without_a_key_it_is_kept_and_nothing_is_due(order, salon, server):
    salon.calcom_api_key = ""
    row = order()
    row.refresh_from_db()
    assert (row.sync_status, row.sync_error) == ("not_connected", "no key is entered")
    assert Push.objects.get().next_at is None


def test_without_a_key_nothing_is_tried_however_long_it_takes(order, salon, server, clock):
    salon.calcom_api_key = ""
    salon.save()
    order()
    for _ in range(3):
        clock.shift(86400)
        assert tasks.push_due() == 0
        tasks.push(Push.objects.get().pk)
    push = Push.objects.get()
    assert (push.state, push.attempts, push.next_at, server.calls) == ("pending", 0, None, [])


def test_a_series_is_many_single_bookings(order, salon, cut, staff):
    dates = weekly(datetime(2027, 3, 17, 10), count=3, zone="Europe/Berlin")
    rows = book_series(salon, service=cut, staff=staff, dates=dates, attendees=[ADA], actor=DESK)
    assert [row.starts_at.hour for row in rows] == [9, 9, 8]
    assert len({row.series_id for row in rows}) == 1
    assert Push.objects.count() == len({row.reference for row in rows}) == 3


def test_a_series_is_booked_as_a_whole_or_not_at_all(order, salon, cut, staff):
    order(starts_at=NINE + timedelta(weeks=1))
    with pytest.raises(SlotTaken, match="2026-12-15"):
        book_series(
            salon, service=cut, staff=staff, dates=weekly(NINE, count=3, zone="UTC"), attendees=[ADA], actor=DESK
        )
    assert Appointment.objects.count() == 1
    with pytest.raises(BookingError, match="at least one date"):
        book_series(salon, service=cut, dates=[], attendees=[ADA], actor=DESK)
