"""What stands in the way of an erasure: appointments to come, and changes that are just being sent."""

from __future__ import annotations

import pytest

from appointments.backends import AttendeeSnapshot
from appointments.models import Appointment, AppointmentChange, Attendee, Customer, Push
from appointments.wishes import Wish, wish_of
from companies.api import shared
from companies.models import IdempotencyRecord
from config.privacy.people import Asked, erase
from tests.appointments.conftest import ADA, send_all, tell
from tests.appointments.meanwhile import while_it_is_open
from tests.privacy.everything import tables_naming_her, whole_database

ADA_ASKS = Asked(email="ada@example.com")
CLARA = AttendeeSnapshot(name="Clara Noll", email="clara@example.com")


def is_gone(*traces: str) -> bool:
    text = "\n".join(whole_database().values())
    return not any(trace in text for trace in traces)


def test_nothing_is_erased_while_somebody_is_expected(booked, salon):
    before = whole_database()
    result = erase(salon, ADA_ASKS, also_cancel=False, is_dry_run=False)
    assert result.failures == [
        "nothing was erased: there is 1 appointment to come. Cancel first, or add --also-cancel."
    ]
    assert whole_database() == before


def test_what_is_to_come_can_be_cancelled_with_it(booked, salon, server):
    result = erase(salon, ADA_ASKS, also_cancel=True, is_dry_run=False)
    assert (result.is_good, result.cancelled, result.at_backend) == (True, 1, 1)
    assert Appointment.objects.get().status == "cancelled"
    assert is_gone("ada@", "kühn", "123456")


def test_the_backend_is_told_of_the_cancellation_and_brings_nobody_back(booked, salon, server):
    erase(salon, ADA_ASKS, also_cancel=True, is_dry_run=False)
    send_all(booked)
    (booking,) = server.bookings.values()
    assert booking.status == "cancelled"
    tell(server, booked.calcom_booking_uid)
    assert Push.objects.filter(finished_at=None).count() == 0
    assert is_gone("ada@", "kühn", "123456")


def test_what_the_backend_never_heard_of_is_not_sent_any_more(order, salon, server):
    order()
    assert erase(salon, ADA_ASKS, also_cancel=True, is_dry_run=False).is_good
    assert not Push.objects.filter(finished_at=None).exists()
    assert is_gone("ada@", "kühn", "123456")


def test_a_dry_run_cancels_nothing(booked, salon):
    before = whole_database()
    result = erase(salon, ADA_ASKS, also_cancel=True, is_dry_run=True)
    assert (result.cancelled, result.counts["customers"]) == (1, 1)
    assert whole_database() == before


def test_what_is_just_being_sent_is_left_alone(order, salon):
    order()
    Push.objects.update(state="in_flight")
    result = erase(salon, ADA_ASKS, also_cancel=True, is_dry_run=False)
    assert "just being sent" in result.failures[0]
    assert (Appointment.objects.get().status, Customer.objects.get().email) == ("confirmed", "ada@example.com")
    Push.objects.filter(operation="create").update(state="done", finished_at="2026-11-20T12:00Z")
    assert erase(salon, ADA_ASKS, also_cancel=True, is_dry_run=False).is_good


def test_what_waits_for_somebody_elses_booking_is_told_without_her(booked, salon):
    Attendee.objects.create(company=salon, appointment=booked, is_guest=True, name="Clara Noll", email=CLARA.email)
    waiting = {
        "move": Wish(attendees=(ADA, CLARA), guests=(CLARA.email, "jo@example.com")),
        "mark_absent": Wish(absences={CLARA.email: True}),
    }
    for version, (operation, wish) in enumerate(waiting.items(), start=7):
        values = {"operation": operation, "version": version, "wanted": wish.as_json()}
        Push.objects.create(company=salon, appointment=booked, **values)
    assert erase(salon, Asked(email=CLARA.email), also_cancel=False, is_dry_run=False).is_good
    move, mark = Push.objects.filter(version__gte=7).order_by("version")
    assert (move.state, wish_of(move).attendees, wish_of(move).guests) == ("pending", (ADA,), ("jo@example.com",))
    assert mark.state == "folded"
    assert is_gone("clara@", "noll")


@pytest.mark.parametrize("state", ["pending", "needs_staff", "conflict"])
def test_what_waits_for_staff_is_not_needed_any_more_once_it_is_over(booked, salon, clock, state):
    clock.shift(60 * 24 * 3600)
    Push.objects.create(
        company=salon, appointment=booked, operation="move", version=9, state=state, wanted={"notes": "Ada Kühn"}
    )
    assert erase(salon, ADA_ASKS, also_cancel=False, is_dry_run=False).is_good
    assert Push.objects.get(version=9).state == "folded"
    assert Appointment.objects.get().sync_status == "synced"
    assert is_gone("ada@", "kühn")


def test_of_a_seated_booking_only_the_seat_is_given_up(booked, salon, server):
    Appointment.objects.update(is_seated=True)
    Attendee.objects.update(seat_uid="seat-1")
    Attendee.objects.create(company=salon, appointment=booked, name="Clara Noll", email="clara@example.com")
    assert erase(salon, ADA_ASKS, also_cancel=True, is_dry_run=False).cancelled == 1
    assert Appointment.objects.get().status == "confirmed"
    assert Push.objects.get(operation="cancel").wanted["seat_uid"] == "seat-1"
    assert [(one.email, one.state) for one in Attendee.objects.order_by("pk")] == [
        ("", "gone"),
        ("clara@example.com", "active"),
    ]
    assert is_gone("ada@", "kühn", "123456")


def test_the_history_still_says_what_happened_when(booked, salon):
    before = list(AppointmentChange.objects.order_by("pk").values("pk", "action", "occurred_at", "actor_name"))
    erase(salon, ADA_ASKS, also_cancel=True, is_dry_run=False)
    after = list(AppointmentChange.objects.order_by("pk").values("pk", "action", "occurred_at", "actor_name"))
    assert after[: len(before)] == before
    assert after[-1]["action"] == "cancelled"


def test_the_same_person_elsewhere_is_somebody_elses_customer(everything, salon, booked):
    Customer.objects.filter(company=salon).update(email=everything.customer.email)
    Attendee.objects.filter(company=salon).update(email=everything.customer.email)
    erase(everything.company, Asked(email=everything.customer.email), also_cancel=False, is_dry_run=False)
    assert Customer.objects.get(company=salon).name == ADA.name
    assert tables_naming_her() == {"appointments_customer", "appointments_attendee"}


@pytest.mark.django_db(transaction=True)
def test_news_that_waits_for_the_erasure_brings_nobody_back(booked, salon, server):
    while_it_is_open(
        lambda: erase(salon, ADA_ASKS, also_cancel=True, is_dry_run=False),
        lambda: tell(server, booked.calcom_booking_uid, title="Cut with Ada Kühn"),
    )
    assert (Appointment.objects.get().status, Appointment.objects.get().title) == ("cancelled", "")
    assert is_gone("ada@", "kühn", "123456")


def test_the_cache_forgets_answers_of_the_api_too(everything, django_capture_on_commit_callbacks):
    (key,) = IdempotencyRecord.objects.values_list("key", flat=True)
    place = shared.name("answer", key.hex)
    shared.ask(lambda redis: redis.set(place, "Isolde"), otherwise=None)
    with django_capture_on_commit_callbacks(execute=True):
        erase(everything.company, Asked(email=everything.customer.email), also_cancel=False, is_dry_run=False)
    assert shared.ask(lambda redis: redis.get(place), otherwise=b"away") is None
    assert IdempotencyRecord.objects.get().status == 201
