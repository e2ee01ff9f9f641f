"""Whether an answer is what was asked for: start, event type, and that it is fresh, before it counts."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from appointments.backends import BookingSnapshot
from appointments.inbound.entry import Entry
from appointments.models import Push
from appointments.models.appointment import Status
from appointments.push.claim import Claim
from appointments.wishes import wish_of

Operation = Push.Operation

_OFF = {Status.CANCELLED, Status.REJECTED}


def what_is_wrong(claim: Claim, snapshot: BookingSnapshot) -> str:
    """Why the answer is not what was asked for, for staff; empty where it is."""
    if claim.push.operation == Operation.CREATE:
        return _wrong_booking(claim, snapshot)
    if claim.push.operation == Operation.MOVE:
        return _wrong_move(claim, snapshot)
    return ""


def is_one_too_many(claim: Claim, snapshot: BookingSnapshot, ours: Entry | None) -> bool:
    """Whether an answer is a second booking of one order: the first was found, or told of, meanwhile.

    Or it is that of an order that was called off, after it had been looked for in vain. `ours` is the appointment as it
    is by now. Seats are known by their attendee, and cannot be taken twice.
    """
    if ours is None or claim.push.operation != Operation.CREATE or snapshot.is_seated:
        return False
    if not ours.uid:
        return claim.push.pk not in {push.pk for push in ours.pushes}
    return ours.uid != snapshot.uid and snapshot.uid not in ours.formers


def _wrong_booking(claim: Claim, snapshot: BookingSnapshot) -> str:
    wish = wish_of(claim.push)
    if snapshot.reference != claim.push.reference:
        return _("The answer was another booking than the one ordered. Look there whether it was made.")
    if snapshot.starts_at != wish.starts_at:
        return _("It was booked for %(time)s, which is not what was wanted, and is being cancelled there.") % {
            "time": _local(snapshot.starts_at, claim)
        }
    if snapshot.event_type_id != wish.event_type_id:
        return _("It was booked as another service, and is being cancelled there.")
    if snapshot.is_seated and wish.attendees[0].contact not in {person.contact for person in snapshot.attendees}:
        return _("The seat was booked for somebody else, and is being given up there.")
    return ""


def _wrong_move(claim: Claim, snapshot: BookingSnapshot) -> str:
    """That it is the booking we moved, its former uid tells. What it is besides, and one that is off, the news says."""
    wish = wish_of(claim.push)
    if snapshot.status in _OFF or wish.starts_at is None:
        return ""
    if snapshot.starts_at != wish.starts_at:
        words = {"there": _local(snapshot.starts_at, claim), "wanted": _local(wish.starts_at, claim)}
        return _("It was moved to %(there)s there, though %(wanted)s was wanted.") % words
    return ""


def _local(moment: datetime, claim: Claim) -> str:
    return f"{moment.astimezone(claim.appointment.booking_time_zone):%Y-%m-%d %H:%M}"
