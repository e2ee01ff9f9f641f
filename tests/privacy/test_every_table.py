"""Every column of every table: dealt with by an erasure, or known to hold no customer."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from appointments.models import Appointment, Attendee, Customer, Departure
from config.privacy.parts import PARTS
from config.privacy.people import Asked, erase
from tests.factories import StaffFactory
from tests.portal.factories import AppointmentFactory, CustomerFactory, DeliveryFactory
from tests.privacy.everything import EMAIL, NAME, PHONE, covered, tables_naming_her, whole_database
from tests.privacy.explained import EXPLAINED

FREE = (models.CharField, models.TextField, models.JSONField, models.BinaryField, ArrayField)


def free_columns() -> Iterator[tuple[str, str]]:
    """Columns in which anything may stand, by model."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, FREE) and not field.choices and not field.generated:
                yield model._meta.label, field.name


def test_every_column_is_dealt_with_or_explained():
    known = covered()
    missing = [
        f"{label}.{name}"
        for label, name in free_columns()
        if name not in known.get(label, ()) and not {f"{label}.{name}", f"{label}.*"} & EXPLAINED.keys()
    ]
    assert missing == []


def test_what_is_explained_is_there_and_not_dealt_with_besides():
    there = {f"{label}.{name}" for label, name in free_columns()}
    labels = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert {one for one in EXPLAINED if one.removesuffix(".*") not in labels and one not in there} == set()
    assert {f"{label}.{name}" for label, names in covered().items() for name in names} & EXPLAINED.keys() == set()


def test_the_person_stands_in_every_table_that_is_dealt_with(everything):
    assert tables_naming_her() == {part.model._meta.db_table for part in PARTS.values()}


@pytest.mark.parametrize("by", ["customer", "email", "phone"])
def test_nothing_is_left_anywhere(everything, by):
    asked = {
        "customer": Asked(customer_id=everything.customer.pk),
        "email": Asked(email=EMAIL.title()),
        "phone": Asked(phone=PHONE),
    }
    assert erase(everything.company, asked[by], also_cancel=False, is_dry_run=False).is_good
    assert tables_naming_her() == set()


def test_others_texts_are_searched_as_they_are_stored(everything):
    told = {"notes": {"value": f"We are two:\n{EMAIL}"}}
    row = AppointmentFactory.create(company=everything.company, responses=told)
    DeliveryFactory.create(company=everything.company, body=json.dumps(told).encode())
    erase(everything.company, Asked(email=EMAIL), also_cancel=False, is_dry_run=False)
    row.refresh_from_db()
    assert row.responses == {"notes": {"value": "We are two:\n[erased]"}}
    assert tables_naming_her() == set()


def test_who_works_there_as_well_stays_in_what_tells_of_the_work(company):
    olga = CustomerFactory.create(company=company, name="Olga", email="olga@example.com", phone="+4930987654")
    StaffFactory.create(company=company, name="Olga", email="Olga@example.com", phone="+4930987654")
    own = AppointmentFactory.create(company=company, customer=olga, payload={"email": olga.email})
    host = [{"name": "Olga", "email": "olga@example.com"}]
    performed = AppointmentFactory.create(company=company, hosts=host)
    body = json.dumps({"organizer": host, "phone": "030 987654"}).encode()
    delivery = DeliveryFactory.create(company=company, state="pending", body=body)
    assert erase(company, Asked(email="olga@example.com"), also_cancel=True, is_dry_run=False).is_good
    for row in (olga, own, performed, delivery):
        row.refresh_from_db()
    assert (olga.name, olga.email, own.payload) == ("[erased]", "", {})
    assert (performed.hosts, delivery.state, bytes(delivery.body)) == (host, "pending", body)


def test_ids_times_and_others_stay(everything):
    before = {row.pk: (row.starts_at, row.status, row.service_id) for row in Appointment.objects.all()}
    erase(everything.company, Asked(email=EMAIL), also_cancel=False, is_dry_run=False)
    assert {row.pk: (row.starts_at, row.status, row.service_id) for row in Appointment.objects.all()} == before
    assert Customer.objects.get(pk=everything.other.pk).name == "Jo Sommer"
    assert Attendee.objects.filter(appointment=everything.shared, email="jo@example.com").exists()
    assert not Departure.objects.exists()


def test_a_dry_run_tells_the_numbers_and_changes_nothing(everything):
    before = whole_database()
    told = erase(everything.company, Asked(email=EMAIL), also_cancel=False, is_dry_run=True).counts
    assert whole_database() == before
    assert erase(everything.company, Asked(email=EMAIL), also_cancel=False, is_dry_run=False).counts == told
    assert all(told.values())


def test_the_second_time_nothing_is_left_to_do(everything):
    asked = Asked(customer_id=everything.customer.pk)
    erase(everything.company, asked, also_cancel=False, is_dry_run=False)
    before = whole_database()
    again = erase(everything.company, asked, also_cancel=False, is_dry_run=False)
    assert not any(again.counts.values())
    assert whole_database() == before
    assert NAME.lower() not in "".join(before.values())
