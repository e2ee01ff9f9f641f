"""Whether a branch, a staff member, a service or a customer of the dump is here already.

What is found is taken as it is; what an old row has become already is no other's. Where it is not certain who is meant,
nothing is joined: a row of its own is made, or the row is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from django.db import models
from django.db.models.functions import Lower

from appointments.models import Customer, Service
from calcom.legacy.dump.book import Book
from calcom.legacy.dump.drafts import Draft, Refusals
from calcom.legacy.dump.errors import Unusable
from calcom.legacy.dump.tables import Kind
from companies.models import Branch, Staff

N = TypeVar("N", Branch, Service)
P = TypeVar("P", Branch, Service, Staff)

_LONGEST_NAME = 200


def branches(drafts: Sequence[Draft[Branch]], book: Book) -> Refusals:
    """See `_named`."""
    return _named(Branch, Kind.BRANCH, drafts, book)


def services(drafts: Sequence[Draft[Service]], book: Book) -> Refusals:
    """See `_named`."""
    return _named(Service, Kind.SERVICE, drafts, book)


def staff(drafts: Sequence[Draft[Staff]], book: Book) -> Refusals:
    """By e-mail address, else by name where the addresses do not contradict."""
    present = Staff.objects.for_company(book.company)
    by_email = _by(present, "email", [draft.row.email for draft in drafts])
    by_name = _by(present, "name", [draft.row.name for draft in drafts])
    claimed = book.claimed(Kind.STAFF, [row.pk for rows in (*by_email.values(), *by_name.values()) for row in rows])
    refused: Refusals = {}
    for draft in drafts:
        name, email = draft.row.name.lower(), draft.row.email
        same = [row for row in by_email.get(email, []) if email and row.pk not in claimed]
        same = same or [row for row in by_name.get(name, []) if row.pk not in claimed and (not email or not row.email)]
        if len(same) > 1:
            refused[draft] = "several staff members are called so; give them e-mail addresses"
        elif same and book.claim("staff", str(same[0].pk), draft):
            draft.found_id = same[0].pk
    return refused


def customers(drafts: Sequence[Draft[Customer]], book: Book) -> Refusals:
    """By e-mail address; without one, by phone number and name together. Several may share a number. None refused."""
    present = Customer.objects.for_company(book.company)
    emails = {draft.row.email for draft in drafts} - {""}
    phones = {str(draft.row.phone) for draft in drafts if draft.row.phone and not draft.row.email}
    by_email = dict(present.filter(email__in=emails).values_list("email", "pk")) if emails else {}
    by_phone: dict[tuple[str, str], list[int]] = defaultdict(list)
    for pk, phone, name in present.filter(phone__in=phones).values_list("pk", "phone", "name") if phones else ():
        by_phone[str(phone), name.lower()].append(pk)
    claimed = book.claimed(Kind.CUSTOMER, [pk for pks in by_phone.values() for pk in pks])
    for draft in drafts:
        row = draft.row
        if row.email:
            draft.found_id = by_email.get(row.email)
            draft.is_twin = draft.found_id is None and not book.claim("email", row.email, draft)
            continue
        same = [pk for pk in by_phone.get((str(row.phone), row.name.lower()), []) if pk not in claimed]
        if len(same) == 1 and book.claim("customer", str(same[0]), draft):
            draft.found_id = same[0]
    return {}


def _named(model: type[N], kind: Kind, drafts: Sequence[Draft[N]], book: Book) -> Refusals:
    """By name, which is unique here: a second one of the dump gets its old key behind it."""
    present = _by(model.objects.for_company(book.company), "name", [draft.row.name for draft in drafts])
    claimed = book.claimed(kind, [row.pk for rows in present.values() for row in rows])
    refused: Refusals = {}
    for draft in drafts:
        name = draft.row.name.lower()
        free = [row for row in present.get(name, []) if row.pk not in claimed]
        is_first = book.claim(kind, name, draft)
        if is_first and free:
            draft.found_id = free[0].pk
        elif not is_first or present.get(name):
            try:
                draft.row.name = _another_name(draft, kind, book)
            except Unusable as error:
                refused[draft] = str(error)
    return refused


def _another_name(draft: Draft[N], kind: Kind, book: Book) -> str:
    suffix = f" ({draft.key[:40]})"
    name = f"{draft.row.name[: _LONGEST_NAME - len(suffix)]}{suffix}"
    is_taken = type(draft.row).objects.for_company(book.company).filter(name__iexact=name).exists()
    if is_taken or not book.claim(kind, name.lower(), draft):
        raise Unusable(f"the name “{draft.row.name}” is taken, and “{name}” too")
    draft.remarks.append(f"the name “{draft.row.name}” is taken; it is called “{name}”")
    return name


def _by(rows: models.QuerySet[P], column: str, values: Sequence[str]) -> dict[str, list[P]]:
    """The rows with these values, without regard to case; empty values are none."""
    wanted = {value.lower() for value in values} - {""}
    found: dict[str, list[P]] = defaultdict(list)
    for row in rows.alias(lower=Lower(column)).filter(lower__in=wanted).order_by("pk") if wanted else ():
        found[getattr(row, column).lower()].append(row)
    return found
