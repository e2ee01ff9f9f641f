"""Applying news: the one way by which a remote change reaches the appointment book."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy

from appointments import standing
from appointments.backends import BookingSnapshot, News, Places, RecordingNews
from appointments.inbound.attendees import change_seats, leave, mark_absences, replace_list
from appointments.inbound.echo import note_absences, note_snapshot
from appointments.inbound.entry import Entry, Link, follows, tracked
from appointments.inbound.forgotten import without_the_forgotten
from appointments.inbound.ledger import Ledger
from appointments.inbound.registers import fold, stamp_of
from appointments.inbound.settle import settle
from appointments.models import Appointment, AppointmentChange
from appointments.models.appointment import Status
from appointments.models.history import Side
from appointments.wording import kept
from companies.models import Company

Action = AppointmentChange.Action

_NOT_AS_CHOSEN = gettext_lazy("It was booked with somebody else than was chosen here.")
_OTHER_LENGTH = gettext_lazy("It is longer or shorter there than was chosen here.")
_OURS_TOO = {"status", "starts_at", "ends_at", "staff", "service", "attendees"}
_ACTIONS = {
    Status.CANCELLED: Action.CANCELLED,
    Status.REJECTED: Action.REJECTED,
    Status.COMPLETED: Action.COMPLETED,
    Status.NO_SHOW: Action.NO_SHOW,
}


class Outcome(Enum):
    """What became of one piece of news."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNKNOWN_BOOKING = "unknown booking"


@dataclass(frozen=True)
class Applied:
    """The outcome of each piece of news, in their order, every uid of every appointment they touched, and the ids of
    the pushes that they finished, and of those that are still open. `redacted`: deliveries that named erased people."""

    outcomes: list[Outcome] = field(default_factory=list)
    touched_uids: set[str] = field(default_factory=set)
    finished_pushes: set[int] = field(default_factory=set)
    open_pushes: set[int] = field(default_factory=set)
    redacted: set[UUID] = field(default_factory=set)


def apply_booking(company: Company, snapshot: BookingSnapshot, *, places: Places) -> Outcome:
    """Apply one snapshot. Runs in the caller's transaction and never commits."""
    return apply_news(company, [snapshot], places=places).outcomes[0]


def apply_news(
    company: Company,
    batch: Sequence[News],
    *,
    places: Places,
    answering: int | None = None,
    ledger: Ledger | None = None,
) -> Applied:
    """Apply a batch of news of one company, in a number of statements that does not grow with the batch.

    `answering` is the id of the Push whose answer the news is; `ledger` is what was loaded for this batch in this
    transaction already. Must run in a transaction: the appointments concerned stay locked until its end. Raises what
    the database raises; then nothing of the batch was written.
    """
    ledger = ledger or Ledger(company, batch)
    told = without_the_forgotten(company, batch) if ledger.was_anybody_erased else batch
    outcomes = [_apply(ledger, news, places=places, answering=answering) for news in told]
    ledger.save()
    redacted = {news.delivery_id for news, clean in zip(batch, told, strict=True) if clean != news and news.delivery_id}
    return Applied(outcomes, ledger.touched_uids(), ledger.finished_pushes(), ledger.open_pushes(), redacted)


def _apply(ledger: Ledger, news: News, *, places: Places, answering: int | None) -> Outcome:
    ordering = ledger.entry_of(news.uid)
    if ordering is not None and ordering.is_stray(news.uid):
        return Outcome.UNCHANGED
    if isinstance(news, BookingSnapshot):
        found = ledger.entry_for(news)
        if found is None:
            return Outcome.UNKNOWN_BOOKING
        entry = found
    else:
        known = ledger.entry_of(news.uid)
        if known is None:
            return Outcome.UNKNOWN_BOOKING
        if known.uid != news.uid:
            return Outcome.UNCHANGED
        entry = known
    before = tracked(entry)
    if isinstance(news, BookingSnapshot):
        _take_snapshot(ledger, entry, news, places=places)
        note_snapshot(entry, news, answering=answering)
    elif isinstance(news, RecordingNews):
        fold(entry.appointment, "recording", stamp_of(news.as_of), {"recording_url": news.url})
    elif note_absences(entry, news, answering=answering) and not mark_absences(entry, news):
        return Outcome.UNKNOWN_BOOKING
    return _close(ledger, entry, news, before=before, places=places)


def _take_snapshot(ledger: Ledger, entry: Entry, snapshot: BookingSnapshot, *, places: Places) -> None:
    is_former = snapshot.uid != entry.uid
    names_current = snapshot.replaces is not None and snapshot.replaces.uid == entry.uid
    if is_former and (snapshot.uid not in entry.formers or names_current):
        one = Link(snapshot.uid, snapshot.booking_id, snapshot.ical_sequence, snapshot.as_of)
        if not entry.uid or follows(one, Link.of(entry), news=snapshot):
            entry.supersede(snapshot)
            is_former = False
    if snapshot.is_seated:
        _move_seats(ledger, snapshot, places=places)
    elif snapshot.replaces is not None and snapshot.replaces.uid != entry.uid:
        old = snapshot.replaces
        entry.remember(old.uid, booking_id=old.booking_id, starts_at=old.starts_at, successor=snapshot.uid)
    if is_former:
        entry.remember(snapshot.uid, booking_id=snapshot.booking_id, starts_at=snapshot.starts_at)
        entry.fill(snapshot, as_former=True)
        ledger.index(entry)
        return
    row = entry.appointment
    standing.hear(row, snapshot.as_of)
    row.calcom_booking_id = row.calcom_booking_id or snapshot.booking_id
    row.is_seated = row.is_seated or bool(snapshot.is_seated)
    entry.fill(snapshot, as_former=False)
    if row.is_seated:
        change_seats(entry, snapshot, departures=ledger.departures)
    else:
        replace_list(entry, snapshot)
    ledger.index(entry)


def _move_seats(ledger: Ledger, snapshot: BookingSnapshot, *, places: Places) -> None:
    """A moved seat leaves the old booking, which lives on for the others, and joins the new one."""
    if snapshot.replaces is None or snapshot.replaces.uid == snapshot.uid:
        return
    old = ledger.entry_of(snapshot.replaces.uid)
    for person in snapshot.attendees:
        ledger.note_departure(snapshot.replaces.uid, person.contact, snapshot.as_of)
    if old is None or old.uid != snapshot.replaces.uid or not old.appointment.is_seated:
        return
    before = tracked(old)
    for person in snapshot.attendees:
        leave(old, person, as_of=snapshot.as_of)
    _close(ledger, old, snapshot, before=before, places=places)


def _close(ledger: Ledger, entry: Entry, news: News, *, before: dict[str, Any], places: Places) -> Outcome:
    """Derive what follows, and write the history where something changed."""
    is_new = entry.appointment.version == 0
    settle(entry, places=places)
    entry.is_touched = True
    after = tracked(entry)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    reason = ""
    if entry.is_echo:  # the uid, the title, the link to the meeting: what came of our own change is no change
        changed = {name: values for name, values in changed.items() if name in _OURS_TOO}
        reason = _why(before, changed)
        entry.is_echo = False
    if not changed and not is_new:
        return Outcome.UNCHANGED
    entry.appointment.version += 1
    action = Action.CREATED if is_new else _action(changed, entry.appointment)
    details = {} if is_new else {name: [_plain(old), _plain(new)] for name, (old, new) in changed.items()}
    ledger.changes.append((entry, _change(entry.appointment, action, details, news, reason=reason)))
    return Outcome.CHANGED


def _why(before: Mapping[str, Any], changed: Collection[str]) -> str:
    """Why our own change has changed something: there it came out another way than was wanted here."""
    if before["staff"] and "staff" in changed:
        return kept(_NOT_AS_CHOSEN)
    return kept(_OTHER_LENGTH) if "ends_at" in changed and "starts_at" not in changed else ""


def _action(changed: dict[str, list[Any]], row: Appointment) -> str:
    if "starts_at" in changed:
        return Action.MOVED
    if "status" in changed:
        old, new = changed["status"]
        if new in {Status.PENDING, Status.CONFIRMED} and old != Status.PENDING:
            return Action.REOPENED
        return _ACTIONS.get(Status(row.status), Action.CONFIRMED)
    return Action.ATTENDEES if set(changed) == {"attendees"} else Action.UPDATED


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _change(row: Appointment, action: str, details: dict[str, Any], news: News, *, reason: str) -> AppointmentChange:
    actor = ""
    delivery_id: UUID | None = news.delivery_id
    if isinstance(news, BookingSnapshot):
        reason = news.cancellation_reason or news.rejected_reason or reason
        actor = news.cancelled_by or news.rescheduled_by
    details.pop("uid", None)
    return AppointmentChange(
        company_id=row.company_id,
        action=action,
        side=Side.CALCOM,
        occurred_at=news.as_of or timezone.now(),
        actor_name=actor,
        reason=reason,
        delivery_id=delivery_id,
        details=details,
    )
