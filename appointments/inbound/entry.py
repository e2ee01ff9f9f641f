"""One appointment while news is being applied to it: the row, its attendees, its former uids, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from appointments import standing
from appointments.backends import BookingSnapshot
from appointments.inbound.joining import take_pushes
from appointments.inbound.registers import (
    OF_ONE_BOOKING,
    REGISTERS,
    demote,
    demoted,
    fold,
    is_local,
    stamp_of,
    told,
)
from appointments.models import Appointment, Attendee, FormerUid, Push
from appointments.models.appointment import SyncStatus
from appointments.wishes import wish_of

_ATTENDEE_COLUMNS = [field.attname for field in Attendee._meta.concrete_fields]
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(eq=False)
class Entry:
    """An appointment in work. Everything here is in memory; the ledger loads and saves it."""

    appointment: Appointment
    attendees: list[Attendee] = field(default_factory=list)
    formers: dict[str, FormerUid] = field(default_factory=dict)
    pushes: list[Push] = field(default_factory=list)
    is_touched: bool = False
    absorbed_ids: list[int] = field(default_factory=list)
    removed_attendee_ids: list[int] = field(default_factory=list)
    revived_ids: list[int] = field(default_factory=list)
    is_echo: bool = False
    _present: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    _time: tuple[Any, ...] = ()

    def note_present(self) -> None:
        """Remember what is in the database, to save only what changes."""
        self._present = {attendee.pk: _values(attendee) for attendee in self.attendees}
        self._time = _time(self.appointment)

    @property
    def changed_attendees(self) -> list[Attendee]:
        """The attendees that have to be saved."""
        return [one for one in self.attendees if one.pk is None or self._present.get(one.pk) != _values(one)]

    @property
    def takes_another_time(self) -> bool:
        """Whether the staff member's time may not be what it was."""
        return bool(self.absorbed_ids) or self.appointment.is_double_booked or self._time != _time(self.appointment)

    @property
    def waiting(self) -> list[Push]:
        """The pushes that the backend still has to be told, in their order; compensations are about other bookings."""
        return [push for push in self.pushes if push.is_open and not push.is_compensation]

    @property
    def starts_at_backend(self) -> datetime:
        """When the booking starts as far as the backend knows."""
        was = wish_of(self.waiting[0]).was if self.waiting else None
        is_ours = is_local(self.appointment.news.get("times", []))
        return was.starts_at if is_ours and was is not None else self.appointment.starts_at

    @property
    def uid(self) -> str:
        """The booking's current uid."""
        return self.appointment.calcom_booking_uid

    def supersede(self, snapshot: BookingSnapshot) -> None:
        """The snapshot's booking is a newer one of the chain, or the first: its uid becomes the current one."""
        if self.uid:
            self._retire_current()
        revived = self.formers.pop(snapshot.uid, None)
        if revived is not None and revived.pk:
            self.revived_ids.append(revived.pk)
        self.appointment.calcom_booking_uid = snapshot.uid
        self.appointment.calcom_booking_id = snapshot.booking_id
        if self.appointment.sync_status == SyncStatus.NOT_APPLICABLE:  # of old times: the backend had it all along
            self.appointment.sync_status = SyncStatus.SYNCED

    def remember(
        self, uid: str, *, booking_id: int | None = None, starts_at: datetime | None = None, successor: str = ""
    ) -> None:
        """Note a former uid, and what is told of it. Two successors of one booking are a fork: one was lost."""
        former = self.formers.get(uid)
        if former is None:
            former = FormerUid(company_id=self.appointment.company_id, uid=uid)
            self.formers[uid] = former
        former.booking_id = former.booking_id or booking_id
        former.starts_at = former.starts_at or starts_at
        if successor and former.successor_uid and former.successor_uid != successor:
            self.appointment.news["fork_doubt"] = stamp_of(None)
        former.successor_uid = former.successor_uid or successor

    @staticmethod
    def stray(uid: str) -> dict[str, str]:
        """The columns of a FormerUid that says: made by mistake and taken back. It is its own successor."""
        return {"uid": uid, "successor_uid": uid}

    def is_stray(self, uid: str) -> bool:
        """Whether that booking was made by mistake and taken back: no news of it is this appointment's."""
        former = self.formers.get(uid)
        return former is not None and former.successor_uid == uid

    @property
    def moved_from(self) -> list[FormerUid]:
        """The bookings that it was before each move."""
        return [former for uid, former in self.formers.items() if not self.is_stray(uid)]

    def absorb(self, other: Entry, *, other_is_newer: bool) -> None:
        """Take over all that another entry knows: the two have turned out to be one appointment."""
        is_successor = other_is_newer or not self.uid
        if is_successor:
            if self.uid:
                self._retire_current()
            self.appointment.calcom_booking_uid = other.uid
            self.appointment.calcom_booking_id = other.appointment.calcom_booking_id
        elif other.uid:
            self.remember(
                other.uid, booking_id=other.appointment.calcom_booking_id, starts_at=other.appointment.starts_at
            )
        for former in other.formers.values():
            self.remember(
                former.uid,
                booking_id=former.booking_id,
                starts_at=former.starts_at,
                successor=former.successor_uid,
            )
        take_pushes(self.appointment, self.pushes, gone=other.appointment, of_gone=other.pushes)
        self._absorb_registers(other, as_former=not is_successor)
        if other.appointment.pk is not None:
            self.absorbed_ids.append(other.appointment.pk)
        self.absorbed_ids += other.absorbed_ids
        self.removed_attendee_ids += other.removed_attendee_ids

    def fill(self, snapshot: BookingSnapshot, *, as_former: bool) -> None:
        """Fold a snapshot's registers in."""
        for name, stamp, columns in told(snapshot):
            if not as_former:
                fold(self.appointment, name, stamp, columns)
            elif name not in OF_ONE_BOOKING:
                fold(self.appointment, name, demoted(stamp), columns)

    def _retire_current(self) -> None:
        self.remember(self.uid, booking_id=self.appointment.calcom_booking_id, starts_at=self.starts_at_backend)
        self.appointment.meeting_ended_at = None
        self.appointment.recording_url = ""
        for name in OF_ONE_BOOKING:
            self.appointment.news.pop(name, None)
        standing.regain(self.appointment)
        demote(self.appointment)
        for attendee in self.attendees:
            attendee.no_show, attendee.no_show_as_of = False, None

    def _absorb_registers(self, other: Entry, *, as_former: bool) -> None:
        theirs = other.appointment
        for name, stamp in theirs.news.items():
            if name in REGISTERS and not (as_former and name in OF_ONE_BOOKING):
                columns = {column: getattr(theirs, column) for column in REGISTERS[name]}
                fold(self.appointment, name, demoted(stamp) if as_former else stamp, columns)
        if theirs.is_seated:
            known = {attendee.contact for attendee in self.attendees}
            self.attendees += [attendee for attendee in other.attendees if attendee.contact not in known]
            self.appointment.is_seated = True
            return
        attendees_stamp = theirs.news.get("attendees")
        if attendees_stamp is None:
            return
        if as_former:
            attendees_stamp = demoted(attendees_stamp)
        mine = self.appointment.news.get("attendees")
        if mine is None or (attendees_stamp > mine and not is_local(mine)):
            self._drop_attendees()
            self.attendees = other.attendees
            self.appointment.news["attendees"] = attendees_stamp

    def _drop_attendees(self) -> None:
        self.removed_attendee_ids += [attendee.pk for attendee in self.attendees if attendee.pk]
        self.attendees = []


def _values(attendee: Attendee) -> tuple[Any, ...]:
    return tuple(getattr(attendee, name) for name in _ATTENDEE_COLUMNS)


def _time(row: Appointment) -> tuple[Any, ...]:
    return (row.status, row.staff_id, row.service_id, row.starts_at, row.ends_at)


@dataclass(frozen=True)
class Link:
    """One booking of a chain of moves, as far as it is known."""

    uid: str
    booking_id: int | None
    ical_sequence: int | None
    as_of: datetime | None

    @classmethod
    def of(cls, entry: Entry) -> Link:
        """An entry's current booking."""
        row = entry.appointment
        return cls(row.calcom_booking_uid, row.calcom_booking_id, row.ical_sequence, row.rescheduled_at)


def follows(one: Link, other: Link, *, news: BookingSnapshot) -> bool:
    """Whether booking `one` came after `other` in their chain of moves.

    Booking ids grow, so they decide where both are known; else the link that the news names; else the iCal sequence;
    else the later move.
    """
    if one.booking_id is not None and other.booking_id is not None:
        return (one.booking_id, one.uid) > (other.booking_id, other.uid)
    if news.replaces is not None and {one.uid, other.uid} == {news.uid, news.replaces.uid}:
        return one.uid == news.uid
    if one.ical_sequence is not None and other.ical_sequence is not None and one.ical_sequence != other.ical_sequence:
        return one.ical_sequence > other.ical_sequence
    return (one.as_of or EARLIEST, one.uid) > (other.as_of or EARLIEST, other.uid)


def tracked(entry: Entry) -> dict[str, Any]:
    """What people want to read about in the history, as plain values."""
    row = entry.appointment
    return {
        "uid": row.calcom_booking_uid,
        "status": row.status,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "title": row.title,
        "location_type": row.location_type,
        "location": row.location_value,
        "meeting_url": row.meeting_url,
        "staff": row.booked_staff_name,
        "service": row.booked_service_name,
        "branch": row.branch_id,
        "answers": row.responses,
        "recording": row.recording_url,
        "reasons": [row.cancellation_reason, row.rejected_reason],
        "attendees": [[a.name or a.email, a.state, a.no_show] for a in entry.attendees],
    }
