"""Saving entries: what has changed, in a number of statements that does not grow with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from appointments import metrics, occupancy, standing
from appointments.bulk import insert, update, update_at_the_end
from appointments.customers import Person, find_or_create, normal_phone
from appointments.inbound.entry import Entry
from appointments.inbound.forgotten import is_nobody
from appointments.inbound.settle import booker
from appointments.models import Appointment, AppointmentChange, Attendee, Departure, FormerUid, Push
from companies.models import Company

_UPDATED = [
    field.name
    for field in Appointment._meta.concrete_fields
    if field.name not in {"id", "company", "uuid", "reference", "created_at", "source", "series_id", "is_double_booked"}
]
_ATTENDEE_UPDATED = [field.name for field in Attendee._meta.concrete_fields if field.name not in {"id", "company"}]
_PUSH_UPDATED = ["appointment", "version", "state", "trouble", "error", "told", "next_at", "finished_at"]


def save(
    company: Company,
    entries: Sequence[Entry],
    *,
    changes: Sequence[tuple[Entry, AppointmentChange]],
    departures: Mapping[tuple[str, str], datetime],
) -> None:
    """Write the entries that news was applied to, their history, and who left for another booking."""
    _find_customers(company, entries)
    for entry in entries:
        if entry.pushes:
            standing.derive(entry.appointment, entry.pushes)
        if entry.absorbed_ids:
            _delete_absorbed(entry)
    new = [entry for entry in entries if entry.appointment.pk is None]
    known = [entry for entry in entries if entry.appointment.pk is not None]
    update_at_the_end(
        ([entry.appointment for entry in known], _UPDATED),
        ([push for entry in known for push in entry.pushes], _PUSH_UPDATED),
    )
    insert([entry.appointment for entry in new])
    _save_attendees(entries)
    _save_formers(entries)
    for owner, change in changes:
        change.appointment = owner.appointment
    insert([change for _, change in changes])
    metrics.changed(change for _, change in changes)
    _save_departures(company, departures)
    moved = [entry.appointment for entry in known if entry.takes_another_time]
    occupancy.occupy(company, known=moved, new=[entry.appointment for entry in new])


def _find_customers(company: Company, entries: Sequence[Entry]) -> None:
    bookers: list[tuple[Attendee, Person]] = []
    for entry in entries:
        for attendee in entry.attendees:
            is_nobodys = attendee.is_guest or is_nobody(attendee.name, attendee.contact)
            if attendee.customer_id is None and not is_nobodys:
                phone = normal_phone(attendee.phone)
                bookers.append((attendee, Person(attendee.name, attendee.email, phone, attendee.locale)))
    customers = find_or_create(company, [person for _, person in bookers])
    for attendee, person in bookers:
        attendee.customer_id = customers[person]
    for entry in entries:
        first = booker(entry)
        if first is not None and first.customer_id is not None:
            entry.appointment.customer_id = first.customer_id


def _delete_absorbed(entry: Entry) -> None:
    """Move what is kept of the rows that this one has absorbed, then delete them."""
    pk, absorbed = entry.appointment.pk, entry.absorbed_ids
    AppointmentChange.objects.filter(appointment_id__in=absorbed).update(appointment_id=pk)
    _take_pushes(entry)
    Attendee.objects.filter(pk__in=[a.pk for a in entry.attendees if a.pk]).update(appointment_id=pk)
    Appointment.objects.filter(pk__in=absorbed).delete()


def _take_pushes(entry: Entry) -> None:
    """Let the pushes of the rows absorbed be this one's. The open ones have found their place already."""
    row = entry.appointment
    held = {push.pk: push for push in entry.pushes}
    absorbed = list(Push.objects.filter(appointment_id__in=entry.absorbed_ids).order_by("version"))
    for push in absorbed:
        if push.pk not in held:
            row.version += 1
            push.version = row.version
    moved = [held.get(push.pk, push) for push in absorbed]
    for push in moved:
        push.appointment = row
    Push.objects.bulk_update(moved, ["appointment", *_PUSH_UPDATED[1:]])


def _save_attendees(entries: Sequence[Entry]) -> None:
    if removed := [pk for entry in entries for pk in entry.removed_attendee_ids]:
        Attendee.objects.filter(pk__in=removed).delete()
    changed = [attendee for entry in entries for attendee in entry.changed_attendees]
    for entry in entries:
        for attendee in entry.attendees:
            attendee.appointment = entry.appointment
    update([attendee for attendee in changed if attendee.pk], _ATTENDEE_UPDATED)
    insert([attendee for attendee in changed if not attendee.pk])


def _save_formers(entries: Sequence[Entry]) -> None:
    if revived := [pk for entry in entries for pk in entry.revived_ids]:
        FormerUid.objects.filter(pk__in=revived).delete()
    formers = [former for entry in entries for former in entry.formers.values()]
    for entry in entries:
        for former in entry.formers.values():
            former.appointment = entry.appointment
    FormerUid.objects.bulk_create(
        formers,
        update_conflicts=True,
        unique_fields=["company", "uid"],
        update_fields=["appointment", "successor_uid", "booking_id", "starts_at"],
    )


def _save_departures(company: Company, departures: Mapping[tuple[str, str], datetime]) -> None:
    Departure.objects.bulk_create(
        [
            Departure(company=company, booking_uid=uid, email=email, left_at=left_at)
            for (uid, email), left_at in departures.items()
        ],
        update_conflicts=True,
        unique_fields=["company", "booking_uid", "email"],
        update_fields=["left_at"],
    )
