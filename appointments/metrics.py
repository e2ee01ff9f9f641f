"""What is counted of appointments: changes, refusals, and how telling the booking backend went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from django.db import transaction

from appointments.errors import BookingError
from companies.counting import Tally

if TYPE_CHECKING:
    from appointments.models import AppointmentChange

P = ParamSpec("P")
R = TypeVar("R")

BOOKINGS = Tally(
    "slotkeeper_bookings_total",
    "Changes of appointments (created, moved, cancelled …), by the side they came from.",
    "change",
    "side",
)
REFUSALS = Tally(
    "slotkeeper_bookings_refused_total",
    "Changes that the appointment book refused, by use case and reason.",
    "change",
    "reason",
)
PUSHES = Tally(
    "slotkeeper_push_attempts_total",
    "Attempts to tell the booking backend of a change, by what came of them.",
    "operation",
    "result",
)
LEFT = Tally("slotkeeper_pushes_left_to_staff_total", "Changes that only staff can settle, by trouble.", "trouble")


def changed(changes: Iterable[AppointmentChange]) -> None:
    """Count lines of the history, once they are committed."""
    counted = Counter((str(change.action), str(change.side)) for change in changes)
    if counted:
        transaction.on_commit(partial(_add, counted), robust=True)


def counting_refusals(work: Callable[P, R]) -> Callable[P, R]:
    """Count what a use case refuses; once, where one is part of another."""

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except BookingError as error:
            if not error.is_counted:
                error.is_counted = True
                REFUSALS.add(work.__name__, type(error).__name__)
            raise

    return run


def _add(counted: Counter[tuple[str, str]]) -> None:
    for labels, times in counted.items():
        BOOKINGS.add(*labels, times=times)
