"""Why the appointment book refuses. Each text is for the person who asked, and says what would be allowed."""

from __future__ import annotations


class BookingError(Exception):
    """The appointment book refuses a change. Nothing was changed."""

    is_counted = False


class SlotTaken(BookingError):
    """The staff member has another appointment then."""


class InvalidTransition(BookingError):
    """Not possible in the appointment's present state."""


class StaleVersion(BookingError):
    """Somebody else has changed the appointment since it was read."""


class UnknownService(BookingError):
    """The service is not offered: not this company's, switched off, or unknown to the booking backend."""


class NotBookable(BookingError):
    """Not at this time, by this person, for this long, or with these details."""
