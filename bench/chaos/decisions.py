"""Staff decide what was left to them: whose change counts; or they cancel what cannot be booked."""

from __future__ import annotations

import random

from appointments import booking
from appointments.booking import Actor
from appointments.errors import BookingError
from appointments.models import Appointment
from appointments.models.history import Side

_STAFF = Actor(side=Side.SYSTEM, name="staff")


def decide_all(dice: random.Random, *, ours: float) -> int:
    """Decide about everything that waits for a decision; returns how many appointments that were.

    In this share of the conflicts our change counts, in the others theirs.
    """
    rows = list(Appointment.objects.filter(sync_status__in=["conflict", "needs_staff"]).order_by("pk"))
    for row in rows:
        _decide(row, is_ours=row.sync_status == "conflict" and dice.random() < ours)
    return len(rows)


def _decide(row: Appointment, *, is_ours: bool) -> None:
    if is_ours:
        booking.keep_ours(row, actor=_STAFF)
        return
    try:
        booking.take_theirs(row, actor=_STAFF)
    except BookingError:  # it was never booked there
        booking.cancel(row, reason="Die Zeit ist vergeben", actor=_STAFF)
