"""The use cases: what people do with appointments here. Each is one transaction; the backend is told afterwards.

A use case checks local rules only and never calls the backend. It locks the appointment (and the staff member), writes
the columns, one line of history and a Push, and raises a BookingError where it refuses; then nothing was changed.
"""

from appointments.booking.actor import Actor
from appointments.booking.again import book_again
from appointments.booking.change import (
    cancel,
    cancel_following,
    cancel_seat,
    cancel_series,
    complete,
    confirm,
    decline,
    mark_no_show,
    reschedule,
    reschedule_following,
)
from appointments.booking.create import book, book_series, weekly
from appointments.booking.decide import keep_ours, send_again, take_theirs
from appointments.booking.holds import extend, hold, release
from appointments.booking.transitions import Action, possible

__all__ = [
    "Action",
    "Actor",
    "book",
    "book_again",
    "book_series",
    "cancel",
    "cancel_following",
    "cancel_seat",
    "cancel_series",
    "complete",
    "confirm",
    "decline",
    "extend",
    "hold",
    "keep_ours",
    "mark_no_show",
    "possible",
    "release",
    "reschedule",
    "reschedule_following",
    "send_again",
    "take_theirs",
    "weekly",
]
