"""Blanking what is kept no longer: found a batch at a time, in one walk through the appointments of a company.

Nothing says how far the last run came but the rows themselves, so a run may be killed anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from appointments.models import Appointment, AppointmentChange, Attendee, Customer, ErasedAppointment, Push
from appointments.privacy.erase import Extent, mark
from appointments.privacy.tables import CHANGES, PUSHES
from appointments.privacy.who import of_rows
from appointments.standing import WITH_PUSHES
from companies.privacy.erasing import erasing
from companies.privacy.redaction import ERASED

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
    yield from _walk(payloads_due(company, before=before), batch)


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
    yield from _walk(past_due(company, before=before), batch)


def people_of(company: Company, ids: list[int], *, before: datetime) -> Person:
    """All who are in those of these that are due still, with the customers who have no other appointment.

    In the transaction in which they are blanked: the appointments are locked, before anything that goes with them, and
    whoever has just booked again is seen.
    """
    due = past_due(company, before=before).filter(pk__in=ids).order_by("pk").select_for_update()
    ids = list(due.values_list("pk", flat=True))
    customers = _leaving(company, ids, before).values_list("pk", flat=True)
    return of_rows(company, appointment_ids=ids, customer_ids=customers)


def close(company: Company, person: Person) -> None:
    """Mark these appointments as blanked, with everybody in them. In the transaction in which they are."""
    mark(company, person.own_ids, Extent.ALL, at=timezone.now())


def leaving(company: Company, *, before: datetime) -> int:
    """How many customers people_of() would come to."""
    due = past_due(company, before=before)
    return _leaving(company, due.values("pk"), before).count()


def _leaving(company: Company, ids: Any, before: datetime) -> QuerySet[Customer]:
    """The customers of these appointments who have no other that still says whose it was, and were made before."""
    blanked = ErasedAppointment.objects.filter(appointment=OuterRef("pk"), extent=Extent.ALL)
    kept_ones = Appointment.objects.for_company(company).exclude(pk__in=ids).exclude(Exists(blanked))
    booked = kept_ones.filter(customer=OuterRef("pk"))
    attended = Attendee.objects.filter(customer=OuterRef("pk"), appointment__in=kept_ones.values("pk"))
    of_these = Appointment.objects.filter(pk__in=ids, customer__isnull=False).values("customer")
    in_these = Attendee.objects.filter(appointment__in=ids, customer__isnull=False).values("customer")
    customers = Customer.objects.for_company(company).filter(Q(pk__in=of_these) | Q(pk__in=in_these))
    customers = customers.filter(created_at__lt=before).exclude(name=ERASED)
    return customers.exclude(Exists(booked)).exclude(Exists(attended))


def history_due(company: Company, *, before: datetime, after: int) -> QuerySet[AppointmentChange]:
    """Lines of the history that were written before, behind the one with this id."""
    return AppointmentChange.objects.for_company(company).filter(pk__gt=after, recorded_at__lt=before)


def blank_history(company: Company, *, before: datetime, after: int, batch: int) -> Iterator[tuple[int, int]]:
    """Blank who and why in old lines of the history: how many lines in each batch, and the id that is reached."""
    while True:
        ids = list(history_due(company, before=before, after=after).order_by("pk").values_list("pk", flat=True)[:batch])
        if not ids:
            return
        with erasing(company):
            done = AppointmentChange.objects.filter(pk__in=ids).update(**CHANGES.blank)
        after = ids[-1]
        yield done, after


def _walk(rows: QuerySet[Appointment], batch: int) -> Iterator[list[int]]:
    """Ids from the earliest on, a batch at a time; one whose work fails is met again in the next run only."""
    after: tuple[datetime, int] | None = None
    while True:
        page = rows.order_by("starts_at", "pk")
        if after is not None:
            page = page.filter(Q(starts_at=after[0], pk__gt=after[1]) | Q(starts_at__gt=after[0]))
        found = list(page.values_list("starts_at", "pk")[:batch])
        if not found:
            return
        after = found[-1]
        yield [pk for _starts_at, pk in found]
