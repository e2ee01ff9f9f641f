"""Both sides compared, booking by booking, once all is quiet: what was lost, doubled, stuck, or is in conflict.

Each booking that people wanted has an attendee address of its own, so that a doubled one shows whatever its uid is.
A change that was accepted has to be in force, unless a later one of either side is: then that one is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from appointments.models import Appointment, AppointmentChange, Attendee, Push
from appointments.models.history import Side
from bench.chaos.diary import Diary, Remote
from bench.chaos.quiet import on_their_way
from bench.chaos.upstream import There
from webhooks.models import WebhookEvent

_STATUS = {"accepted": "confirmed", "pending": "pending", "cancelled": "cancelled", "rejected": "rejected"}
Change = AppointmentChange.Action
_WITH_STAFF = {Push.State.CONFLICT, Push.State.NEEDS_STAFF}


@dataclass
class Found:
    """What does not agree, by kind, in words; and what staff have to decide, which is as it should be."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    explained: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> list[str]:
        """Everything that is wrong."""
        kinds = ("lost", "doubled", "stuck", "different", "unexplained")
        return [f"{kind}: {text}" for kind in kinds for text in getattr(self, kind)]


@dataclass(frozen=True)
class Here:
    """An appointment with what belongs to it. `wishes`: what was changed here; unknown where staff gave it up."""

    row: Appointment
    emails: frozenset[str]
    uids: frozenset[str]
    pushes: tuple[Push, ...]
    lines: tuple[AppointmentChange, ...]
    wishes: tuple[AppointmentChange, ...] | None

    @property
    def is_with_staff(self) -> bool:
        """Whether staff have something to decide about it."""
        return any(push.state in _WITH_STAFF for push in self.pushes if push.is_open)

    @property
    def has_needless_move(self) -> bool:
        """Whether a move was never sent, or in vain, before a cancellation made it needless."""
        return any(push.operation == Push.Operation.MOVE and push.state == Push.State.FOLDED for push in self.pushes)

    @property
    def is_live(self) -> bool:
        """Neither cancelled nor rejected."""
        return self.row.status in {"pending", "confirmed"}

    def __str__(self) -> str:
        row = self.row
        pushes = [f"{push.operation}:{push.state}:{push.trouble}" for push in self.pushes]
        told = f"{row.told_status} {row.starts_at:%m-%d %H:%M} {row.sync_status}"
        return f"appointment {row.pk} {sorted(self.emails)} {row.calcom_booking_uid or '-'} {told} {pushes}"


def compare(bookings: Mapping[str, There], diary: Diary) -> Found:
    """Everything, at this moment."""
    found = Found()
    heres = list(_appointments(diary))
    _check_stuck(found)
    _check_doubled(found, heres, bookings.values())
    _check_told(found, heres, diary)
    by_uid = {uid: here for here in heres for uid in here.uids}
    remote = _remote_by_uid(diary)
    for one in bookings.values():
        if one.rescheduled_to:
            continue
        chain = _chain(bookings, one)
        here = by_uid.get(one.uid) or next((by_uid[uid] for uid in map(_uid, chain) if uid in by_uid), None)
        if here is None:
            found.lost.append(f"not known here: {_told(one)}")
        else:
            _check_one(found, here, chain, remote)
    for here in heres:
        _check_here(found, here, bookings, remote)
    return found


def _appointments(diary: Diary) -> Iterator[Here]:
    rows = Appointment.objects.prefetch_related("pushes", "changes", "former_uids", "attendees").order_by("pk")
    for row in rows:
        emails = [one.email for one in row.attendees.all() if one.state == Attendee.State.ACTIVE]
        uids = {row.calcom_booking_uid, *(former.uid for former in row.former_uids.all())} - {""}
        pushes = sorted(row.pushes.all(), key=lambda push: push.version)
        lines = sorted(row.changes.all(), key=lambda line: line.pk)
        wishes = tuple(line for line in lines if line.side == Side.PORTAL) if row.pk not in diary.given_up else None
        yield Here(row, frozenset(emails), frozenset(uids), tuple(pushes), tuple(lines), wishes)


def _check_stuck(found: Found) -> None:
    """Nothing is on its way any more."""
    for push in on_their_way():
        text = f"push {push.pk} of appointment {push.appointment_id}: {push.operation} {push.state} {push.trouble}"
        found.stuck.append(f"{text} attempts={push.attempts} next_at={push.next_at} {push.error[:120]}")
    for event in WebhookEvent.objects.exclude(state__in=["done", "ignored"]).defer("body"):
        found.stuck.append(f"delivery {event.pk}: {event.trigger} {event.booking_uid} {event.state} {event.reason}")


def _check_doubled(found: Found, heres: Iterable[Here], theirs: Iterable[There]) -> None:
    """Nobody was booked twice, on either side, and no order of ours was carried out twice."""
    live_here = Counter(email for here in heres if here.is_live for email in here.emails)
    live_there = Counter(email for one in theirs if one.is_live for email in one.emails)
    for where, counted in (("here", live_here), ("there", live_there)):
        found.doubled += [f"{email} {count} times {where}" for email, count in counted.items() if count > 1]
    began = Counter(one.reference for one in theirs if one.reference and not one.rescheduled_from)
    found.doubled += [f"order {reference} made {count} bookings" for reference, count in began.items() if count > 1]
    known = Counter(uid for here in heres for uid in here.uids)
    found.doubled += [f"booking {uid} belongs to {count} appointments" for uid, count in known.items() if count > 1]


def _check_told(found: Found, heres: Iterable[Here], diary: Diary) -> None:
    """Each change that was accepted here has its line in the history."""
    names = {line.actor_name for here in heres for line in here.lines if line.side == Side.PORTAL}
    found.lost += [f"no line for {change}" for change in diary.local if change.name not in names]


def _check_one(found: Found, here: Here, chain: list[There], remote: Mapping[str, list[Remote]]) -> None:
    if here.is_with_staff:
        return
    one, row = chain[-1], here.row
    ours = (row.told_status, row.starts_at, row.ends_at, row.calcom_booking_uid, here.emails)
    theirs = (_STATUS[one.status], one.starts_at, one.ends_at, one.uid, frozenset(one.emails))
    if ours != theirs:
        found.different.append(f"{here} and {_told(one)}")
    elif here.wishes is not None:
        made_there = [wish for booking in chain for wish in remote[booking.uid]]
        _check_wishes(found, here, here.wishes, [wish for wish in made_there if not _is_overtaken(wish, one)])


def _is_overtaken(wish: Remote, last: There) -> bool:
    """Cal.com accepts a move while a cancellation is being written, and then the booking that it made lives on."""
    return wish.kind == "cancel" and wish.uid != last.uid


def _check_wishes(found: Found, here: Here, ours: Sequence[AppointmentChange], theirs: Sequence[Remote]) -> None:
    """The last that was wanted, by either side, is in force."""
    row = here.row
    theirs_at = [wish.starts_at for wish in theirs if wish.starts_at]
    starts = {start for start in (_last_start(here, ours), *theirs_at[-1:]) if start}
    is_off_there = any(wish.kind == "cancel" for wish in theirs)
    is_off_here = any(line.action == Change.CANCELLED for line in ours)
    # A move that met a cancellation is not sent any more: the time is the one that was cancelled.
    if row.starts_at not in starts and not is_off_there and not (is_off_here and here.has_needless_move):
        found.lost.append(f"the last move of {here}: wanted {sorted(starts)}")
    if (is_off_there or is_off_here) and row.told_status != "cancelled":
        found.lost.append(f"the cancellation of {here}")
    if not theirs and (expected := _last_decision(ours)) and row.told_status not in {expected, "cancelled"}:
        found.lost.append(f"a decision: {here} was to be {expected}")


def _check_here(found: Found, here: Here, bookings: Mapping[str, There], remote: Mapping[str, list[Remote]]) -> None:
    row = here.row
    if here.is_with_staff:
        _explain(found, here, bookings, remote)
    elif row.calcom_booking_uid:
        if row.calcom_booking_uid not in bookings:
            found.lost.append(f"not known there: {here}")
        if row.sync_status != "synced":
            found.stuck.append(f"{here} says {row.sync_status}")
    elif here.is_live:
        found.lost.append(f"never booked there: {here}")


def _explain(found: Found, here: Here, bookings: Mapping[str, There], remote: Mapping[str, list[Remote]]) -> None:
    """A conflict needs a change there; what was left to staff a reason that lies there, too."""
    touched = any(remote[uid] for uid in _line_of(here, bookings))
    for push in here.pushes:
        if push.is_open and push.state in _WITH_STAFF:
            what = f"{push.operation}: {push.state} {push.trouble}".strip()
            if touched and (push.told or push.error):
                found.explained[what] += 1
            else:
                found.unexplained.append(f"{what}: {push.error[:200]}: {here}")


def _line_of(here: Here, bookings: Mapping[str, There]) -> set[str]:
    """Every uid that the booking had, also those that it does not know of yet."""
    uids, waiting = set(here.uids), list(here.uids)
    while waiting:
        one = bookings.get(waiting.pop())
        if one is not None and one.rescheduled_to and one.rescheduled_to not in uids:
            uids.add(one.rescheduled_to)
            waiting.append(one.rescheduled_to)
    return uids


def _remote_by_uid(diary: Diary) -> Mapping[str, list[Remote]]:
    found: defaultdict[str, list[Remote]] = defaultdict(list)
    for wish in diary.remote:
        found[wish.uid].append(wish)
    return found


def _last_start(here: Here, ours: Sequence[AppointmentChange]) -> datetime | None:
    """When it was to be, as was said here last."""
    for line in reversed(ours):
        if "starts_at" in line.details:
            return datetime.fromisoformat(line.details["starts_at"][1])
    if not any(line.action == Change.CREATED for line in ours):
        return None
    first = next((line.details["starts_at"][0] for line in here.lines if "starts_at" in line.details), None)
    return datetime.fromisoformat(first) if first else here.row.starts_at


def _last_decision(ours: Sequence[AppointmentChange]) -> str:
    """What was decided here last, if anything was."""
    kinds = {Change.CONFIRMED: "confirmed", Change.REJECTED: "rejected", Change.MOVED: ""}
    told = [kinds[Change(line.action)] for line in ours if line.action in kinds]
    return told[-1] if told else ""


def _chain(bookings: Mapping[str, There], one: There) -> list[There]:
    """The bookings that led to this one by moves, oldest first."""
    chain = [one]
    while chain[0].rescheduled_from:
        chain.insert(0, bookings[chain[0].rescheduled_from])
    return chain


def _uid(one: There) -> str:
    return one.uid


def _told(one: There) -> str:
    times = f"{one.starts_at:%m-%d %H:%M} from={one.rescheduled_from or '-'} to={one.rescheduled_to or '-'}"
    return f"booking {one.uid} {list(one.emails)} {one.status} {times}"
