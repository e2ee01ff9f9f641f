"""Everything that is known of a person, handed out."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from appointments import tombstones
from appointments.models import Appointment, Attendee, Customer
from appointments.privacy.who import NobodyMeant
from config.privacy.parts import PARTS
from config.privacy.people import Asked, erase, export
from tests.factories import CompanyFactory
from tests.portal.factories import AppointmentFactory, AttendeeFactory, CustomerFactory
from tests.privacy.everything import EMAIL, NAME, PHONE, whole_database


def text(told):
    return json.dumps(told, ensure_ascii=False, default=str)


def test_every_table_is_in_it(everything):
    told = export(everything.company, Asked(customer_id=everything.customer.pk))
    assert told.keys() >= PARTS.keys()
    (row,) = (one for one in told["customers"] if "email" in one)
    assert (row["name"], row["email"], str(row["phone"])) == (NAME, EMAIL, PHONE)
    assert told["deliveries"][0]["body"]["attendees"][0]["email"] == EMAIL


def test_nothing_of_others_is_in_it(everything):
    Customer.objects.filter(pk=everything.other.pk).update(notes=f"Sister of {EMAIL}")
    told = export(everything.company, Asked(email=EMAIL))
    assert {"id": everything.other.pk, "mentions": {"notes": f"Sister of {EMAIL}"}} in told["customers"]
    assert "jo@example.com" not in text(told)
    assert "shared-1" not in text(told)


def test_nothing_of_another_company_is_in_it(everything):
    elsewhere = CompanyFactory.create()
    assert not export(elsewhere, Asked(email=EMAIL)).keys() & PARTS.keys()
    with pytest.raises(NobodyMeant, match="no customer"):
        export(elsewhere, Asked(customer_id=everything.customer.pk))


def test_reading_changes_nothing(everything):
    before = whole_database()
    export(everything.company, Asked(email=EMAIL))
    assert whole_database() == before


def test_after_an_erasure_there_is_nothing_to_tell(everything):
    erase(everything.company, Asked(email=EMAIL), also_cancel=False, is_dry_run=False)
    assert not export(everything.company, Asked(email=EMAIL)).keys() & PARTS.keys()


def test_a_number_that_a_family_shares_means_nobody(everything):
    CustomerFactory.create(company=everything.company, name="Her mother", phone=PHONE)
    with pytest.raises(NobodyMeant, match="Several customers"):
        export(everything.company, Asked(phone=PHONE))


def test_the_family_keeps_its_number(everything):
    mother = CustomerFactory.create(company=everything.company, name="Her mother", phone=PHONE)
    erase(everything.company, Asked(email=EMAIL), also_cancel=False, is_dry_run=False)
    mother.refresh_from_db()
    assert (mother.name, str(mother.phone)) == ("Her mother", PHONE)


def test_whoever_booked_for_somebody_else_is_not_told_of_them_nor_erases_them(company):
    ada, bob = (CustomerFactory.create(company=company, email=f"{name}@example.com") for name in ("ada", "bob"))
    for customer in (ada, bob):
        row = AppointmentFactory.create(
            company=company, customer=customer, starts_at=timezone.now() - timedelta(days=9)
        )
        AttendeeFactory.create(appointment=row, customer=customer, name="Bob", email="bob@example.com")
    told = export(company, Asked(customer_id=ada.pk))
    assert [len(told[name]) for name in ("customers", "appointments", "attendees")] == [1, 1, 1]
    assert erase(company, Asked(customer_id=ada.pk), also_cancel=False, is_dry_run=False).is_good
    assert Attendee.objects.get(customer=bob).email == "bob@example.com"
    assert Appointment.objects.get(customer=bob).booked_customer_name != "[erased]"
    assert tombstones.erased_among(company, ["bob@example.com"]).since == {}
