"""Branches, staff members, services and customers: their columns, and whether they are here already."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from appointments.models import Customer, Service
from calcom.legacy.dump.book import DELETED
from calcom.models import LegacyRow
from companies.models import Branch, Staff
from tests.calcom.legacy.dump import dumps
from tests.calcom.legacy.dump.conftest import reported
from tests.factories import BranchFactory, StaffFactory


def test_a_branch(dump, bring):
    hours = {
        "monday": {"open": "09:00", "close": "18:00"},
        "tue": ["09:00-12:00", "13:00-18:00"],
        "sunday": {"closed": 1},
    }
    bring(dump(branches=[dumps.branch(address="Weg 1", country="Deutschland", business_hours=json.dumps(hours))]))
    row = Branch.objects.get()
    assert (row.street, row.city, row.country, str(row.time_zone)) == ("Weg 1", "Berlin", "DE", "Europe/Berlin")
    assert row.hours == {"mon": ["09:00-18:00"], "tue": ["09:00-12:00", "13:00-18:00"]}


def test_what_a_branch_says_that_is_none_is_said(dump, bring):
    result = bring(dump(branches=[dumps.branch(timezone="Berlin", business_hours='{"mon": "nine to five"}')]))
    assert Branch.objects.get().hours == {}
    assert [row[3:] for row in reported(result)] == [
        ("noted", "there is no time zone “Berlin”; it gets the company's"),
    ]


def test_a_staff_member(dump, bring):
    bring(dump(staff=[dumps.staff(phone="030 123456", calendar_color="#112233", can_book_appointments="0")]))
    row = Staff.objects.get()
    assert (str(row.phone), row.color, row.is_active, row.is_bookable) == ("+4930123456", "#112233", True, False)


def test_who_was_deleted_is_kept_switched_off(dump, bring):
    bring(dump(staff=[dumps.staff(deleted_at="2026-01-01 10:00:00")]))
    assert not Staff.objects.get().is_active


def test_a_service(dump, bring):
    more: dict[str, Any] = {
        "before_event_buffer": 5,
        "buffer_time_minutes": "10",
        "minimum_booking_notice": 120,
        "is_active": "1",
    }
    bring(dump(services=[dumps.service(price="45,50 €", **more)]))
    row = Service.objects.get()
    assert (row.price, row.currency, row.notice_min) == (Decimal("45.50"), "EUR", 120)
    assert (row.buffer_before_min, row.buffer_after_min) == (5, 10)


def test_services_with_one_name_stay_apart(dump, bring):
    result = bring(dump(services=[dumps.service(), dumps.service(12, duration_minutes=60)]))
    assert dict(Service.objects.values_list("name", "duration_min")) == {"Haarschnitt": 30, "Haarschnitt (12)": 60}
    assert reported(result)[0][3:] == ("noted", "the name “Haarschnitt” is taken; it is called “Haarschnitt (12)”")


def test_what_is_here_already_is_taken_as_it_is(dump, bring, company):
    branch = BranchFactory.create(company=company, name="ZENTRALE", city="Bonn")
    staff = StaffFactory.create(company=company, name="Mira K.", email="Mira@example.com")
    service = Service.objects.create(company=company, name="haarschnitt", duration_min=45)
    customer = Customer.objects.create(company=company, name="Ada", email="kundin21@example.com")
    result = bring(dump())
    assert (result.counts["matched"], result.counts["created"]) == (4, 1)
    ids = dict(LegacyRow.objects.exclude(kind="appointment").values_list("kind", "object_id"))
    assert ids == {"branch": branch.pk, "staff": staff.pk, "service": service.pk, "customer": customer.pk}
    service.refresh_from_db()
    assert service.duration_min == 45


def test_staff_of_one_name_are_told_apart_or_refused(dump, bring, company):
    StaffFactory.create(company=company, name="Mira Keller", email="other@example.com")
    assert bring(dump(), table="staff").tables["staff"]["created"] == 1
    StaffFactory.create_batch(2, company=company, name="Olga Ott")
    result = bring(dump(staff=[dumps.staff("7", name="Olga Ott", email="")]), table="staff")
    assert result.tables["staff"] == {"rows": 1, "refused": 1}
    assert "several staff members are called so" in reported(result)[-1][4]


def test_two_of_the_dump_with_one_name_are_two(dump, bring):
    bring(dump(staff=[dumps.staff(email=""), dumps.staff("7", email="")]), table="staff", batch=1)
    assert Staff.objects.filter(name="Mira Keller").count() == 2


def test_customers_with_one_address_are_one(dump, bring):
    rows = [dumps.customer(), dumps.customer(22, email=" KUNDIN21@example.com"), dumps.customer(23)]
    result = bring(dump(customers=rows))
    assert result.tables["customers"] == {"rows": 3, "created": 2, "matched": 1}
    first, second, _ = LegacyRow.objects.filter(kind="customer").order_by("key").values_list("object_id", flat=True)
    assert first == second


def test_a_family_that_shares_a_number_stays_apart(dump, bring, company):
    known = Customer.objects.create(company=company, name="Ada Kühn", phone="+4930123456")
    rows = [
        dumps.customer(key, name=name, email="", phone="030123456") for key, name in ((21, "Ole"), (22, "ada kühn"))
    ]
    result = bring(dump(customers=rows))
    assert result.tables["customers"] == {"rows": 2, "created": 1, "matched": 1}
    assert LegacyRow.objects.get(kind="customer", key="22").object_id == known.pk


def test_customers_that_were_made_up_have_no_contact(dump, bring):
    rows = [
        dumps.customer(21, email="calcom_65ab@noemail.example.com", phone="anonymous_17_ab"),
        dumps.customer(22, email="customer_22@placeholder.example.com", phone=""),
    ]
    assert bring(dump(customers=rows)).tables["customers"]["created"] == 2
    assert set(Customer.objects.values_list("email", "phone")) == {("", "")}


def test_a_deleted_customer_is_left_out_and_nothing_of_them_kept(dump, bring):
    result = bring(dump(customers=[dumps.customer(deleted_at="2026-01-01 10:00:00")]))
    assert result.tables["customers"] == {"rows": 1, "left_out": 1}
    row = LegacyRow.objects.get(kind="customer")
    assert (row.object_id, row.data) == (None, DELETED)
    assert result.tables["appointments"] == {"rows": 1, "created": 1}
    assert "without anything personal" in reported(result)[-1][4]


@pytest.mark.parametrize("names", [{"first_name": "Ada", "last_name": "Kühn"}, {"name": "Ada Kühn"}])
def test_names_in_one_column_or_two(tmp_path, bring, names):
    path = dumps.write_csv(tmp_path, "customers", [{"id": 1, "email": ""} | names])
    bring(path)
    assert Customer.objects.get().name == "Ada Kühn"


def test_nobody_at_all_is_refused(tmp_path, bring):
    path = dumps.write_csv(tmp_path, "customers", [{"id": 1, "name": " ", "email": ""}])
    assert "neither a name nor" in reported(bring(path))[0][4]
