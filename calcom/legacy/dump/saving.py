"""Writing a batch: the rows, what goes with an appointment, the old rows as they came. No Push, ever."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy

from appointments import occupancy
from appointments.backends import AttendeeSnapshot
from appointments.bulk import insert
from appointments.models import Appointment, AppointmentChange, Customer, FormerUid, Service
from appointments.models.appointment import Status
from appointments.models.history import Side
from appointments.wording import kept
from calcom.legacy.dump.bookings import attendee_of
from calcom.legacy.dump.drafts import Booking, Draft
from calcom.legacy.runs import record_created
from calcom.models import LegacyRow, LegacyRun
from companies.models import Company, Staff

_REASON = gettext_lazy("Brought over from the old system.")


def save(run: LegacyRun, kind: LegacyRow.Kind, drafts: Sequence[Draft[Any]]) -> None:
    """Insert what is not here yet, and every row as it came. In the caller's transaction."""
    new = [draft for draft in drafts if draft.found_id is None and not draft.is_twin]
    if kind == LegacyRow.Kind.APPOINTMENT:
        _save_bookings(run.company, [draft for draft in new if isinstance(draft, Booking)])
    else:
        insert([draft.row for draft in new])
    rows: list[Model] = [draft.row for draft in new]
    record_created(run, rows)
    for draft in new:
        draft.found_id = draft.row.pk
    for draft in drafts:
        if draft.is_twin and draft.twin is not None:
            draft.found_id = draft.twin.found_id
    insert([_as_it_came(run, kind, draft) for draft in drafts])


def keep_left_out(run: LegacyRun, kind: LegacyRow.Kind, left_out: Mapping[str, dict[str, Any]]) -> None:
    """Rows that the predecessor had deleted, or of people erased here: that they were seen, and what may be kept."""
    insert(
        [LegacyRow(company_id=run.company_id, run=run, kind=kind, key=key, data=data) for key, data in left_out.items()]
    )


def forget_left_out(run: LegacyRun, kind: LegacyRow.Kind, keys: Collection[str]) -> None:
    """That a former run left these out: this one says anew what becomes of them."""
    if keys:
        LegacyRow.objects.for_company(run.company).filter(kind=kind, key__in=keys, object_id=None).delete()


def _as_it_came(run: LegacyRun, kind: LegacyRow.Kind, draft: Draft[Any]) -> LegacyRow:
    booking_id = draft.row.calcom_booking_id if isinstance(draft, Booking) else None
    return LegacyRow(
        company_id=run.company_id,
        run=run,
        kind=kind,
        key=draft.key,
        object_id=draft.found_id,
        booking_id=booking_id,
        data=draft.data,
    )


def _save_bookings(company: Company, drafts: Sequence[Booking]) -> None:
    rows = [draft.row for draft in drafts]
    _snapshot(drafts)
    insert(rows)
    for draft in drafts:
        for attendee in draft.attendees:
            attendee.appointment = draft.row
    insert([attendee for draft in drafts for attendee in draft.attendees])
    insert(
        [FormerUid(company=company, appointment=draft.row, uid=uid) for draft in drafts for uid in draft.former_uids]
    )
    insert([_change(row) for row in rows])
    _occupy(company, rows)


def _snapshot(drafts: Sequence[Booking]) -> None:
    """Names and price as they are now: the dump does not tell what they were. And the booker, where none is listed."""
    services = Service.objects.in_bulk({draft.row.service_id for draft in drafts} - {None})
    staff = Staff.objects.in_bulk({draft.row.staff_id for draft in drafts} - {None})
    customers = Customer.objects.in_bulk({draft.row.customer_id for draft in drafts} - {None})
    for draft in drafts:
        _name_service(draft.row, services.get(draft.row.service_id or 0))
        _name_staff(draft.row, staff.get(draft.row.staff_id or 0))
        _name_customer(draft, customers.get(draft.row.customer_id or 0))


def _name_service(row: Appointment, service: Service | None) -> None:
    if service is None:
        return
    row.booked_service_name = service.name
    if row.booked_price is None and service.price is not None:
        row.booked_price, row.booked_currency = service.price, service.currency


def _name_staff(row: Appointment, staff: Staff | None) -> None:
    if staff is not None:
        row.booked_staff_name = staff.name
        row.branch_id = row.branch_id or staff.home_branch_id


def _name_customer(draft: Booking, customer: Customer | None) -> None:
    row = draft.row
    if customer is not None and not draft.attendees:
        person = AttendeeSnapshot(name=customer.name, email=customer.email, phone=str(customer.phone))
        draft.attendees = [attendee_of(row.company, person)]
    first = draft.attendees[0] if draft.attendees else None
    if first is not None:
        first.customer_id, first.no_show = row.customer_id, row.status == Status.NO_SHOW
        row.booked_customer_name = first.name or (customer.name if customer else "")


def _change(row: Appointment) -> AppointmentChange:
    return AppointmentChange(
        company_id=row.company_id,
        appointment=row,
        action=AppointmentChange.Action.CREATED,
        side=Side.SYSTEM,
        occurred_at=timezone.now(),
        reason=kept(_REASON),
    )


def _occupy(company: Company, rows: Sequence[Appointment]) -> None:
    """Take the staff members' time, month by month: what is taken in between is looked at, and that is to be little."""
    by_month: dict[tuple[int, int], list[Appointment]] = defaultdict(list)
    for row in rows:
        by_month[row.starts_at.year, row.starts_at.month].append(row)
    for _month, group in sorted(by_month.items()):
        occupancy.occupy(company, known=[], new=group)
    for row in rows:  # it and its time refer to each other: they would stay in memory until somebody looks for rings
        row._state.fields_cache.pop("staff_time", None)
