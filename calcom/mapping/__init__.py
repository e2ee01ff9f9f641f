"""Wire to domain: what Cal.com tells becomes the news that the appointment book understands.

`deliveries` reads webhook bodies, `bookings` the answers of the API.
"""

from calcom.mapping.bookings import booking_snapshot, carries, seat_holding, seat_snapshots
from calcom.mapping.deliveries import Reading, absences, recording, redacted, says_too_little, snapshot
from calcom.mapping.people import contact_of

__all__ = [
    "Reading",
    "absences",
    "booking_snapshot",
    "carries",
    "contact_of",
    "recording",
    "redacted",
    "says_too_little",
    "seat_holding",
    "seat_snapshots",
    "snapshot",
]
