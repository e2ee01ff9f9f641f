"""What a read of Cal.com tells that the appointment book does not know yet.

A row says when it was last changed, and so how new it is. Some changes leave no trace there (seats, absences, old
rows): where the row differs from what we know though it is not newer, it is believed as of some seconds before it was
asked for. Cal.com sends a cancellation before it writes it, so a younger read might undo one. Nothing of this holds
while a change of ours is on its way: then the row is only as new as it says, and the domain judges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from appointments.backends import AbsenceNews, AttendeeSnapshot, BookingSnapshot, News, SeatChange
from appointments.inbound.registers import stamp_of, told
from appointments.models.appointment import LocationType, Status
from calcom import mapping

if TYPE_CHECKING:
    from calcom.schemas.bookings import BookingRead
    from calcom.sync.bookings.known import Known

# How long Cal.com may take to write what it has told a webhook already.
SETTLED = timedelta(seconds=15)

_OFF = {Status.CANCELLED, Status.REJECTED}


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who reads, and when it was asked."""

    company_id: int
    asked_at: datetime
    host_emails: frozenset[str] = field(default_factory=frozenset)

    @property
    def settled_at(self) -> datetime:
        """Until when all that was told is in the rows that were read."""
        return self.asked_at - SETTLED

    def snapshot(self, read: BookingRead) -> BookingSnapshot:
        """The whole row as news."""
        return mapping.booking_snapshot(read, company_id=self.company_id, host_emails=self.host_emails)


def news_of(read: BookingRead, known: Known | None, *, reader: Reader) -> list[News]:
    """What is new in a row; nothing where nothing is."""
    snapshot = reader.snapshot(read)
    if known is None:
        # The old booking of a move says nothing that its successor does not say.
        return [] if read.rescheduled_to_uid else [*_whole(read, snapshot, reader), *_absences(read, None, reader)]
    if read.uid != known.calcom_booking_uid or read.rescheduled_to_uid:
        return []
    if known.has_open_push:
        return _whole(read, snapshot, reader)
    lean = _lean(snapshot, known)
    if not snapshot.is_seated:
        return [*_row(lean, known, reader), *_absences(read, known, reader)]
    row = _row(replace(lean, attendees=()), known, reader)
    return [*row, *_seats(read, lean, known, reader), *_absences(read, known, reader)]


def _whole(read: BookingRead, snapshot: BookingSnapshot, reader: Reader) -> list[News]:
    """All that a row says: one piece of news, or one for each seat."""
    seats = mapping.seat_snapshots(read, snapshot, company_id=reader.company_id)
    return list(seats) if snapshot.is_seated and seats else [snapshot]


def _lean(snapshot: BookingSnapshot, known: Known) -> BookingSnapshot:
    """Without what is known already in better words: webhooks name labels, all hosts, sequences, who cancelled."""
    less: dict[str, Any] = {}
    if "responses" in known.news:
        less["responses"] = None
    if snapshot.ical_uid == known.ical_uid:
        less["ical_uid"] = ""
    if snapshot.host_id == known.calcom_host_id:
        less |= {"host_id": None, "hosts": None}
    if snapshot.location and snapshot.location.type == known.location_type == LocationType.VIDEO:
        less["location"] = None
    if snapshot.replaces and snapshot.replaces.uid in known.former_uids:
        less["is_move"] = False
    if snapshot.status == known.told_status:
        less |= {
            "cancelled_by": snapshot.cancelled_by or known.cancelled_by,
            "cancellation_reason": snapshot.cancellation_reason or known.cancellation_reason,
            "rejected_reason": known.rejected_reason,
        }
    return replace(snapshot, **less)


def _row(lean: BookingSnapshot, known: Known, reader: Reader) -> Iterator[BookingSnapshot]:
    """The row itself, where it is newer than what is known, fills a gap, or differs and has settled."""
    is_newer = known.is_told_before(stamp_of(lean.as_of))
    has_gap = bool({name for name, _, _ in told(lean)} - known.news.keys()) or _is_new_link(lean, known)
    if is_newer or has_gap:
        yield lean
    elif _differs(lean, known) and known.is_told_before(stamp_of(reader.settled_at)):
        yield replace(lean, as_of=reader.settled_at)


def _is_new_link(lean: BookingSnapshot, known: Known) -> bool:
    return lean.replaces is not None and lean.replaces.uid not in known.former_uids


def _differs(lean: BookingSnapshot, known: Known) -> bool:
    """Whether the row says anything else than we do; what it leaves open is no difference. Cancelled is final."""
    pairs: list[tuple[Any, Any]] = [
        (None if lean.is_status_weak or known.told_status == Status.CANCELLED else lean.status, known.told_status),
        (lean.starts_at, known.starts_at),
        (lean.ends_at, known.ends_at),
        (lean.event_type_id, known.calcom_event_type_id),
        (lean.host_id, known.calcom_host_id),
        (lean.title or None, known.title),
        (lean.meeting_url or None, known.meeting_url),
    ]
    if lean.location is not None:
        pairs.append(((lean.location.type, lean.location.value), (known.location_type, known.location_value)))
    if lean.attendees and not lean.is_seated:
        pairs.append(({one.contact for one in lean.attendees}, {one.contact for one in known.people if one.is_active}))
    return any(theirs is not None and theirs != ours for theirs, ours in pairs)


def _seats(read: BookingRead, lean: BookingSnapshot, known: Known, reader: Reader) -> Iterator[BookingSnapshot]:
    """Who took or gave up a seat. The row's own date does not move with its seats, so the reading's counts."""
    if not lean.attendees:
        return
    now = replace(lean, as_of=reader.settled_at)
    held = {one.contact: one for one in known.people if one.is_active}
    for seat in mapping.seat_snapshots(read, now, company_id=reader.company_id):
        (person,) = seat.attendees
        before = held.pop(person.contact, None)
        if before is None or not before.seat_uid or known.has_seat_doubt:
            yield seat
    held.pop("", None)  # somebody who was erased: Cal.com names them still, and we do not know them any more
    for _contact, gone in sorted(held.items()):
        left = (AttendeeSnapshot(email=gone.email, phone=gone.phone),)
        yield replace(now, attendees=left, seat_change=SeatChange.LEFT, responses=None)


def _absences(read: BookingRead, known: Known | None, reader: Reader) -> Iterator[AbsenceNews]:
    """Who did not come, where that differs from what is known. Marking it does not date the row either."""
    if known is not None and known.told_status in _OFF:
        return
    told_by = {mapping.contact_of(one.email): one.absent for one in read.attendees if one.absent is not None}
    if known is None:
        differing = {email: True for email, is_absent in told_by.items() if is_absent}
    else:
        marked = {one.contact: one.is_absent for one in known.people}
        differing = {
            email: is_absent for email, is_absent in told_by.items() if marked.get(email, is_absent) != is_absent
        }
    if differing:
        yield AbsenceNews(uid=read.uid, absences=differing, as_of=reader.settled_at)
