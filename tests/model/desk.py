"""What staff do here, by the use cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from appointments import booking
from appointments.backends import AttendeeSnapshot
from appointments.booking import Actor
from appointments.models import Appointment
from appointments.models.history import Side
from tests.model.salon import Salon

DESK = Actor(side=Side.PORTAL, name="Mara")
DECISIONS = {"ours": booking.keep_ours, "theirs": booking.take_theirs, "again": booking.send_again}


def book(salon: Salon, number: int, at: datetime, name: str) -> Appointment:
    """Book one of the services."""
    who = AttendeeSnapshot(name=name, email=f"{name.lower()}@example.com", time_zone="Europe/Berlin")
    service = salon.services[number]
    return booking.book(salon.company, service=service, staff=salon.stylist, starts_at=at, attendees=[who], actor=DESK)


def _move(row: Appointment, at: datetime) -> Appointment:
    return booking.reschedule(row, starts_at=at, actor=DESK)


def _cancel(row: Appointment, _at: datetime) -> Appointment:
    return booking.cancel(row, reason="closed", actor=DESK)


def _confirm(row: Appointment, _at: datetime) -> Appointment:
    return booking.confirm(row, actor=DESK)


def _decline(row: Appointment, _at: datetime) -> Appointment:
    return booking.decline(row, reason="no time", actor=DESK)


def _absent(row: Appointment, _at: datetime) -> Appointment:
    return booking.mark_no_show(row, actor=DESK)


CHANGES: dict[str, Callable[[Appointment, datetime], Appointment]] = {
    "move": _move,
    "cancel": _cancel,
    "confirm": _confirm,
    "decline": _decline,
    "absent": _absent,
}
