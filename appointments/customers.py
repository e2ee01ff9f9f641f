"""Customers: finding the person behind an attendee, without ever taking two people for one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from django.conf import settings

from appointments.bulk import insert
from appointments.models import Customer
from companies.models import Company


@dataclass(frozen=True)
class Person:
    """What is known of somebody who books. `email` is lower case, `phone` E.164; each may be empty."""

    name: str
    email: str
    phone: str
    language: str = ""


def normal_email(text: str) -> str:
    """An e-mail address as it is stored and compared: trimmed, lower case."""
    return text.strip().lower()


@lru_cache(maxsize=10_000)
def normal_phone(text: str) -> str:
    """A phone number in E.164, read in the default region; empty where it cannot be one."""
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def find_or_create(company: Company, people: Iterable[Person]) -> dict[Person, int]:
    """The id of the customer behind each person; missing customers are created.

    Matched by e-mail; by phone only without an e-mail and where exactly one customer has it. Never merged, and a
    known customer's data is never overwritten. At most five queries, whatever the number of people. Rows are
    inserted in the order of their e-mail addresses, so that two callers cannot block each other.
    """
    wanted = sorted(set(people), key=lambda person: (person.email, person.phone, person.name))
    by_email = _by_email(company, [person for person in wanted if person.email])
    by_phone = _by_phone(company, {person.phone for person in wanted if person.phone and not person.email})
    found: dict[Person, int] = {}
    missing: list[Person] = []
    for person in wanted:
        if person.email:
            found[person] = by_email[person.email]
        elif len(by_phone.get(person.phone, [])) == 1:
            found[person] = by_phone[person.phone][0]
        else:
            missing.append(person)
    created = [_new(company, person) for person in missing]
    insert(created)
    return found | {person: customer.pk for person, customer in zip(missing, created, strict=True)}


def known(company: Company, person: Person) -> Customer | None:
    """The customer who is already known for this person, by the same rules; nobody is created."""
    customers = Customer.objects.for_company(company)
    if person.email:
        return customers.filter(email=normal_email(person.email)).first()
    number = normal_phone(person.phone)
    found = list(customers.filter(phone=number)[:2]) if number else []
    return found[0] if len(found) == 1 else None


def _by_email(company: Company, people: list[Person]) -> dict[str, int]:
    if not people:
        return {}
    first_of = {person.email: person for person in reversed(people)}
    by_email = _ids_of(company, first_of)
    missing = [person for email, person in sorted(first_of.items()) if email not in by_email]
    if missing:
        Customer.objects.bulk_create([_new(company, person) for person in missing], ignore_conflicts=True)
        by_email |= _ids_of(company, [person.email for person in missing])
    return by_email


def _ids_of(company: Company, emails: Iterable[str]) -> dict[str, int]:
    return dict(Customer.objects.for_company(company).filter(email__in=emails).values_list("email", "pk"))


def _by_phone(company: Company, phones: set[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    if phones:
        known = Customer.objects.for_company(company).filter(phone__in=phones)
        for phone, pk in known.values_list("phone", "pk"):
            found.setdefault(str(phone), []).append(pk)
    return found


def _new(company: Company, person: Person) -> Customer:
    return Customer(
        company=company,
        name=person.name or person.email or person.phone,
        email=person.email,
        phone=person.phone,
        language=person.language,
    )
