"""When to try again, and when to leave it to staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from appointments.models import Push

_MINUTE, _HOUR = 60, 3600
# The first three are quick; all of them together take a day.
_WAITS_S = (1, 5, 30, 2 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 8 * _HOUR)

A_DAY = timedelta(days=1)

# A booking request may take 8 s and still succeed after our timeout: so late we look for it, and so late again.
LOOKS_AFTER = (timedelta(seconds=30), timedelta(seconds=90))
STUCK_AFTER = timedelta(minutes=2)
# After it a call is over or its worker is dead: it takes no room from the company's other changes any more.
LONGEST_CALL = timedelta(minutes=1)
# A company in trouble gets little room: its calls take long, and others wait for the same workers.
ROOM_IN_TROUBLE = 2
LOOK_LEASE = timedelta(minutes=1)
WITHOUT_CONNECTION = timedelta(hours=1)


def next_try(push: Push, *, now: datetime, retry_at: datetime | None) -> datetime | None:
    """When a Push that failed without any effect is tried again; never before the backend's own `retry_at`.

    None where it has been tried often enough, for a day.
    """
    if push.attempts > len(_WAITS_S) and now - push.created_at >= A_DAY:
        return None
    earliest = now + timedelta(seconds=_WAITS_S[min(max(push.attempts, 1), len(_WAITS_S)) - 1])
    return max(earliest, retry_at) if retry_at else earliest


def next_look(push: Push, *, now: datetime, retry_at: datetime | None) -> datetime | None:
    """When it is looked for again, after a look that failed; None after a day."""
    since = now - max(push.claimed_at or push.created_at, push.created_at)
    if since >= A_DAY:
        return None
    earliest = now + min(max(since / 2, LOOKS_AFTER[0]), timedelta(hours=1))
    return max(earliest, retry_at) if retry_at else earliest
