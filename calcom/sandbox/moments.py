"""Times and zones as they come in requests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NOT_ISO = "{} must be a valid ISO 8601 date string"


def moment_of(text: Any) -> datetime | None:
    """An ISO 8601 time as an aware one, or None. Without an offset it is UTC, a date alone its midnight."""
    if not isinstance(text, str) or not text[:4].isdigit():
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def zone_of(text: Any) -> ZoneInfo | None:
    """A zone of the IANA database, or None."""
    try:
        return ZoneInfo(text) if isinstance(text, str) and text else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
