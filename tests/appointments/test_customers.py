"""The person behind an attendee: found, or made, and never confused."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.customers import Person, find_or_create, normal_phone
from appointments.models import Customer
from tests.factories import CompanyFactory

ADA = Person("Ada Kühn", "ada@example.com", "+4930123456")


def test_an_e_mail_address_finds_its_customer(salon):
    first = find_or_create(salon, [ADA])[ADA]
    again = Person("A. Kühn-Neu", "ada@example.com", "")
    assert find_or_create(salon, [again])[again] == first
    assert Customer.objects.get().name == "Ada Kühn"


def test_two_people_of_one_batch_with_one_address_are_one_customer(salon):
    twin = Person("Ada K.", "ada@example.com", "")
    found = find_or_create(salon, [ADA, twin])
    assert found[ADA] == found[twin]


def test_a_phone_alone_finds_a_customer_only_if_nobody_else_has_it(salon):
    by_phone = Person("Kind Kühn", "", "+4930123456")
    first = find_or_create(salon, [ADA])[ADA]
    assert find_or_create(salon, [by_phone])[by_phone] == first
    Customer.objects.create(company=salon, name="Bruder", phone="+4930123456")
    assert Customer.objects.get(pk=find_or_create(salon, [by_phone])[by_phone]).name == "Kind Kühn"


def test_a_shared_phone_does_not_join_two_addresses(salon):
    brother = Person("Ben Kühn", "ben@example.com", "+4930123456")
    found = find_or_create(salon, [ADA, brother])
    assert found[ADA] != found[brother]


def test_somebody_without_address_and_phone_is_a_customer_of_their_own(salon):
    nobody = Person("Walk-in", "", "")
    assert Customer.objects.get(pk=find_or_create(salon, [nobody])[nobody]).email == ""
    find_or_create(salon, [nobody])
    assert Customer.objects.count() == 2


def test_customers_of_another_company_are_not_found(salon):
    theirs = find_or_create(CompanyFactory.create(), [ADA])[ADA]
    assert find_or_create(salon, [ADA])[ADA] != theirs


def test_the_number_of_queries_does_not_grow_with_the_people(salon):
    many = [Person(f"P{n}", f"p{n}@example.com", "") for n in range(100)]
    with CaptureQueriesContext(connection) as queries:
        assert len(find_or_create(salon, many)) == 100
    assert len(queries) <= 4


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("030 123456", "+4930123456"),
        ("+49 (0)30 123456", "+4930123456"),
        ("0043 1 58858", "+43158858"),
        ("12", ""),
        ("call me", ""),
        ("", ""),
    ],
)
def test_phones_are_stored_in_e_164(written, stored):
    assert normal_phone(written) == stored


def test_names_sort_without_their_accents(salon):
    for name in ("Zoe", "Öztürk", "Oz", "Ärger"):
        Customer.objects.create(company=salon, name=name)
    assert list(Customer.objects.values_list("name", flat=True)) == ["Ärger", "Oz", "Öztürk", "Zoe"]
