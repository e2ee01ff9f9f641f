"""Taken time of staff members.

Whoever writes here locks the staff members first (in the order of their ids), so two writers never race for the same
time; the exclusion constraint stands behind that. What the backend double-booked is kept without a row of its own and
flagged; it gets its row as soon as the time is free. What is booked here gets its time or is refused.

A hold takes time as an appointment does. One that is over is deleted by whoever needs its time, in that transaction;
one that is not gives way to what the backend has booked, which is a fact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.bulk import insert
from appointments.errors import SlotTaken
from appointments.models import Appointment, Hold, Service, StaffTime
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
    held = _held(before)
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
    held = _held({row.pk: row for row in rows})
    wanted = _wanted(rows)
    stale = [time for pk, time in held.items() if not _is_same(time, wanted.get(pk))]
    missing = [time for pk, time in wanted.items() if not _is_same(held.get(pk), time)]
    _make_room({time.staff_id for time in (*stale, *missing)})
    StaffTime.objects.filter(pk__in=[time.pk for time in stale]).delete()
    for time in sorted(missing, key=lambda one: one.during.lower):
        _refuse_taken(time)
        insert([time])
    _flag([row for row in rows if row.is_double_booked], is_double_booked=False)
    _insert(company, _losers(company, stale, except_for={row.pk: row for row in rows}))


def keep(hold: Hold) -> None:
    """Save a new hold with its time, or raise SlotTaken."""
    _make_room({hold.staff_id})
    before, after = timedelta(minutes=hold.service.buffer_before_min), timedelta(minutes=hold.service.buffer_after_min)
    during = DateTimeTZRange(hold.starts_at - before, hold.ends_at + after)
    time = StaffTime(company_id=hold.company_id, staff_id=hold.staff_id, during=during, hold=hold)
    _refuse_taken(time)
    insert([hold])
    time.hold_id = hold.pk
    insert([time])


def convert(hold: Hold, row: Appointment) -> None:
    """Let a saved appointment take over a hold's time, and the hold be gone; else raise SlotTaken.

    A hold that is over, or of somebody else's time, is given up; the appointment then takes its time as any other.
    """
    _make_room({staff_id for staff_id in (hold.staff_id, row.staff_id) if staff_id is not None})
    time = StaffTime.objects.filter(hold_id=hold.pk, hold__company_id=row.company_id).first()
    wanted = _wanted([row]).get(row.pk)
    if time is not None and wanted is not None and time.staff_id == wanted.staff_id:
        wanted.pk = time.pk
        _refuse_taken(wanted)
        StaffTime.objects.filter(pk=time.pk).update(during=wanted.during, appointment=row, hold=None)
    Hold.objects.filter(pk=hold.pk, company_id=row.company_id).delete()
    take(row.company, [row])


def lock_time_of(staff_id: int) -> None:
    """Nobody else changes what is taken of this staff member's time before the transaction ends."""
    _lock({staff_id})


def _make_room(staff_ids: set[int]) -> None:
    """Lock the staff members, and delete their holds that are over."""
    _lock(staff_ids)
    Hold.objects.filter(staff_id__in=staff_ids, expires_at__lte=timezone.now()).delete()


def _refuse_taken(time: StaffTime) -> None:
    overlapping = StaffTime.objects.filter(staff_id=time.staff_id, during__overlap=time.during)
    taken = overlapping.exclude(pk=time.pk).select_related("appointment", "hold__company", "hold__branch").first()
    if taken is None:
        return
    row, hold = taken.appointment, taken.hold
    zone = row.booking_time_zone if row else (hold.branch or hold.company).time_zone if hold else None
    words = {
        "staff": time.staff,
        "start": f"{taken.during.lower.astimezone(zone):%Y-%m-%d %H:%M}",
        "end": f"{taken.during.upper.astimezone(zone):%H:%M}",
    }
    if hold is not None:
        words["until"] = f"{hold.expires_at.astimezone(zone):%H:%M}"
        raise SlotTaken(
            _("The time of %(staff)s from %(start)s to %(end)s is held for somebody until %(until)s.") % words
        )
    raise SlotTaken(
        _("%(staff)s has another appointment from %(start)s to %(end)s. Choose a time before or after that.") % words
    )


def _lock(staff_ids: set[int]) -> None:
    list(Staff.objects.filter(pk__in=staff_ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _held(appointments: dict[int, Appointment]) -> dict[int, StaffTime]:
    """What they take at present, by their ids."""
    if not appointments:
        return {}
    times = StaffTime.objects.filter(appointment_id__in=appointments)
    return {time.appointment_id: time for time in times if time.appointment_id is not None}


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
    holds: dict[int, tuple[int, DateTimeTZRange]] = {}
    present = StaffTime.objects.for_company(company).filter(
        staff_id__in={time.staff_id for time in times}, during__overlap=window
    )
    for staff_id, during, hold_id in present.values_list("staff_id", "during", "hold_id"):
        if hold_id is None:
            taken[staff_id].append(during)
        else:
            holds[hold_id] = staff_id, during
    placed: list[StaffTime] = []
    lost: list[StaffTime] = []
    for time in times:
        if any(_meet(time.during, other) for other in taken[time.staff_id]):
            lost.append(time)
            continue
        taken[time.staff_id].append(time.during)
        placed.append(time)
    _give_way(holds, placed)
    insert(placed)
    _flag([row for row in map(_taker, lost) if not row.is_double_booked], is_double_booked=True)
    _flag([row for row in map(_taker, placed) if row.is_double_booked], is_double_booked=False)


def _taker(time: StaffTime) -> Appointment:
    assert time.appointment is not None  # noqa: S101 - for the types: times of holds come by keep() only
    return time.appointment


def _give_way(holds: dict[int, tuple[int, DateTimeTZRange]], placed: list[StaffTime]) -> None:
    """Delete the holds that stand where something has been booked."""
    gone = [
        hold_id
        for hold_id, (staff_id, during) in holds.items()
        if any(staff_id == time.staff_id and _meet(during, time.during) for time in placed)
    ]
    if gone:
        Hold.objects.filter(pk__in=gone).delete()


def _meet(one: DateTimeTZRange, other: DateTimeTZRange) -> bool:
    return bool(one.lower < other.upper and other.lower < one.upper)


def _flag(rows: list[Appointment], *, is_double_booked: bool) -> None:
    if rows:
        Appointment.objects.filter(pk__in=[row.pk for row in rows]).update(is_double_booked=is_double_booked)
