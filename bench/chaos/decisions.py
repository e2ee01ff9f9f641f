"""Staff decide what was left to them: whose change counts; or they cancel what cannot be booked."""

from __future__ import annotations

import random

from appointments import booking
from appointments.booking import Actor
from appointments.errors import BookingError
from appointments.models import Appointment
from appointments.models.history import Side
from bench.chaos.diary import Diary

_STAFF = Actor(side=Side.SYSTEM, name="staff")


def decide_all(diary: Diary, dice: random.Random, *, ours: float) -> int:
    """Decide about everything that waits for a decision; returns how many appointments that were.

    In this share of the conflicts our change counts, in the others theirs.
    """
    rows = list(Appointment.objects.filter(sync_status__in=["conflict", "needs_staff"]).order_by("pk"))
    for row in rows:
        if row.sync_status == "conflict" and dice.random() < ours:
            booking.keep_ours(row, actor=_STAFF)
        else:
            _give_up(row, diary)
    return len(rows)


def _give_up(row: Appointment, diary: Diary) -> None:
    try:
        booking.take_theirs(row, actor=_STAFF)
    except BookingError:  # it was never booked there
        booking.cancel(row, reason="Die Zeit ist vergeben", actor=_STAFF)
    diary.given_up.add(row.pk)
