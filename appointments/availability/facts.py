"""What is known here about the time of several people: a constant number of queries, whatever their number.

Holds that are over count for nothing. An appointment that is double-booked takes no row of time, and its time all the
same. What every question needs comes by one statement: as three of the ORM's it took a third of a kept week's time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from appointments.availability.diary import Away, Busy, Diary, Span
from appointments.availability.hours import open_spans
from appointments.models import Appointment, Attendee, Customer, Hold
from appointments.models.appointment import Status
from companies.models import Branch, Company

# Time is taken a little beyond the range by what begins at its end, and by buffers.
_MARGIN = timedelta(days=2)
_OFF = (Status.CANCELLED, Status.REJECTED)

# Each row: whose (staff member, branch), from when to when with buffers and without, held until, seats.
_FACTS = """
SELECT time.staff_id, NULL::bigint, lower(time.during), upper(time.during),
       coalesce(row.starts_at, hold.starts_at), coalesce(row.ends_at, hold.ends_at), hold.expires_at,
       coalesce(row.is_seated, false), coalesce(row.calcom_event_type_id, hold.event_type_id),
       CASE WHEN row.is_seated THEN (
           SELECT count(*) FROM appointments_attendee seat WHERE seat.appointment_id = row.id AND seat.state = 'active'
       ) ELSE 0 END, false
  FROM appointments_stafftime time
  LEFT JOIN appointments_appointment row ON row.id = time.appointment_id
  LEFT JOIN appointments_hold hold ON hold.id = time.hold_id
 WHERE time.company_id = %(company)s AND time.staff_id = ANY(%(staff)s)
   AND time.during && tstzrange(%(begin)s, %(end)s)
   AND (hold.id IS NULL OR hold.expires_at > %(now)s AND hold.id <> %(own_hold)s)
   AND (row.id IS NULL OR row.id <> %(moving)s)
UNION ALL
SELECT row.staff_id, NULL, row.starts_at - make_interval(mins => coalesce(service.buffer_before_min, 0)),
       row.ends_at + make_interval(mins => coalesce(service.buffer_after_min, 0)),
       row.starts_at, row.ends_at, NULL, false, NULL, 0, false
  FROM appointments_appointment row LEFT JOIN appointments_service service ON service.id = row.service_id
 WHERE row.company_id = %(company)s AND row.staff_id = ANY(%(staff)s) AND row.is_double_booked
   AND row.starts_at >= %(begin)s AND row.starts_at < %(end)s AND row.id <> %(moving)s
   AND row.status NOT IN ('cancelled', 'rejected')
UNION ALL
SELECT away.staff_id, away.branch_id, away.starts_at, away.ends_at, NULL, NULL, NULL, false, NULL, 0, true
  FROM appointments_absence away
 WHERE away.company_id = %(company)s AND away.starts_at < %(end)s AND away.ends_at > %(begin)s
   AND (away.staff_id = ANY(%(staff)s) OR away.branch_id = ANY(%(branches)s))
 ORDER BY 3, 4
"""


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
    busy: dict[int | None, list[Busy]] = defaultdict(list)
    absences: list[tuple[int | None, int | None, Away]] = []
    for staff_id, branch_id, *facts, is_absence in _facts(wanted):
        if is_absence:
            away = Away(facts[0], facts[1], is_branch=branch_id is not None)
            absences.append((staff_id, branch_id, away))
        else:
            busy[staff_id].append(_busy(*facts))
    customer = tuple(_of_customer(wanted))
    hours = {branch.pk: _hours(branch, wanted) for branch in wanted.places.values() if branch}
    return {
        staff_id: Diary(
            busy=tuple(busy.get(staff_id, ())),
            away=tuple(away for who, where, away in absences if _concerns(who, where, staff_id, branch)),
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


def _facts(wanted: Wanted) -> list[tuple[Any, ...]]:
    begin, end = wanted.window
    with connection.cursor() as cursor:
        cursor.execute(
            _FACTS,
            {
                "company": wanted.company.pk,
                "staff": wanted.staff_ids,
                "branches": list({branch.pk for branch in wanted.places.values() if branch}),
                "begin": begin,
                "end": end,
                "now": timezone.now(),
                "own_hold": wanted.own_hold.pk if wanted.own_hold else 0,
                "moving": wanted.moving.pk if wanted.moving else 0,
            },
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _busy(*fact: Any) -> Busy:
    begin, end, starts_at, ends_at, held_until, is_seated, event_type_id, seats_taken = fact
    return Busy(
        begin,
        end,
        own=Span(starts_at, ends_at),
        held_until=held_until,
        is_seated=is_seated,
        event_type_id=event_type_id,
        seats_taken=seats_taken,
    )


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
