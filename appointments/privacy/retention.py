"""Blanking what is kept no longer: found a batch at a time, in one walk through the appointments of a company.

Nothing says how far the last run came but the rows themselves, so a run may be killed anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from appointments.models import Appointment, AppointmentChange, Attendee, Customer, ErasedAppointment, Push
from appointments.privacy.erase import Extent, mark
from appointments.privacy.tables import CHANGES, PUSHES
from appointments.privacy.who import of_rows
from appointments.standing import WITH_PUSHES
from companies.privacy.erasing import erasing
from companies.privacy.redaction import ERASED
from companies.retention import in_order

if TYPE_CHECKING:
    from companies.models import Company
    from companies.privacy.person import Person

_NO_PAYLOAD: dict[str, object] = {}


def payloads_due(company: Company, *, before: datetime) -> QuerySet[Appointment]:
    """Appointments that ended before and have a raw payload."""
    rows = Appointment.objects.for_company(company).filter(starts_at__lt=before, ends_at__lt=before)
    return rows.exclude(payload=_NO_PAYLOAD)


def payload_ids(company: Company, *, before: datetime, batch: int) -> Iterator[list[int]]:
    """The ids of such appointments, a batch at a time."""
    for ids, _reached in in_order(payloads_due(company, before=before), "starts_at", batch):
        yield ids


def blank_payloads(company: Company, ids: list[int], *, before: datetime) -> int:
    """Blank their raw payloads, and what finished changes sent. In a transaction in which erasing is allowed."""
    sent = Push.objects.for_company(company).filter(appointment__in=ids, finished_at__lt=before)
    sent.update(wanted=PUSHES.blank["wanted"], told=PUSHES.blank["told"])
    rows = Appointment.objects.for_company(company).filter(pk__in=ids)
    return rows.update(payload=_NO_PAYLOAD, updated_at=timezone.now())


def past_due(company: Company, *, before: datetime) -> QuerySet[Appointment]:
    """Appointments that ended before and say whose they were. What Cal.com still has to be told of is not over."""
    marks = ErasedAppointment.objects.filter(appointment=OuterRef("pk"), extent=Extent.ALL)
    rows = Appointment.objects.for_company(company).filter(starts_at__lt=before, ends_at__lt=before)
    return rows.exclude(sync_status__in=WITH_PUSHES).exclude(Exists(marks))


def past_ids(company: Company, *, before: datetime, batch: int) -> Iterator[list[int]]:
    """The ids of such appointments, a batch at a time. Whoever takes one blanks it before taking the next."""
    for ids, _reached in in_order(past_due(company, before=before), "starts_at", batch):
        yield ids


def people_of(company: Company, ids: list[int], *, before: datetime) -> Person:
    """All who are in those of these that are due still.

    In the transaction in which they are blanked: the appointments are locked, before anything that goes with them.
    """
    due = past_due(company, before=before).filter(pk__in=ids).order_by("pk").select_for_update()
    return of_rows(company, appointment_ids=due.values_list("pk", flat=True))


def close(company: Company, person: Person) -> None:
    """Mark these appointments as blanked, with everybody in them. In the transaction in which they are."""
    mark(company, person.own_ids, Extent.ALL, at=timezone.now())


def customers_due(
    company: Company, *, before: datetime, besides: QuerySet[Appointment] | None = None
) -> QuerySet[Customer]:
    """Customers made before, none of whose appointments says any more whose it was. `besides`: nor will these say it.

    Found by themselves, not with their last appointment: those of an import were made long after it.
    """
    theirs = Appointment.objects.for_company(company)
    kept = theirs.exclude(Exists(ErasedAppointment.objects.filter(appointment=OuterRef("pk"), extent=Extent.ALL)))
    if besides is not None:
        kept = kept.exclude(pk__in=besides.values("pk"))
    customers = Customer.objects.for_company(company).filter(created_at__lt=before).exclude(name=ERASED)
    return customers.filter(_is_in(theirs)).exclude(_is_in(kept))


def customer_ids(company: Company, *, before: datetime, batch: int) -> Iterator[list[int]]:
    """The ids of such customers, a batch at a time."""
    due, last = customers_due(company, before=before).order_by("pk").values_list("pk", flat=True), 0
    while ids := list(due.filter(pk__gt=last)[:batch]):
        yield ids
        last = ids[-1]


def still_leaving(company: Company, ids: list[int], *, before: datetime) -> Person:
    """These, as far as none of them has booked again. In the transaction in which they are blanked."""
    due = customers_due(company, before=before).filter(pk__in=ids)
    return of_rows(company, appointment_ids=(), customer_ids=due.values_list("pk", flat=True))


def _is_in(rows: QuerySet[Appointment]) -> Q:
    """Whether a customer has booked one of these appointments, or attended it."""
    attended = Attendee.objects.filter(customer=OuterRef("pk"), appointment__in=rows.values("pk"))
    return Q(Exists(rows.filter(customer=OuterRef("pk")))) | Q(Exists(attended))


def history_due(company: Company, *, before: datetime, after: int) -> QuerySet[AppointmentChange]:
    """Lines of the history that were written before, behind the one with this id."""
    return AppointmentChange.objects.for_company(company).filter(pk__gt=after, recorded_at__lt=before)


def blank_history(company: Company, *, before: datetime, after: int, batch: int) -> Iterator[tuple[int, int]]:
    """Blank who and why in old lines of the history: how many lines in each batch, and the id that is reached.

    A line may have been written later than those behind it: then it is where this ends, and the next run begins.
    """
    lines = AppointmentChange.objects.for_company(company).order_by("pk").values_list("pk", "recorded_at")
    while page := list(lines.filter(pk__gt=after)[:batch]):
        ids = [pk for pk, _at in takewhile(lambda line: line[1] < before, page)]
        if not ids:
            return
        with erasing(company):
            done = AppointmentChange.objects.filter(pk__in=ids).update(**CHANGES.blank)
        after = ids[-1]
        yield done, after
