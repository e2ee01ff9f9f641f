"""Who is meant: from an id, an e-mail address or a phone number to all rows that are theirs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.customers import normal_email, normal_phone
from appointments.errors import BookingError
from appointments.models import Appointment, Attendee, Customer, FormerUid
from companies.kept_answers import KEPT
from companies.models import Membership, Staff
from companies.privacy.person import Person

if TYPE_CHECKING:
    from companies.models import Company


class NobodyMeant(BookingError):
    """It is not clear who is meant, or there is no such customer."""


def find(company: Company, *, customer_id: int | None = None, email: str = "", phone: str = "") -> Person:
    """Everything by which one person is known in the company. Exactly one of the three is given.

    Somebody without a row may still be named in texts: then the person has only what was given. Raises NobodyMeant for
    an id that the company does not have, and for a number that several customers share.
    """
    if customer_id is not None:
        if not Customer.objects.for_company(company).filter(pk=customer_id).exists():
            raise NobodyMeant(_("This company has no customer %(id)s.") % {"id": customer_id})
        return _known_as(company, customer_ids={customer_id}, emails=set(), phones=set())
    if email:
        if "@" not in email[1:-1]:
            raise NobodyMeant(_("“%(address)s” is no e-mail address.") % {"address": email})
        return _known_as(company, customer_ids=set(), emails={normal_email(email)}, phones=set())
    number = normal_phone(phone) or phone.strip()
    sharing = sorted(Customer.objects.for_company(company).filter(phone=number).values_list("pk", flat=True))
    if len(sharing) > 1:
        ids = ", ".join(map(str, sharing))
        raise NobodyMeant(_("Several customers have this number: %(ids)s. Say which one is meant.") % {"ids": ids})
    return _known_as(company, customer_ids=set(sharing), emails=set(), phones={number})


def of_rows(company: Company, *, appointment_ids: Iterable[int], customer_ids: Iterable[int] = ()) -> Person:
    """All who are in these rows, as if they were one person of whom nothing but the rows is known."""
    own = frozenset(appointment_ids)
    attendees = Attendee.objects.for_company(company).filter(appointment__in=own).values_list("pk", flat=True)
    return Person(
        customer_ids=frozenset(customer_ids),
        attendee_ids=frozenset(attendees),
        own_ids=own,
        uids=_uids(company, own),
    )


def _known_as(company: Company, *, customer_ids: set[int], emails: set[str], phones: set[str]) -> Person:
    """From what was given to the customers, from these to their addresses, and from those to all attendees."""
    customers = Customer.objects.for_company(company)
    customer_ids |= set(customers.filter(email__in=emails - {""}).values_list("pk", flat=True))
    names: set[str] = set()
    for name, one_email, one_phone in _contacts(company, customer_ids):
        names |= {name.strip()} - {""}
        emails |= {normal_email(one_email)} - {""}
        phones |= {str(one_phone or "").strip()} - {""}
    emails -= _of_others(company, "email", emails, customer_ids)
    phones -= _of_others(company, "phone", phones, customer_ids)
    attendees = list(
        Attendee.objects.for_company(company)
        .filter(Q(customer__in=customer_ids) | Q(email__in=emails) | Q(email="", phone__in=phones))
        .values_list("pk", "name", "appointment_id")
    )
    attendee_ids = {pk for pk, _name, _appointment in attendees}
    own, shared = _appointments(company, customer_ids, attendee_ids, {row for _pk, _name, row in attendees})
    return Person(
        emails=frozenset(emails),
        phones=frozenset(phones),
        of_staff=frozenset(_of_staff(company) & (emails | phones)),
        names=frozenset(names | {name.strip() for _pk, name, _row in attendees} - {""}),
        customer_ids=frozenset(customer_ids),
        attendee_ids=frozenset(attendee_ids),
        own_ids=frozenset(own),
        shared_ids=frozenset(shared),
        uids=_uids(company, own),
        shared_uids=_uids(company, shared),
        uuids=_uuids(company, customer_ids, own | shared),
    )


def _contacts(company: Company, customer_ids: set[int]) -> list[tuple[str, str, Any]]:
    """Name, address and number of the customers, and as what they attended."""
    known = Customer.objects.for_company(company).filter(pk__in=customer_ids)
    attended = Attendee.objects.for_company(company).filter(customer__in=customer_ids)
    columns = ("name", "email", "phone")
    return [*known.values_list(*columns), *attended.values_list(*columns).distinct()]


def _of_others(company: Company, column: str, contacts: set[str], customer_ids: set[int]) -> set[str]:
    """Numbers that another customer has as well say nothing about who is meant. So do addresses of people for whom the
    person has booked.
    """
    others = Customer.objects.for_company(company).filter(**{f"{column}__in": contacts}).exclude(pk__in=customer_ids)
    return {str(contact) for contact in others.values_list(column, flat=True)}


def _of_staff(company: Company) -> set[str]:
    """Addresses and numbers of the company's own people."""
    staff = Staff.objects.for_company(company).values_list("email", "phone")
    users = Membership.objects.for_company(company).values_list("user__email", flat=True)
    return {normal_email(email) for email in users} | {normal_email(str(one)) for pair in staff for one in pair}


def _appointments(
    company: Company, customer_ids: set[int], attendee_ids: set[int], attended: set[int]
) -> tuple[set[int], set[int]]:
    """Ids of the appointments that are theirs alone (booked by them, or nobody else attends), and of the others."""
    rows = Appointment.objects.for_company(company).filter(Q(customer__in=customer_ids) | Q(pk__in=attended))
    others = Attendee.objects.filter(appointment=OuterRef("pk")).exclude(pk__in=attendee_ids)
    own, shared = set[int](), set[int]()
    told = rows.annotate(has_others=Exists(others)).values_list("pk", "customer_id", "is_seated", "has_others")
    for pk, customer_id, is_seated, has_others in told:
        is_theirs = not has_others or (customer_id in customer_ids and not is_seated)
        (own if is_theirs else shared).add(pk)
    return own, shared


def _uids(company: Company, appointment_ids: Iterable[int]) -> frozenset[str]:
    ids = list(appointment_ids)
    current = Appointment.objects.for_company(company).filter(pk__in=ids).exclude(calcom_booking_uid="")
    former = FormerUid.objects.for_company(company).filter(appointment__in=ids)
    return frozenset(current.values_list("calcom_booking_uid", flat=True)) | frozenset(
        former.values_list("uid", flat=True)
    )


def _uuids(company: Company, customer_ids: set[int], appointment_ids: set[int]) -> frozenset[UUID]:
    """Under which they may stand in answers of the API that are still kept."""
    since = timezone.now() - KEPT - timedelta(days=1)
    rows = Appointment.objects.for_company(company).filter(pk__in=appointment_ids, updated_at__gt=since)
    customers = Customer.objects.for_company(company).filter(pk__in=customer_ids)
    return frozenset(rows.values_list("uuid", flat=True)) | frozenset(customers.values_list("uuid", flat=True))
