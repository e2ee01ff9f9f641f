"""What a booking backend is asked and what it tells, in the domain's own words. No vendor is known here."""

from appointments.backends.errors import (
    BackendBusy,
    BackendError,
    BackendGone,
    BackendNotConnected,
    BackendOutcomeUnknown,
    BackendRefused,
    BackendSlotTaken,
    BackendUnavailable,
)
from appointments.backends.news import (
    AbsenceNews,
    AttendeeSnapshot,
    BookingSnapshot,
    Location,
    News,
    RecordingNews,
    Replaced,
    SeatChange,
)
from appointments.backends.protocol import (
    BookingBackend,
    BookingOrder,
    Offer,
    PlacedService,
    PlacedStaff,
    Placement,
    Places,
    Target,
)

__all__ = [
    "AbsenceNews",
    "AttendeeSnapshot",
    "BackendBusy",
    "BackendError",
    "BackendGone",
    "BackendNotConnected",
    "BackendOutcomeUnknown",
    "BackendRefused",
    "BackendSlotTaken",
    "BackendUnavailable",
    "BookingBackend",
    "BookingOrder",
    "BookingSnapshot",
    "Location",
    "News",
    "Offer",
    "PlacedService",
    "PlacedStaff",
    "Placement",
    "Places",
    "RecordingNews",
    "Replaced",
    "SeatChange",
    "Target",
]
