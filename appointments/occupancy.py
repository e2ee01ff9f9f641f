"""Taken time of staff members.

Whoever writes here locks the staff members first (in the order of their ids), so two writers never race for the same
time; the exclusion constraint stands behind that. What the backend double-booked is kept without a row of its own and
flagged; it gets its row as soon as the time is free. What is booked here gets its time or is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from appointments.bulk import insert
from appointments.errors import SlotTaken
from appointments.models import Appointment, Service, StaffTime
from appointments.models.appointment import Status
from companies.models import Company, Staff

_FREE = {Status.CANCELLED, Status.REJECTED}


def occupy(company: Company, *, known: Iterable[Appointment], new: Iterable[Appointment]) -> None:
    """Make the staff times of saved appointments true, and their `is_double_booked` with it.

    `new` ones were inserted by the caller in this transaction and hold no time yet. Appointments that lost against
    these before are placed where time got free.
    """
    before = {row.pk: row for row in known}
    changed = before | {row.pk: row for row in new}
    held = {time.appointment_id: time for time in _held(before)}
    wanted = _wanted(changed.values())
    stale = [time for pk, time in held.items() if not _is_same(time, wanted.get(pk))]
    missing = [time for pk, time in wanted.items() if not _is_same(held.get(pk), time)]
    unsettled = {time.appointment_id for time in missing}
    _flag([row for pk, row in changed.items() if pk not in unsettled and row.is_double_booked], is_double_booked=False)
    if not stale and not missing:
        return
    _lock({time.staff_id for time in (*stale, *missing)})
    if stale:
        StaffTime.objects.filter(pk__in=[time.pk for time in stale]).delete()
    _insert(company, [*missing, *_losers(company, stale, except_for=changed)])


def take(company: Company, rows: Sequence[Appointment]) -> None:
    """Make the staff times of saved appointments true, or raise SlotTaken; then nothing may be committed."""
    held = {time.appointment_id: time for time in _held({row.pk: row for row in rows})}
    wanted = _wanted(rows)
    stale = [time for pk, time in held.items() if not _is_same(time, wanted.get(pk))]
    missing = [time for pk, time in wanted.items() if not _is_same(held.get(pk), time)]
    _lock({time.staff_id for time in (*stale, *missing)})
    StaffTime.objects.filter(pk__in=[time.pk for time in stale]).delete()
    for time in sorted(missing, key=lambda one: one.during.lower):
        _refuse_taken(time)
        insert([time])
    _flag([row for row in rows if row.is_double_booked], is_double_booked=False)
    _insert(company, _losers(company, stale, except_for={row.pk: row for row in rows}))


def _refuse_taken(time: StaffTime) -> None:
    taken = StaffTime.objects.filter(staff_id=time.staff_id, during__overlap=time.during).first()
    if taken is None:
        return
    row, zone = time.appointment, time.appointment.booking_time_zone
    raise SlotTaken(
        _("%(staff)s has another appointment from %(start)s to %(end)s. Choose a time before or after that.")
        % {
            "staff": row.staff,
            "start": f"{taken.during.lower.astimezone(zone):%Y-%m-%d %H:%M}",
            "end": f"{taken.during.upper.astimezone(zone):%H:%M}",
        }
    )


def _lock(staff_ids: set[int]) -> None:
    list(Staff.objects.filter(pk__in=staff_ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _held(appointments: dict[int, Appointment]) -> Iterable[StaffTime]:
    return StaffTime.objects.filter(appointment_id__in=appointments) if appointments else ()


def _wanted(rows: Iterable[Appointment]) -> dict[int, StaffTime]:
    """The time that each appointment takes, with its service's buffers; none for one that is off."""
    taking = [(row, row.staff_id) for row in rows if row.staff_id is not None and row.status not in _FREE]
    service_ids = {row.service_id for row, _staff in taking if row.service_id is not None}
    fields = ("pk", "buffer_before_min", "buffer_after_min")
    services = Service.objects.filter(pk__in=service_ids).values_list(*fields) if service_ids else ()
    buffers = {pk: (timedelta(minutes=before), timedelta(minutes=after)) for pk, before, after in services}
    times = {}
    for row, staff_id in taking:
        before, after = buffers.get(row.service_id or 0, (timedelta(), timedelta()))
        during = DateTimeTZRange(row.starts_at - before, row.ends_at + after)
        times[row.pk] = StaffTime(company_id=row.company_id, staff_id=staff_id, during=during, appointment=row)
    return times


def _is_same(one: StaffTime | None, other: StaffTime | None) -> bool:
    return one is not None and other is not None and (one.staff_id, one.during) == (other.staff_id, other.during)


def _losers(company: Company, freed: list[StaffTime], *, except_for: dict[int, Appointment]) -> list[StaffTime]:
    """Times of double-booked appointments that may have become free; locked, so that none is changed meanwhile."""
    if not freed:
        return []
    rows = (
        Appointment.objects.for_company(company)
        .filter(
            is_double_booked=True,
            staff_id__in={time.staff_id for time in freed},
            starts_at__lt=max(time.during.upper for time in freed) + timedelta(hours=8),
            ends_at__gt=min(time.during.lower for time in freed) - timedelta(hours=8),
        )
        .exclude(pk__in=except_for)
        .order_by("starts_at", "pk")
        .select_for_update(no_key=True, of=("self",))
    )
    return list(_wanted(rows).values())


def _insert(company: Company, times: list[StaffTime]) -> None:
    """Insert what fits, first come first served, and flag the rest."""
    if not times:
        return
    window = DateTimeTZRange(min(time.during.lower for time in times), max(time.during.upper for time in times))
    taken: dict[int, list[DateTimeTZRange]] = defaultdict(list)
    present = StaffTime.objects.for_company(company).filter(
        staff_id__in={time.staff_id for time in times}, during__overlap=window
    )
    for staff_id, during in present.values_list("staff_id", "during"):
        taken[staff_id].append(during)
    placed: list[StaffTime] = []
    flagged: list[Appointment] = []
    for time in times:
        if any(time.during.lower < other.upper and other.lower < time.during.upper for other in taken[time.staff_id]):
            flagged.append(time.appointment)
            continue
        taken[time.staff_id].append(time.during)
        placed.append(time)
    insert(placed)
    _flag([row for row in flagged if not row.is_double_booked], is_double_booked=True)
    _flag([time.appointment for time in placed if time.appointment.is_double_booked], is_double_booked=False)


def _flag(rows: list[Appointment], *, is_double_booked: bool) -> None:
    if rows:
        Appointment.objects.filter(pk__in=[row.pk for row in rows]).update(is_double_booked=is_double_booked)
