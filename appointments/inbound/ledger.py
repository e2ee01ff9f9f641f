"""The appointments that a batch of news is about: loaded and locked in a few queries, saved in a few more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from appointments import tombstones
from appointments.backends import BookingSnapshot, News
from appointments.bulk import Rows, Values, read_together
from appointments.inbound.echo import orders
from appointments.inbound.entry import EARLIEST, Entry, Link, follows
from appointments.inbound.saving import save
from appointments.models import Appointment, AppointmentChange, Attendee, Departure, FormerUid, Push
from appointments.models.appointment import Source, SyncStatus
from appointments.models.history import Side
from companies.models import Company

_FIND = """
    SELECT id FROM appointments_appointment
    WHERE company_id = %s AND calcom_booking_uid <> '' AND calcom_booking_uid = ANY(%s)
    UNION SELECT appointment_id FROM appointments_formeruid WHERE company_id = %s AND uid = ANY(%s)
    UNION SELECT id FROM appointments_appointment
    WHERE company_id = %s AND ical_uid <> '' AND ical_uid = ANY(%s) AND NOT is_seated
    UNION SELECT id FROM appointments_appointment
    WHERE company_id = %s AND calcom_booking_uid = '' AND calcom_booking_id = ANY(%s)
"""
_FIND_ORDERED = """
    UNION SELECT appointment_id FROM appointments_push
    WHERE company_id = %s AND reference = ANY(%s) AND operation = 'create' AND finished_at IS NULL
"""

_ATTEMPTS = 3
_THAT_OF_A_PUSH = "= (SELECT appointment_id FROM appointments_push WHERE id = %s)"


class Ledger:
    """All entries that a batch needs, found by uid, former uid, iCal UID, reference and number.

    The rows are locked until the commit.

    `answering` is the id of the Push that the batch answers: its appointment is locked before all, and loaded anyway.
    """

    ours: Entry | None = None
    """The appointment of that Push."""

    def __init__(self, company: Company, batch: Sequence[News], *, answering: int | None = None) -> None:
        self.company = company
        self.changes: list[tuple[Entry, AppointmentChange]] = []
        self.departures: dict[tuple[str, str], datetime] = {}
        self._new_departures: set[tuple[str, str]] = set()
        self._by_uid: dict[str, Entry] = {}
        self._entries: list[Entry] = []
        self._locked: dict[int, Entry] = {}
        self._load(batch, answering)

    def entry_of(self, uid: str) -> Entry | None:
        """The appointment that has, or once had, this uid."""
        return self._by_uid.get(uid)

    def entry_for(self, snapshot: BookingSnapshot) -> Entry | None:
        """The appointment that a snapshot is about: found, joined from several that turn out to be one, or new.

        None for an unknown booking without an event type: nothing says that it is this company's.
        """
        found = self._matching(snapshot)
        if not found:
            return None if snapshot.event_type_id is None else self._add(self._new(snapshot))
        entry = min(found, key=lambda e: (e.appointment.pk is None, not e.waiting, e.appointment.pk or 0))
        for other in found:
            if other is not entry:
                self._join(entry, other, snapshot)
        return entry

    def index(self, entry: Entry) -> None:
        """Make an entry findable by all its uids, after they changed."""
        for uid in (entry.uid, *entry.formers):
            self._by_uid[uid] = entry

    def touched_uids(self) -> set[str]:
        """Every uid, current or former, of every appointment that news was applied to."""
        return {uid for entry in self._entries if entry.is_touched for uid in (entry.uid, *entry.formers)}

    def open_pushes(self) -> set[int]:
        """The ids of those that the appointments concerned still have."""
        return {push.pk for entry in self._entries for push in entry.pushes if push.is_open}

    def finished_pushes(self) -> set[int]:
        """The ids of the pushes that the news has completed, or made needless."""
        return {push.pk for entry in self._entries for push in entry.pushes if not push.is_open}

    def _matching(self, snapshot: BookingSnapshot) -> list[Entry]:
        found = [self._by_uid.get(snapshot.uid), self._ordered(snapshot), self._numbered(snapshot)]
        if snapshot.is_seated is not True and snapshot.replaces is not None:
            found.append(self._unseated(self._by_uid.get(snapshot.replaces.uid)))
        if snapshot.is_seated is False and snapshot.ical_uid:
            found += [entry for entry in self._entries if self._is_linked(entry, snapshot)]
        return list(dict.fromkeys(entry for entry in found if entry is not None))

    def _ordered(self, snapshot: BookingSnapshot) -> Entry | None:
        """The appointment that ordered this booking: its reference is verified, event type and start are as wanted."""
        if snapshot.reference is None:
            return None
        return next((entry for entry in self._entries if orders(entry, snapshot)), None)

    def _numbered(self, snapshot: BookingSnapshot) -> Entry | None:
        """The appointment of old times that knows the booking by its number only; another account may have the same."""
        if snapshot.booking_id is None:
            return None
        for entry in self._entries:
            row = entry.appointment
            is_number = not entry.uid and row.calcom_booking_id == snapshot.booking_id
            if is_number and row.starts_at == snapshot.starts_at and _agree(row, snapshot):
                return entry
        return None

    @staticmethod
    def _is_linked(entry: Entry, snapshot: BookingSnapshot) -> bool:
        """Whether the iCal UID makes two bookings one chain. Some calendars give all of a series one: not for those."""
        row = entry.appointment
        is_series = row.is_recurring and snapshot.is_recurring
        return row.ical_uid == snapshot.ical_uid and not row.is_seated and not is_series

    @staticmethod
    def _unseated(entry: Entry | None) -> Entry | None:
        return None if entry is None or entry.appointment.is_seated else entry

    def _join(self, entry: Entry, other: Entry, snapshot: BookingSnapshot) -> None:
        entry.absorb(other, other_is_newer=follows(Link.of(other), Link.of(entry), news=snapshot))
        self._entries.remove(other)
        self.changes = [(entry if owner is other else owner, change) for owner, change in self.changes]
        self.index(entry)

    def _new(self, snapshot: BookingSnapshot) -> Entry:
        row = Appointment(
            company=self.company,
            calcom_booking_uid=snapshot.uid,
            calcom_booking_id=snapshot.booking_id,
            starts_at=snapshot.starts_at,
            ends_at=snapshot.ends_at,
            told_status=snapshot.status,
            status=snapshot.status,
            booking_time_zone=snapshot.time_zone or self.company.time_zone,
            source=Source.CALCOM,
            sync_origin=Side.CALCOM,
            sync_status=SyncStatus.SYNCED,
            version=0,
        )
        return Entry(row)

    def _add(self, entry: Entry) -> Entry:
        self._entries.append(entry)
        self.index(entry)
        return entry

    def _load(self, batch: Sequence[News], answering: int | None) -> None:
        for _attempt in range(_ATTEMPTS):
            if answering is None:
                (rows,) = read_together(_finding(self.company, batch))
                found = {pk for (pk,) in rows}
            else:
                taken, found = self._take(_THAT_OF_A_PUSH, answering, _finding(self.company, batch))
                self.ours = next(iter(taken), None)
            if missing := found - self._locked.keys():
                self._take("= ANY(%s)", list(missing))
            if found <= self._locked.keys() and (answering is None or self.ours is not None):
                break  # else one of them was joined with another in this very moment, and is found there
        if not self._entries:
            self.was_anybody_erased = tombstones.are_any(self.company)
        seated = [news for news in batch if isinstance(news, BookingSnapshot) and news.is_seated]
        if seated:
            self._load_departures({news.uid for news in seated} | {one.replaces.uid for one in seated if one.replaces})

    def _take(self, which: str, value: Any, *besides: Values) -> tuple[list[Entry], set[int]]:
        """Lock and load the appointments whose id is so; returns their entries, and the ids asked for besides."""
        rows, attendees, formers, pushes, ((was_anybody_erased,),), *found = read_together(
            Rows(Appointment, f"id {which} ORDER BY id FOR UPDATE", (value,)),
            Rows(Attendee, f"appointment_id {which} ORDER BY position, id", (value,)),
            Rows(FormerUid, f"appointment_id {which} ORDER BY id", (value,)),
            Rows(Push, f"appointment_id {which} AND finished_at IS NULL ORDER BY version", (value,)),
            # Under the lock of the appointments concerned: an erasure may just have been under way.
            tombstones.whether_any(self.company),
            *besides,
        )
        self.was_anybody_erased = bool(was_anybody_erased)
        for pk, entry in _entries(rows, attendees, formers, pushes).items():
            if pk not in self._locked:
                self._locked[pk] = entry
                entry.note_present()
                self._add(entry)
        return [self._locked[row.pk] for row in rows], {pk for ids in found for (pk,) in ids}

    def _load_departures(self, uids: Iterable[str]) -> None:
        known = Departure.objects.for_company(self.company).filter(booking_uid__in=uids)
        for uid, email, left_at in known.values_list("booking_uid", "email", "left_at"):
            self.departures[uid, email] = left_at

    def note_departure(self, uid: str, email: str, as_of: datetime | None) -> None:
        """Remember that somebody left one seated booking for another."""
        key = (uid, email)
        if as_of is not None and as_of > self.departures.get(key, EARLIEST):
            self.departures[key] = as_of
            self._new_departures.add(key)

    def save(self) -> None:
        """Write everything: some ten statements, whatever the size of the batch."""
        touched = [entry for entry in self._entries if entry.is_touched]
        if not touched:
            return
        departures = {key: self.departures[key] for key in sorted(self._new_departures)}
        save(self.company, touched, changes=self.changes, departures=departures)


def _finding(company: Company, batch: Sequence[News]) -> Values:
    """The query for the ids of all appointments that news may concern: some index look-ups, one trip."""
    uids, ical_uids, references, numbers = set[str](), set[str](), set[UUID](), set[int]()
    for news in batch:
        uids.add(news.uid)
        if isinstance(news, BookingSnapshot):
            uids |= {news.replaces.uid} if news.replaces else set()
            references |= {news.reference} if news.reference else set()
            numbers |= {news.booking_id} if news.booking_id else set()
            ical_uids |= {news.ical_uid} if news.ical_uid and news.is_seated is False else set()
    ours = company.pk
    values: list[Any] = [ours, list(uids), ours, list(uids), ours, list(ical_uids), ours, list(numbers)]
    if not references:
        return Values(_FIND, tuple(values))
    return Values(_FIND + _FIND_ORDERED, (*values, ours, list(references)))


def _agree(row: Appointment, snapshot: BookingSnapshot) -> bool:
    """Whether they are of one event type, as far as both say which."""
    return None in {row.calcom_event_type_id, snapshot.event_type_id} or (
        row.calcom_event_type_id == snapshot.event_type_id
    )


def _entries(
    rows: Iterable[Appointment], attendees: Iterable[Attendee], formers: Iterable[FormerUid], pushes: Iterable[Push]
) -> dict[int, Entry]:
    """By their ids. What belongs to a row that was joined with another in this very moment is left."""
    entries = {row.pk: Entry(row) for row in rows}
    for attendee in attendees:
        if entry := entries.get(attendee.appointment_id):
            entry.attendees.append(attendee)
    for former in formers:
        if entry := entries.get(former.appointment_id):
            entry.formers[former.uid] = former
    for push in pushes:
        if entry := entries.get(push.appointment_id):
            entry.pushes.append(push)
    return entries
