"""Somebody was erased, and the booking backend tells of them again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from appointments.backends import AbsenceNews, AttendeeSnapshot, Placement, RecordingNews, Replaced
from appointments.inbound import Outcome, apply_booking, apply_news
from appointments.models import Appointment, Attendee, Customer, ErasedAppointment, Tombstone
from config.privacy.people import Asked, erase
from tests.appointments.conftest import ADA, booking
from tests.privacy.everything import whole_database

BEFORE = timezone.now() - timedelta(days=3)
CLARA = AttendeeSnapshot(name="Clara Noll", email="clara@example.com")
SAID = {
    "title": "Cut between Ada Kühn and Mara",
    "responses": {"notes": {"label": "Notes", "value": "Ada is late"}},
    "payload": {"attendees": [{"email": "ada@example.com", "name": "Ada Kühn"}]},
    "cancelled_by": "ada@example.com",
}


@pytest.fixture
def told(salon, places):
    """News is applied as the drain does it."""

    @transaction.atomic
    def apply(news):
        return apply_news(salon, [news], places=places).outcomes[0]

    return apply


@pytest.fixture
def forgotten(salon, told):
    """Ada came three days ago, and was erased since."""
    news = booking("b1", starts_at=BEFORE, told_at=BEFORE - timedelta(days=1), **SAID)
    told(news)
    assert erase(salon, Asked(email="ada@example.com"), also_cancel=False, is_dry_run=False).is_good
    return news


class Nowhere:
    def place(self, **_of):
        return Placement()


def is_nowhere(*traces: str) -> bool:
    text = "\n".join(whole_database().values())
    return not any(trace in text for trace in traces)


@pytest.mark.parametrize("is_newer", [False, True])
def test_the_same_booking_brings_nobody_back(forgotten, told, is_newer):
    later = timezone.now() + timedelta(minutes=1)
    told(replace(forgotten, status="cancelled", as_of=later if is_newer else forgotten.as_of))
    assert Appointment.objects.get().status == "cancelled"
    assert (Customer.objects.count(), Attendee.objects.count()) == (1, 1)
    assert is_nowhere("ada@", "kühn", "123456")


def test_not_even_under_another_address(forgotten, told):
    changed = AttendeeSnapshot(name="Ada K.", email="ada.new@example.com")
    told(replace(forgotten, attendees=(changed,), as_of=timezone.now() + timedelta(minutes=1)))
    assert is_nowhere("ada@", "ada.new", "ada ", "kühn")


def test_a_move_of_it_stays_hers_and_nameless(forgotten, told):
    later = timezone.now() + timedelta(minutes=1)
    moved = booking("b2", starts_at=timezone.now() + timedelta(days=3), told_at=later, **SAID)
    told(replace(moved, is_move=True, replaces=Replaced(uid="b1")))
    assert Appointment.objects.get().calcom_booking_uid == "b2"
    assert is_nowhere("ada@", "kühn")


def test_a_recording_of_it_is_not_kept(forgotten, told):
    told(RecordingNews(uid="b1", url="https://example.com/ada.mp4", as_of=timezone.now()))
    assert Appointment.objects.get().recording_url == ""


def test_that_nobody_came_is_still_noted(forgotten, told):
    assert told(AbsenceNews(uid="b1", absences={"ada@example.com": True}, as_of=timezone.now())) is Outcome.CHANGED
    assert Attendee.objects.get().no_show
    assert is_nowhere("ada@")


def test_an_old_booking_that_was_not_known_comes_without_her(forgotten, told):
    told(booking("b0", starts_at=BEFORE - timedelta(days=30), told_at=timezone.now(), **SAID))
    row = Appointment.objects.get(calcom_booking_uid="b0")
    assert (row.customer, row.title, row.payload) == (None, "", {})
    assert is_nowhere("ada@", "kühn")


def test_whoever_books_anew_is_a_new_customer(forgotten, told):
    told(booking("b9", starts_at=timezone.now() + timedelta(days=9), told_at=timezone.now() + timedelta(minutes=1)))
    assert Customer.objects.get(appointments__calcom_booking_uid="b9").email == "ada@example.com"
    assert Customer.objects.count() == 2


def test_others_in_her_booking_stay(salon, told):
    guests = (ADA, replace(CLARA, is_guest=True))
    news = booking("b1", starts_at=BEFORE, told_at=BEFORE, attendees=guests, **SAID)
    told(news)
    erase(salon, Asked(email="ada@example.com"), also_cancel=False, is_dry_run=False)
    told(replace(news, as_of=timezone.now() + timedelta(minutes=1)))
    assert [one.email for one in Attendee.objects.order_by("position")] == ["", "clara@example.com"]
    assert is_nowhere("ada@", "kühn")


def test_a_guest_of_somebody_elses_coming_booking_stays_away(salon, told):
    said = {"payload": {"guests": ["clara@example.com"], "by": "ada@example.com"}}
    guests = (ADA, replace(CLARA, is_guest=True))
    at = timezone.now() + timedelta(days=3)
    news = booking("b1", starts_at=at, told_at=BEFORE, attendees=guests, **said)
    told(news)
    result = erase(salon, Asked(email="clara@example.com"), also_cancel=False, is_dry_run=False)
    assert (result.is_good, result.guest_of_others) == (True, 1)
    told(replace(news, as_of=timezone.now() + timedelta(minutes=1), title="Longer"))
    row = Appointment.objects.get()
    assert (row.title, row.payload["by"]) == ("Longer", "ada@example.com")
    assert Customer.objects.get(appointments=row).email == "ada@example.com"
    assert is_nowhere("clara@", "noll")


def test_a_seat_of_hers_stays_taken(salon, told):
    news = booking("b1", starts_at=BEFORE, told_at=BEFORE, attendees=(ADA,), is_seated=True)
    told(news)
    told(replace(news, attendees=(CLARA,)))
    erase(salon, Asked(email="ada@example.com"), also_cancel=False, is_dry_run=False)
    told(replace(news, as_of=timezone.now() + timedelta(minutes=1)))
    assert sorted((one.email, one.state) for one in Attendee.objects.all()) == [
        ("", "active"),
        ("clara@example.com", "active"),
    ]


def test_only_a_keyed_hash_is_left_of_an_address(forgotten):
    marks = set(Tombstone.objects.values_list("fingerprint", flat=True))
    assert len(marks) == 2  # the address and the number
    assert all(len(mark) == 64 for mark in marks)
    assert ErasedAppointment.objects.get().extent == "booker"


def test_another_company_is_not_told(forgotten, company):
    with transaction.atomic():
        apply_booking(company, booking("b0", starts_at=BEFORE, event_type_id=1), places=Nowhere())
    assert Customer.objects.get(company=company).email == "ada@example.com"
