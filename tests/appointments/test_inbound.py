"""A remote change becomes what the appointment book says."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection

from appointments.backends import AbsenceNews, AttendeeSnapshot, Location, RecordingNews, Replaced
from appointments.inbound import Outcome, apply_booking, apply_news
from appointments.models import Appointment, AppointmentChange, Customer, FormerUid
from tests.appointments.conftest import ADA, NINE, TOLD, booking
from tests.factories import CompanyFactory

LATER = TOLD + timedelta(hours=1)
EARLIER = TOLD - timedelta(hours=1)


def moved(**more: object):
    """b1 moved to two hours later: b2."""
    old = Replaced(uid="b1", starts_at=NINE)
    return booking("b2", starts_at=NINE + timedelta(hours=2), told_at=LATER, is_move=True, replaces=old, **more)


def test_a_booking_becomes_an_appointment_with_all_that_was_told(salon, places, staff, cut):
    where = Location(type="in_person", value="Musterstr. 1")
    outcome = apply_booking(salon, booking(location=where, time_zone="Europe/Lisbon"), places=places)
    row = Appointment.objects.get()
    assert outcome is Outcome.CHANGED
    assert (row.company, row.staff, row.service, row.branch) == (salon, staff, cut, staff.home_branch)
    assert (row.status, row.sync_status, row.source, row.version) == ("confirmed", "synced", "calcom", 1)
    assert (row.location_display, str(row.booking_time_zone)) == ("in person: Musterstr. 1", "Europe/Lisbon")
    assert row.customer == Customer.objects.get(email="ada@example.com")


def test_price_duration_and_names_stay_as_they_were_when_booked(salon, places, cut):
    apply_booking(salon, booking(), places=places)
    cut.price, cut.name = 99, "Cut de luxe"
    cut.save()
    apply_booking(salon, booking(told_at=LATER), places=places)
    row = Appointment.objects.get()
    assert (row.booked_service_name, row.booked_price, row.booked_currency) == ("Cut", Decimal(45), "EUR")
    assert (row.booked_duration_min, row.booked_customer_name) == (30, "Ada Kühn")


def test_the_same_news_twice_changes_nothing(salon, places):
    apply_booking(salon, booking(), places=places)
    outcome = apply_booking(salon, booking(told_at=TOLD + timedelta(milliseconds=1)), places=places)
    assert outcome is Outcome.UNCHANGED
    assert AppointmentChange.objects.count() == Appointment.objects.get().version == 1


def test_older_news_is_passed_over(salon, places):
    apply_booking(salon, booking(), places=places)
    apply_booking(salon, booking(status="pending", told_at=EARLIER), places=places)
    assert Appointment.objects.get().status == "confirmed"


def test_older_news_fills_what_the_newer_left_open(salon, places):
    apply_booking(salon, booking(), places=places)
    apply_booking(salon, booking(told_at=EARLIER, metadata={"k": "v"}, title="Cut with Ada"), places=places)
    row = Appointment.objects.get()
    assert (row.booking_metadata, row.title) == ({"k": "v"}, "Cut with Ada")


def test_a_move_is_a_counter_and_a_former_uid(salon, places):
    apply_booking(salon, booking(), places=places)
    apply_booking(salon, moved(rescheduled_by="ada@example.com"), places=places)
    row = Appointment.objects.get()
    assert (row.status, row.calcom_booking_uid, row.reschedule_count) == ("confirmed", "b2", 1)
    assert (row.previous_starts_at, row.rescheduled_at, row.rescheduled_by) == (NINE, LATER, "ada@example.com")
    assert AppointmentChange.objects.earliest("-occurred_at", "-id").action == "moved"


def test_a_cancelled_booking_lives_again_under_a_new_uid(salon, places):
    apply_booking(salon, booking(), places=places)
    cancelled = booking(told_at=TOLD + timedelta(minutes=1), status="cancelled", cancellation_reason="please move")
    apply_booking(salon, cancelled, places=places)
    apply_booking(salon, moved(), places=places)
    row = Appointment.objects.get()
    assert (row.status, row.cancellation_reason) == ("confirmed", "")


def test_two_appointments_that_turn_out_to_be_one_are_joined_with_their_history(salon, places):
    apply_booking(salon, booking("b3", booking_id=3, replaces=Replaced(uid="b2")), places=places)
    apply_booking(salon, booking("b1", booking_id=1, told_at=EARLIER), places=places)
    assert Appointment.objects.count() == 2
    apply_booking(salon, booking("b2", booking_id=2, replaces=Replaced(uid="b1", booking_id=1)), places=places)
    row = Appointment.objects.get()
    assert row.calcom_booking_uid == "b3"
    assert set(FormerUid.objects.values_list("uid", flat=True)) == {"b1", "b2"}
    assert AppointmentChange.objects.filter(appointment=row).count() >= 2


def test_the_staff_member_of_an_appointment_is_never_taken_away(salon, places, staff):
    apply_booking(salon, booking(), places=places)
    places.placement = replace(places.placement, staff=None, service=None)
    apply_booking(salon, booking(told_at=LATER), places=places)
    assert Appointment.objects.get().staff == staff


def test_absence_of_the_booker_is_a_no_show_and_can_be_taken_back(salon, places):
    apply_booking(salon, booking(), places=places)
    for told_at, absent, status in ((LATER, True, "no_show"), (LATER + timedelta(1), False, "confirmed")):
        news = AbsenceNews(uid="b1", absences={"ada@example.com": absent}, as_of=told_at)
        apply_news(salon, [news], places=places)
        assert Appointment.objects.get().status == status


def test_absence_news_of_an_unknown_booking_or_attendee_is_handed_back(salon, places):
    unknown = AbsenceNews(uid="b1", absences={"eve@example.com": True}, as_of=LATER)
    assert apply_news(salon, [unknown], places=places).outcomes == [Outcome.UNKNOWN_BOOKING]
    apply_booking(salon, booking(), places=places)
    assert apply_news(salon, [unknown], places=places).outcomes == [Outcome.UNKNOWN_BOOKING]


def test_a_recording_is_kept_with_its_appointment(salon, places):
    apply_booking(salon, booking(), places=places)
    apply_news(salon, [RecordingNews(uid="b1", url="https://example.com/r", as_of=LATER)], places=places)
    assert Appointment.objects.get().recording_url == "https://example.com/r"


def test_an_unknown_booking_without_event_type_is_handed_back(salon, places):
    assert apply_booking(salon, booking(event_type_id=None), places=places) is Outcome.UNKNOWN_BOOKING
    assert not Appointment.objects.exists()


def test_another_companys_booking_with_the_same_uid_is_another_appointment(salon, places):
    stranger = CompanyFactory.create()
    apply_booking(salon, booking(), places=places)
    places.placement = replace(places.placement, service=None, staff=None, branch_id=None)
    apply_booking(stranger, booking(status="cancelled", told_at=LATER), places=places)
    assert Appointment.objects.for_company(salon).get().status == "confirmed"
    assert Appointment.objects.for_company(stranger).get().status == "cancelled"


def test_a_move_can_not_reach_into_another_company(salon, places):
    apply_booking(salon, booking(), places=places)
    places.placement = replace(places.placement, service=None, staff=None, branch_id=None)
    apply_booking(CompanyFactory.create(), moved(ical_uid="x"), places=places)
    assert Appointment.objects.for_company(salon).get().calcom_booking_uid == "b1"


def test_a_batch_writes_one_line_of_history_for_each_change(salon, places):
    delivery = uuid4()
    batch = [booking(delivery_id=UUID(int=1)), booking(status="cancelled", told_at=LATER, delivery_id=delivery)]
    apply_news(salon, batch, places=places)
    last, first = AppointmentChange.objects.all()
    assert (first.action, last.action, last.side) == ("created", "cancelled", "calcom")
    assert (last.delivery_id, last.occurred_at) == (delivery, LATER)
    assert last.details["status"] == ["confirmed", "cancelled"]


def test_history_cannot_be_rewritten(salon, places):
    apply_booking(salon, booking(), places=places)
    with pytest.raises(Exception, match="append-only"):
        AppointmentChange.objects.update(reason="it was somebody else")


def test_personal_data_can_be_erased_from_the_history_on_purpose(salon, places):
    apply_booking(salon, booking(cancelled_by="ada@example.com"), places=places)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL slotkeeper.erasing = 'on'")
    assert AppointmentChange.objects.update(actor_name="") == 1


def test_guests_attend_and_are_no_customers(salon, places):
    guest = AttendeeSnapshot(email="guest@example.com", is_guest=True)
    apply_booking(salon, booking(attendees=(ADA, guest)), places=places)
    row = Appointment.objects.get()
    assert (row.attendee_count, str(row.primary_attendee)) == (2, "Ada Kühn")
    assert Customer.objects.get().email == "ada@example.com"


def test_an_attendee_who_is_no_longer_listed_is_gone(salon, places):
    guest = AttendeeSnapshot(email="guest@example.com", is_guest=True)
    apply_booking(salon, booking(attendees=(ADA, guest)), places=places)
    apply_booking(salon, booking(told_at=LATER), places=places)
    assert Appointment.objects.get().attendee_count == 1


def test_a_move_that_only_the_ical_uid_tells_of_is_one_appointment(salon, places):
    apply_booking(salon, booking("b1", ical_uid="i", ical_sequence=0), places=places)
    asked = booking("b2", status="pending", ical_uid="i", ical_sequence=1, told_at=LATER)
    apply_booking(salon, asked, places=places)
    assert Appointment.objects.get().calcom_booking_uid == "b2"


def test_occurrences_to_which_a_calendar_gave_one_ical_uid_stay_apart(salon, places):
    for uid in ("b1", "b2"):
        apply_booking(salon, booking(uid, ical_uid="i", is_recurring=True), places=places)
    assert Appointment.objects.count() == 2


def test_the_cancellation_of_a_whole_series_asks_for_a_second_look(salon, places):
    apply_booking(salon, booking(is_recurring=True), places=places)
    apply_booking(salon, booking(status="cancelled", ends_series=True, told_at=LATER), places=places)
    assert Appointment.objects.get().requires_manual_review


@pytest.mark.parametrize("email", ["family@example.com", ""])
def test_attendees_with_one_address_do_not_multiply(salon, places, email):
    family = tuple(AttendeeSnapshot(name=name, email=email) for name in ("Ada", "Ben"))
    for minute in range(4):
        apply_booking(salon, booking(attendees=family, told_at=TOLD + timedelta(minutes=minute)), places=places)
    assert sorted(who.name for who in Appointment.objects.get().attendees.all()) == ["Ada", "Ben"]


@pytest.mark.parametrize("order", [1, -1])
def test_what_cal_com_charged_outweighs_the_services_price_in_any_order(salon, places, order):
    news = [booking(), booking(price=Decimal(49), currency="EUR", told_at=LATER)]
    for one in news[::order]:
        apply_booking(salon, one, places=places)
        apply_booking(salon, one, places=places)
    assert Appointment.objects.get().booked_price == Decimal(49)


@pytest.mark.parametrize("order", [1, -1])
def test_the_customer_of_a_seated_booking_is_who_took_a_seat_first(salon, places, order):
    ben = AttendeeSnapshot(name="Ben Groß", email="ben@example.com")
    news = [booking(is_seated=True), booking(is_seated=True, attendees=(ben,), told_at=LATER)]
    for one in news[::order]:
        apply_booking(salon, one, places=places)
    row = Appointment.objects.get()
    assert (str(row.customer), row.booked_customer_name) == ("Ada Kühn", "Ada Kühn")


@pytest.mark.parametrize("seed", range(6))
def test_a_chain_without_booking_ids_is_one_live_appointment_in_any_order(salon, places, seed):
    news = [
        booking("b1"),
        booking("b1", status="cancelled", told_at=TOLD + timedelta(minutes=1)),
        moved(),
        booking("b2", starts_at=NINE + timedelta(hours=2), told_at=None, is_status_weak=True, are_details_weak=True),
    ]
    for one in random.Random(seed).sample(news, len(news)):
        apply_booking(salon, one, places=places)
    row = Appointment.objects.get()
    assert (row.calcom_booking_uid, row.status) == ("b2", "confirmed")


@pytest.mark.parametrize("order", [1, -1])
def test_two_moves_of_one_booking_ask_for_a_second_look(salon, places, order):
    old = Replaced(uid="b1", booking_id=1)
    forks = [booking(f"b{n}", booking_id=n, replaces=old, told_at=TOLD + timedelta(minutes=n)) for n in (2, 3)]
    for one in [booking("b1", booking_id=1), *forks][::order]:
        apply_booking(salon, one, places=places)
    assert Appointment.objects.get().requires_manual_review
