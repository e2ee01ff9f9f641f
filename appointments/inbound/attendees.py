"""Attendees of a booking: a list that is replaced as a whole, or, where seats are sold, people who come and go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from appointments.backends import AbsenceNews, AttendeeSnapshot, BookingSnapshot, SeatChange
from appointments.inbound.entry import EARLIEST, Entry
from appointments.inbound.registers import is_local, stamp_of
from appointments.models import Attendee, Push
from appointments.wishes import wish_of

ACTIVE, GONE = Attendee.State.ACTIVE, Attendee.State.GONE


def replace_list(entry: Entry, snapshot: BookingSnapshot) -> None:
    """Take the list of a booking that is not seated over, unless the present one is newer."""
    if not snapshot.attendees:
        return
    stamp = stamp_of(snapshot.as_of)
    held = entry.appointment.news.get("attendees")
    if held is not None and (is_local(held) or held > stamp):
        return
    if held == stamp and _listed(snapshot.attendees) <= [_told(attendee) for attendee in entry.attendees]:
        return
    entry.appointment.news["attendees"] = stamp
    known: dict[str, list[Attendee]] = {}
    for attendee in entry.attendees:
        known.setdefault(attendee.contact, []).append(attendee)
    kept = [_row(entry, _first(known.get(person.contact)), person) for person in snapshot.attendees]
    for position, attendee in enumerate(kept):
        attendee.position, attendee.is_guest = position, snapshot.attendees[position].is_guest
    entry.removed_attendee_ids += [left.pk for same in known.values() for left in same if left.pk]
    entry.attendees = kept


def _first(rows: list[Attendee] | None) -> Attendee | None:
    """Take the first of several attendees with one address: a family may share it."""
    return rows.pop(0) if rows else None


def _told(attendee: Attendee) -> tuple[Any, ...]:
    return (attendee.email, attendee.name, attendee.phone, attendee.time_zone, attendee.locale)


def _listed(people: tuple[AttendeeSnapshot, ...]) -> list[tuple[Any, ...]]:
    return [(person.email, person.name, person.phone, person.time_zone, person.locale) for person in people]


def _row(entry: Entry, attendee: Attendee | None, person: AttendeeSnapshot) -> Attendee:
    row = attendee or Attendee(company_id=entry.appointment.company_id, email=person.email)
    row.name = person.name or row.name
    row.phone = person.phone or row.phone
    row.time_zone = person.time_zone or row.time_zone
    row.locale = person.locale or row.locale
    return row


def change_seats(entry: Entry, snapshot: BookingSnapshot, *, departures: dict[tuple[str, str], datetime]) -> None:
    """Let the attendees that a seated booking's news lists join or leave.

    `departures` tells when somebody (uid, e-mail) moved on from a booking to another one, also where that news came
    before the booking's own.
    """
    leaving = snapshot.seat_change is not SeatChange.JOINED
    for person in snapshot.attendees:
        if leaving:
            leave(entry, person, as_of=snapshot.as_of, reason=snapshot.cancellation_reason)
            continue
        _join(entry, person, snapshot)
        gone_at = departures.get((snapshot.uid, person.contact))
        if gone_at is not None:
            leave(entry, person, as_of=gone_at)
    is_doubtful = snapshot.seat_change is SeatChange.PERHAPS_LEFT and not _is_expected(entry, snapshot)
    if is_doubtful and snapshot.as_of is not None:
        doubt = stamp_of(snapshot.as_of)
        entry.appointment.news["seat_doubt"] = max(doubt, entry.appointment.news.get("seat_doubt", doubt))


def _is_expected(entry: Entry, snapshot: BookingSnapshot) -> bool:
    """Whether we have asked for just this seat to be given up: then there is no doubt about what was meant."""
    leaving = {wish_of(push).email for push in entry.waiting if push.operation == Push.Operation.CANCEL}
    return bool(leaving & {person.contact for person in snapshot.attendees})


def _join(entry: Entry, person: AttendeeSnapshot, snapshot: BookingSnapshot) -> None:
    seat = _seat(entry, person)
    if seat is not None and (snapshot.as_of or EARLIEST, 0) <= _since(seat):
        if snapshot.seat_uid and not seat.seat_uid:
            seat.seat_uid = snapshot.seat_uid
        return
    row = _row(entry, seat, person)
    row.state, row.as_of, row.leaving_reason, row.is_guest = ACTIVE, snapshot.as_of, "", False
    row.seat_uid = snapshot.seat_uid or row.seat_uid
    row.responses = snapshot.responses or row.responses
    if seat is None:
        row.position = len(entry.attendees)
        entry.attendees.append(row)


def leave(entry: Entry, person: AttendeeSnapshot, *, as_of: datetime | None, reason: str = "") -> None:
    """Mark one attendee of a seated booking as gone, unless newer news says that the seat was taken again."""
    seat = _seat(entry, person)
    if seat is None:
        seat = _row(entry, None, person)
        seat.position = len(entry.attendees)
        entry.attendees.append(seat)
    elif (as_of or EARLIEST, 1) <= _since(seat):
        return
    seat.state, seat.as_of, seat.leaving_reason = GONE, as_of, reason


def _seat(entry: Entry, person: AttendeeSnapshot) -> Attendee | None:
    return next((attendee for attendee in entry.attendees if attendee.contact == person.contact), None)


def _since(seat: Attendee) -> tuple[datetime, int]:
    """How new the news of a seat is; of the same instant, leaving outweighs joining."""
    return seat.as_of or EARLIEST, int(seat.state == GONE)


def mark_absences(entry: Entry, news: AbsenceNews) -> bool:
    """Note who did not come. False where somebody named is not known to attend (yet): then nothing is written."""
    if not {attendee.contact for attendee in entry.attendees} >= news.absences.keys():
        return False
    for attendee in entry.attendees:
        is_absent = news.absences.get(attendee.contact)
        if is_absent is None:
            continue
        if (news.as_of or EARLIEST, is_absent) > (attendee.no_show_as_of or EARLIEST, attendee.no_show):
            attendee.no_show, attendee.no_show_as_of = is_absent, news.as_of
    return True
