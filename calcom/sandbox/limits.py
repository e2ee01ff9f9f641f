"""Rate limits as Cal.com counts them: per key, per access token or per address, in windows of 60 s.

Beyond the limit everything of that tracker is refused for 60 s. Four endpoints have a small bucket each instead.
"""

from __future__ import annotations

import math
import re
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from calcom.sandbox.wire import Refusal

WINDOW = timedelta(seconds=60)
BLOCK = timedelta(seconds=60)
UNAUTHENTICATED = 120
ACCESS_TOKEN = 500
TOO_MANY = "CustomThrottlerGuard - Too many requests. Please try again later."

# route name → name of its bucket; five calls a minute each
THROTTLED = {
    "PATCH /bookings/{}/location": "booking_location_update",
    "POST /bookings/{}/attendees": "booking_attendees_add",
    "DELETE /bookings/{}/attendees/{}": "booking_attendees_remove",
    "POST /bookings/{}/guests": "booking_guests_add",
}
THROTTLED_LIMIT = 5


@dataclass(frozen=True)
class Tracker:
    """Who is counted, and how much of what: the limit's name is part of the headers."""

    who: str
    limit: int
    name: str = "default"

    def throttled(self, route_name: str) -> Tracker:
        """The bucket of the route, where it has one of its own."""
        name = THROTTLED.get(re.sub(r"\{\w+\}", "{}", route_name))
        return Tracker(self.who, THROTTLED_LIMIT, name) if name else self


@dataclass
class _Window:
    until: datetime
    hits: int = 0
    blocked_until: datetime | None = None


class Limits:
    """The counters of one server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str], _Window] = {}

    def count(self, tracker: Tracker, *, now: datetime) -> tuple[dict[str, str], Refusal | None]:
        """Counts one request. Returns the headers for its answer, and the 429 when it is one too many."""
        with self._lock:
            window = self._window(tracker, now)
            if not window.blocked_until:
                window.hits += 1
                if window.hits > tracker.limit:
                    window.blocked_until = now + BLOCK
            ends_at = window.blocked_until or window.until
            left = max(tracker.limit - window.hits, 0)
            is_blocked = window.blocked_until is not None
        headers = _headers(tracker, left=left, reset_s=math.ceil((ends_at - now).total_seconds()))
        return headers, Refusal(429, TOO_MANY, details=TOO_MANY) if is_blocked else None

    def clear(self) -> None:
        """Forgets every count and every block."""
        with self._lock:
            self._windows.clear()

    def _window(self, tracker: Tracker, now: datetime) -> _Window:
        key = (tracker.who, tracker.name)
        window = self._windows.get(key)
        if window is None or now >= (window.blocked_until or window.until):
            window = self._windows[key] = _Window(until=now + WINDOW)
        return window


def _headers(tracker: Tracker, *, left: int, reset_s: int) -> dict[str, str]:
    name = tracker.name[:1].upper() + tracker.name[1:]
    return {
        f"X-RateLimit-Limit-{name}": str(tracker.limit),
        f"X-RateLimit-Remaining-{name}": str(left),
        f"X-RateLimit-Reset-{name}": str(reset_s),
    }
