"""Taken time of staff members.

Whoever writes here locks the staff members first (in the order of their ids), so two writers never race for the same
time; the exclusion constraint stands behind that. What the backend double-booked is kept without a row of its own and
flagged; it gets its row as soon as the time is free.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from appointments.bulk import insert
from appointments.models import Appointment, StaffTime
from appointments.models.appointment import Status
from companies.models import Company, Staff

_FREE = {Status.CANCELLED, Status.REJECTED}


def occupy(company: Company, appointments: Iterable[Appointment]) -> None:
    """Make the staff times of saved appointments true, and their `is_double_booked` with it.

    Runs in the caller's transaction. Appointments that lost against these ones before are placed where time got free.
    """
    changed = {row.pk: row for row in appointments}
    held = {time.appointment_id: time for time in StaffTime.objects.filter(appointment_id__in=changed)}
    wanted = {pk: _wanted(row) for pk, row in changed.items()}
    stale = [time for pk, time in held.items() if wanted[pk] is None or not _is_same(time, wanted[pk])]
    missing = [time for pk, time in wanted.items() if time is not None and not _is_same(held.get(pk), time)]
    unsettled = {time.appointment_id for time in missing}
    _set_flags(changed, settled=[pk for pk in wanted if pk not in unsettled])
    if not stale and not missing:
        return
    staff_ids = {time.staff_id for time in (*stale, *missing)}
    list(Staff.objects.for_company(company).filter(pk__in=staff_ids).order_by("pk").select_for_update(of=("self",)))
    StaffTime.objects.filter(pk__in=[time.pk for time in stale]).delete()
    _insert(company, [*missing, *_losers(company, stale, except_for=changed)])


def _wanted(row: Appointment) -> StaffTime | None:
    if row.staff_id is None or row.status in _FREE:
        return None
    before = timedelta(minutes=row.service.buffer_before_min if row.service else 0)
    after = timedelta(minutes=row.service.buffer_after_min if row.service else 0)
    during = DateTimeTZRange(row.starts_at - before, row.ends_at + after)
    return StaffTime(company_id=row.company_id, staff_id=row.staff_id, during=during, appointment=row)


def _is_same(one: StaffTime | None, other: StaffTime | None) -> bool:
    return one is not None and other is not None and (one.staff_id, one.during) == (other.staff_id, other.during)


def _set_flags(changed: dict[int, Appointment], *, settled: list[int]) -> None:
    """What has its time, or needs none, is not double-booked."""
    flagged = [pk for pk in settled if changed[pk].is_double_booked]
    if flagged:
        Appointment.objects.filter(pk__in=flagged).update(is_double_booked=False)


def _losers(company: Company, freed: list[StaffTime], *, except_for: dict[int, Appointment]) -> list[StaffTime]:
    """Times of double-booked appointments that may have become free."""
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
        .select_related("service")
        .order_by("starts_at", "pk")
    )
    return [time for time in map(_wanted, rows) if time is not None]


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
