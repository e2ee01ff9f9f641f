"""Calling the backend for a claimed Push. No transaction is open here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from appointments.backends import (
    BackendRefused,
    BookingOrder,
    BookingSnapshot,
    News,
    Target,
)
from appointments.models import Attendee, Push
from appointments.models.appointment import Status
from appointments.push.claim import Claim
from appointments.wishes import Wish, wish_of

Operation = Push.Operation

_LONGEST_CHAIN = 10


@dataclass(frozen=True)
class Looked:
    """What a look has found: news to apply, and whether what was wanted has been done."""

    news: tuple[News, ...] = ()
    is_done: bool = False


def send(claim: Claim) -> News:
    """Do what the Push wants. Raises BackendError."""
    push, backend = claim.push, claim.backend
    wish = wish_of(push)
    if push.operation == Operation.CREATE:
        _refuse_found_again(claim, wish)
        return backend.create(order_of(claim))
    target = target_of(claim)
    if push.operation == Operation.MOVE:
        starts_at, ends_at = times_of(wish)
        return backend.move(target, starts_at=starts_at, ends_at=ends_at, reason=push.reason)
    if push.operation == Operation.CANCEL:
        return _cancelled(backend.cancel(target, reason=push.reason, seat_uid=_seat_uid(claim, wish)))
    if push.operation == Operation.CONFIRM:
        return backend.confirm(target)
    if push.operation == Operation.DECLINE:
        return backend.decline(target, reason=push.reason)
    return backend.mark_absent(target, absences=wish.absences)


def look(claim: Claim) -> Looked:
    """Find out whether what the Push wants has been done. Raises BackendError."""
    push, backend, wish = claim.push, claim.backend, wish_of(claim.push)
    if push.operation == Operation.CREATE:
        found = backend.find(order_of(claim))
        return Looked((found,), is_done=True) if found else Looked()
    if push.operation == Operation.MARK_ABSENT or wish.seat_uid:
        return Looked()  # to mark twice, or to give a seat up twice, is no harm
    chain = present(claim)
    if not chain:
        return Looked()
    last = chain[-1]
    if push.operation == Operation.CANCEL and wish.email:
        is_gone = wish.email not in {person.contact for person in last.attendees}
        return Looked(chain, is_done=is_gone or last.status == Status.CANCELLED)
    if push.operation == Operation.CANCEL and push.is_compensation:
        return Looked(is_done=last.status == Status.CANCELLED)
    return Looked(chain)


def present(claim: Claim) -> tuple[BookingSnapshot, ...]:
    """The booking as it is now, and where it has been moved since. Raises BackendError."""
    chain: list[BookingSnapshot] = []
    uid = wish_of(claim.push).from_uid or claim.uid
    while uid and len(chain) < _LONGEST_CHAIN:
        snapshot = claim.backend.get(uid)
        if snapshot is None:
            break
        chain.append(snapshot)
        uid = snapshot.rescheduled_to_uid
    return tuple(chain)


def order_of(claim: Claim) -> BookingOrder:
    """The booking that is wanted. Raises BackendRefused where nobody said what to book it as."""
    wish, row = wish_of(claim.push), claim.appointment
    starts_at, ends_at = times_of(wish)
    if wish.event_type_id is None:
        raise BackendRefused(_("Nothing there is offered as this service, at this branch, by this staff member."))
    return BookingOrder(
        reference=claim.push.reference,
        appointment_id=row.pk,
        event_type_id=wish.event_type_id,
        starts_at=starts_at,
        ends_at=ends_at,
        length_min=wish.length_min or round((ends_at - starts_at).total_seconds() / 60),
        attendees=wish.attendees,
        guests=wish.guests,
        location=wish.location,
        answers=wish.answers,
        notes=wish.notes,
        time_zone=wish.time_zone or "UTC",
    )


def target_of(claim: Claim) -> Target:
    """The booking that is to be changed. Raises BackendRefused where there is none."""
    row = claim.appointment
    if not claim.uid:
        raise BackendRefused(_("It was never booked there, so it cannot be changed there."))
    return Target(
        uid=claim.uid, event_type_id=row.calcom_event_type_id, starts_at=row.starts_at, reference=row.reference
    )


def times_of(wish: Wish) -> tuple[datetime, datetime]:
    """Start and end of a wish that has them: to book, to move."""
    if wish.starts_at is None or wish.ends_at is None:
        raise BackendRefused("no time was wanted")
    return wish.starts_at, wish.ends_at


def _refuse_found_again(claim: Claim, wish: Wish) -> None:
    """What is booked again because it was lost must not be there after all: it would be booked twice."""
    lost = claim.backend.get(wish.from_uid) if wish.from_uid else None
    if lost is not None and lost.status in {Status.PENDING, Status.CONFIRMED}:
        text = _("The old booking is there after all, and gets an appointment of its own here. Cancel this one.")
        raise BackendRefused(text, reason=text)


def _cancelled(answer: BookingSnapshot) -> BookingSnapshot:
    """Cancelled, unless it only is because it was moved meanwhile: then the booking lives on."""
    if answer.rescheduled_to_uid:
        raise BackendRefused(_("It was moved there meanwhile."))
    return answer


def _seat_uid(claim: Claim, wish: Wish) -> str:
    """The seat that is given up. Without its uid the whole booking would be cancelled: then it is refused."""
    if not wish.email:
        return wish.seat_uid
    seats = Attendee.objects.filter(appointment=claim.appointment).exclude(seat_uid="")
    seat_uid = next((seat.seat_uid for seat in seats if seat.contact == wish.email), None)
    if seat_uid is None:
        raise BackendRefused(_("It is not known which seat that is. Give it up there."))
    return seat_uid
