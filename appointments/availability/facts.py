"""What is known here about the time of several people: a constant number of queries, whatever their number.

Holds that are over count for nothing. An appointment that is double-booked takes no row of time, and its time all the
same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Count, Q
from django.utils import timezone

from appointments.availability.diary import Away, Busy, Diary, Span
from appointments.availability.hours import open_spans
from appointments.models import Absence, Appointment, Attendee, Customer, Hold, StaffTime
from appointments.models.appointment import Status
from companies.models import Branch, Company

# Time is taken a little beyond the range by what begins at its end, and by buffers.
_MARGIN = timedelta(days=2)
_OFF = (Status.CANCELLED, Status.REJECTED)
_TAKEN = (
    "staff_id",
    "during",
    "appointment_id",
    "appointment__starts_at",
    "appointment__ends_at",
    "appointment__is_seated",
    "appointment__calcom_event_type_id",
    "hold__starts_at",
    "hold__ends_at",
    "hold__expires_at",
)
_DOUBLE = (
    "staff_id",
    "starts_at",
    "ends_at",
    "service__buffer_before_min",
    "service__buffer_after_min",
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """About whom: branch by staff id (None: nobody in particular), in [starts_at, ends_at).

    A hold and an appointment that are about to give way to what is asked for count for nothing.
    """

    company: Company
    places: dict[int | None, Branch | None]
    starts_at: datetime
    ends_at: datetime
    customer: Customer | None = None
    own_hold: Hold | None = None
    moving: Appointment | None = None

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The range with what may reach into it."""
        return self.starts_at - _MARGIN, self.ends_at + _MARGIN

    @property
    def staff_ids(self) -> list[int]:
        """Of whom."""
        return [pk for pk in self.places if pk is not None]


def diaries(wanted: Wanted) -> dict[int | None, Diary]:
    """Everybody's diary."""
    busy: dict[int, list[Busy]] = defaultdict(list)
    for staff_id, taken in (*_taken(wanted), *_double_booked(wanted)):
        busy[staff_id].append(taken)
    absences = list(_absences(wanted))
    customer = tuple(_of_customer(wanted))
    hours = {branch.pk: _hours(branch, wanted) for branch in wanted.places.values() if branch}
    return {
        staff_id: Diary(
            busy=tuple(sorted(busy.get(staff_id or 0, ()), key=lambda one: one.starts_at)),
            away=tuple(span for who, where, span in absences if _concerns(who, where, staff_id, branch)),
            hours=hours[branch.pk] if branch else None,
            customer=customer,
        )
        for staff_id, branch in wanted.places.items()
    }


def unassigned(company: Company, event_type_ids: Collection[int], starts_at: datetime, ends_at: datetime) -> list[Span]:
    """Appointments for whom the backend is yet to choose somebody, and of which it does not know."""
    rows = Appointment.objects.for_company(company).filter(
        staff=None,
        calcom_booking_uid="",
        calcom_event_type_id__in=event_type_ids,
        starts_at__gte=starts_at - _MARGIN,
        starts_at__lt=ends_at,
        ends_at__gt=starts_at,
    )
    return [Span(*row) for row in rows.exclude(status__in=_OFF).values_list("starts_at", "ends_at")]


def _taken(wanted: Wanted) -> Iterator[tuple[int, Busy]]:
    rows = StaffTime.objects.for_company(wanted.company).filter(
        Q(hold=None) | Q(hold__expires_at__gt=timezone.now()),
        staff_id__in=wanted.staff_ids,
        during__overlap=DateTimeTZRange(*wanted.window),
    )
    if wanted.own_hold is not None:
        rows = rows.exclude(hold_id=wanted.own_hold.pk) if wanted.own_hold.pk else rows
    if wanted.moving is not None:
        rows = rows.filter(~Q(appointment_id=wanted.moving.pk) | Q(appointment=None))
    found = list(rows.values_list(*_TAKEN))
    seats = _seats([row[2] for row in found if row[5]])
    for row in found:
        yield row[0], _busy(row, seats)


def _busy(row: tuple[Any, ...], seats: dict[int, int]) -> Busy:
    _staff, during, appointment_id, starts_at, ends_at, is_seated, event_type_id, *held = row
    if appointment_id is None:
        held_from, held_to, held_until = held
        return Busy(during.lower, during.upper, own=Span(held_from, held_to), held_until=held_until)
    return Busy(
        during.lower,
        during.upper,
        own=Span(starts_at, ends_at),
        is_seated=is_seated,
        event_type_id=event_type_id,
        seats_taken=seats.get(appointment_id, 0),
    )


def _seats(appointment_ids: list[int]) -> dict[int, int]:
    if not appointment_ids:
        return {}
    active = Attendee.objects.filter(appointment_id__in=appointment_ids, state=Attendee.State.ACTIVE)
    counted = active.order_by().values("appointment_id").annotate(count=Count("pk"))
    return dict(counted.values_list("appointment_id", "count"))


def _double_booked(wanted: Wanted) -> Iterator[tuple[int, Busy]]:
    begin, end = wanted.window
    rows = Appointment.objects.for_company(wanted.company).filter(
        staff_id__in=wanted.staff_ids, is_double_booked=True, starts_at__lt=end, starts_at__gte=begin
    )
    if wanted.moving is not None:
        rows = rows.exclude(pk=wanted.moving.pk)
    for staff_id, starts_at, ends_at, before, after in rows.exclude(status__in=_OFF).values_list(*_DOUBLE):
        own = Span(starts_at, ends_at)
        buffers = timedelta(minutes=before or 0), timedelta(minutes=after or 0)
        if staff_id is not None:
            yield staff_id, Busy(starts_at - buffers[0], ends_at + buffers[1], own=own)


def _absences(wanted: Wanted) -> Iterator[tuple[int | None, int | None, Away]]:
    branch_ids = {branch.pk for branch in wanted.places.values() if branch}
    rows = Absence.objects.for_company(wanted.company).filter(
        Q(staff_id__in=wanted.staff_ids) | Q(branch_id__in=branch_ids),
        starts_at__lt=wanted.window[1],
        ends_at__gt=wanted.window[0],
    )
    for staff_id, branch_id, starts_at, ends_at in rows.order_by("starts_at").values_list(
        "staff_id", "branch_id", "starts_at", "ends_at"
    ):
        yield staff_id, branch_id, Away(starts_at, ends_at, is_branch=branch_id is not None)


def _concerns(who: int | None, where: int | None, staff_id: int | None, branch: Branch | None) -> bool:
    return who == staff_id if who is not None else branch is not None and where == branch.pk


def _of_customer(wanted: Wanted) -> Iterable[Span]:
    """When the customer has appointments, as the one who booked or in a seat."""
    if wanted.customer is None:
        return
    seats = Attendee.objects.filter(customer=wanted.customer, state=Attendee.State.ACTIVE).values("appointment_id")
    rows = Appointment.objects.for_company(wanted.company).filter(
        Q(customer=wanted.customer) | Q(pk__in=seats),
        status__in=[Status.PENDING, Status.CONFIRMED],
        starts_at__lt=wanted.window[1],
        ends_at__gt=wanted.window[0],
    )
    if wanted.moving is not None:
        rows = rows.exclude(pk=wanted.moving.pk)
    for starts_at, ends_at in rows.order_by("starts_at").values_list("starts_at", "ends_at"):
        yield Span(starts_at, ends_at)


def _hours(branch: Branch, wanted: Wanted) -> tuple[Span, ...] | None:
    return open_spans(branch.hours, branch.time_zone, *wanted.window)
