"""Who attends, from stored payloads.

Where nobody is listed yet and no seats are sold, the newest list is taken as it is. All else is told, the oldest first,
to the functions that live news is told to (appointments.inbound.attendees).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from appointments.backends import AbsenceNews, AttendeeSnapshot, BookingSnapshot
from appointments.bulk import read
from appointments.customers import Person, find_or_create, normal_phone
from appointments.inbound.attendees import change_seats, mark_absences, replace_list
from appointments.inbound.entry import Entry
from appointments.inbound.forgotten import is_nobody
from appointments.inbound.registers import is_local, stamp_of
from appointments.models import Appointment, Attendee, Departure
from calcom.payloads.filling import Told, Wish
from calcom.payloads.rows import Row

if TYPE_CHECKING:
    from companies.models import Company

Departures = dict[tuple[str, str], datetime]
Record = dict[str, Any]

# In the order of the model's own fields, as from_db wants them.
_KNOWN = (
    *("id", "company_id", "staff_id", "service_id", "starts_at", "ends_at", "status", "calcom_booking_uid"),
    *("is_seated", "news"),
)
ATTENDEE_COLUMNS = tuple(field.attname for field in Attendee._meta.concrete_fields if not field.primary_key)
_NOBODY: Record = {name: getattr(Attendee(), name) for name in ATTENDEE_COLUMNS}


@dataclass
class People:
    """What is to be written of one appointment's attendees: new ones by column, changed ones, ids of those to go."""

    new: list[Record] = field(default_factory=list)
    changed: list[Attendee] = field(default_factory=list)
    removed_ids: list[int] = field(default_factory=list)


def people_of(
    company: Company, rows: Sequence[Row], tellings: Mapping[int, Sequence[Told]], wish: Wish
) -> dict[int, People]:
    """By appointment, whose attendees the payloads change. Notes in the rows what of that stands with them."""
    wanted = [row for row in rows if _is_told(row, tellings[row.pk], wish)]
    complex_ones = [row for row in wanted if row.is_attended or _sells_seats(row, tellings[row.pk])]
    found = {}
    if complex_ones:
        found = _told_in_turn(company, complex_ones, tellings, wish)
    handled = {row.pk for row in complex_ones}
    for row in wanted:
        if row.pk not in handled:
            found[row.pk] = _first_list(company, row, tellings[row.pk])
    return found


def find_customers(company: Company, rows: Mapping[int, Row], found: Mapping[int, People]) -> None:
    """Say whose customers the new attendees are. The customer whom an appointment has is who booked it.

    What an attempt before this one said does not count: its customers are not there any more.
    """
    strangers: list[tuple[Record, Person]] = []
    for pk, people in found.items():
        rows[pk].changes.pop("customer_id", None)
        for one in people.new:
            one["customer_id"] = rows[pk].values["customer_id"] if one["position"] == 0 else None
            if is_nobody(one["name"], one["email"] or one["phone"]):
                one["customer_id"] = None
                continue
            if one["is_guest"] or one["customer_id"] is not None:
                continue
            strangers.append((one, Person(one["name"], one["email"], normal_phone(one["phone"]), one["locale"])))
    if not strangers:
        return
    customers = find_or_create(company, [person for _, person in strangers])
    for one, person in strangers:
        one["customer_id"] = customers[person]
    for pk, people in found.items():
        if rows[pk].values["customer_id"] is None and people.new:
            rows[pk].changes["customer_id"] = people.new[0]["customer_id"]


def _is_told(row: Row, tellings: Sequence[Told], wish: Wish) -> bool:
    if row.is_attended and not wish.is_overwriting:
        return False
    held = row.news.get("attendees")
    if held is not None and is_local(held):
        return False
    return any(isinstance(telling.news, BookingSnapshot) and telling.news.attendees for telling in tellings)


def _sells_seats(row: Row, tellings: Sequence[Told]) -> bool:
    if row.values["is_seated"]:
        return True
    told = (telling.news for telling in tellings if telling.is_current)
    return any(isinstance(news, BookingSnapshot | AbsenceNews) and _is_seated(news) for news in told)


def _is_seated(news: BookingSnapshot | AbsenceNews) -> bool:
    """Absences are marked by who knows seats too."""
    return isinstance(news, AbsenceNews) or bool(news.is_seated)


def _first_list(company: Company, row: Row, tellings: Sequence[Told]) -> People:
    listing = max(
        (telling for telling in tellings if isinstance(telling.news, BookingSnapshot) and telling.news.attendees),
        key=lambda telling: (telling.is_current, stamp_of(telling.news.as_of)),
    )
    people = listing.news.attendees if isinstance(listing.news, BookingSnapshot) else ()
    row.news["attendees"] = stamp_of(listing.news.as_of)
    _note(row, people[0].name)
    return People([_record(company, row, person, position) for position, person in enumerate(people)])


def _record(company: Company, row: Row, person: AttendeeSnapshot, position: int) -> Record:
    return {
        **_NOBODY,
        "company_id": company.pk,
        "appointment_id": row.pk,
        "position": position,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "time_zone": person.time_zone,
        "locale": person.locale,
        "is_guest": person.is_guest,
    }


def _told_in_turn(
    company: Company, rows: Sequence[Row], tellings: Mapping[int, Sequence[Told]], wish: Wish
) -> dict[int, People]:
    present: dict[int, list[Attendee]] = {}
    for attendee in read(Attendee, "appointment_id = ANY(%s) ORDER BY position, id", [row.pk for row in rows]):
        present.setdefault(attendee.appointment_id, []).append(attendee)
    departures = _departures(company, [row.uid for row in rows if row.uid])
    found = {}
    for row in rows:
        entry = _entry(company, row, present.get(row.pk, []))
        before = _listed(entry)
        _tell(entry, tellings[row.pk], departures, changed_too=wish.changed_too)
        changed = entry.changed_attendees
        if not changed and not entry.removed_attendee_ids:
            continue
        if entry.appointment.is_seated and not row.values["is_seated"]:
            row.changes["is_seated"] = True
        if row.is_attended:
            row.replaced["attendees"] = [before, _listed(entry)]
        _note(row, entry.attendees[0].name)
        new = [_of_model(row, attendee) for attendee in changed if not attendee.pk]
        found[row.pk] = People(new, [one for one in changed if one.pk], entry.removed_attendee_ids)
    return found


def _entry(company: Company, row: Row, present: list[Attendee]) -> Entry:
    known = (row.pk, company.pk, None, None, row.starts_at, row.ends_at, row.status, row.uid)
    appointment = Appointment.from_db(connection.alias, _KNOWN, (*known, row.values["is_seated"], row.news))
    entry = Entry(appointment, attendees=present)
    entry.note_present()
    return entry


def _tell(entry: Entry, tellings: Sequence[Told], departures: Departures, *, changed_too: bool) -> None:
    """Where news has no date it is older than all that has one.

    Who attended the booking before a move counts only where nothing is told of the present one.
    """
    row = entry.appointment
    ordered = sorted(tellings, key=lambda telling: stamp_of(telling.news.as_of))
    current = [telling.news for telling in ordered if telling.is_current]
    snapshots = [news for news in current if isinstance(news, BookingSnapshot)]
    row.is_seated = row.is_seated or any(snapshot.is_seated for snapshot in snapshots)
    if row.is_seated:
        for snapshot in snapshots:
            change_seats(entry, snapshot, departures=departures)
    else:
        if changed_too:
            row.news.pop("attendees", None)
        formers = (telling.news for telling in ordered if not telling.is_current)
        before = [news for news in formers if isinstance(news, BookingSnapshot)]
        for snapshot in snapshots if any(snapshot.attendees for snapshot in snapshots) else before:
            replace_list(entry, snapshot)
    for news in current:
        if isinstance(news, AbsenceNews):
            mark_absences(entry, news)


def _departures(company: Company, uids: Sequence[str]) -> Departures:
    """When somebody moved on from one of these bookings to another one."""
    known = Departure.objects.for_company(company).filter(booking_uid__in=uids)
    return {(uid, email): left for uid, email, left in known.values_list("booking_uid", "email", "left_at")}


def _note(row: Row, booker: str) -> None:
    """What of this belongs to the appointment's own row."""
    row.has_new_news = True
    if booker and row.lacks("booked_customer_name"):
        row.changes["booked_customer_name"] = booker
    row.is_attended = True


def _of_model(row: Row, attendee: Attendee) -> Record:
    return {name: getattr(attendee, name) for name in ATTENDEE_COLUMNS} | {"appointment_id": row.pk}


def _listed(entry: Entry) -> list[list[object]]:
    """As the history names attendees."""
    return [[one.name or one.email, one.state, one.no_show] for one in entry.attendees]
