"""Which version of the API answers which group of endpoints, and the silent fall back to the oldest."""

from __future__ import annotations

OLDEST = "2024-04-15"
KNOWN = frozenset({OLDEST, "2024-06-11", "2024-06-14", "2024-08-13", "2024-09-04"})

VERSIONS = {
    "bookings": frozenset({"2024-08-13"}),
    "event_types": frozenset({"2024-06-14"}),
    "slots": frozenset({"2024-09-04"}),
    "schedules": KNOWN - {OLDEST},
}
OLD_VERSIONS = {
    "bookings": frozenset({OLDEST, "2024-06-11", "2024-06-14"}),
    "event_types": frozenset({OLDEST, "2024-06-11"}),
    "slots": KNOWN - {"2024-09-04"},
    "schedules": frozenset({OLDEST}),
}


def asked_for(header: str | None) -> str:
    """The version a request gets: its own when it is exactly a known one, else the oldest, without a word."""
    return header if header in KNOWN else OLDEST
