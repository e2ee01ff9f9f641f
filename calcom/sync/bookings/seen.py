"""Which bookings were listed, and as of which change: in little memory, for there may be a million."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime

# What fits two digits of Python's: a third would take half as much again.
_BITS = (1 << 60) - 1


class Seen:
    """Remembers fingerprints. Two bookings share one by a chance of one in 10^18; nobody can make them."""

    def __init__(self) -> None:
        self._changes: dict[int, int] = {}

    def __contains__(self, uid: str) -> bool:
        """Whether it was listed."""
        return _fingerprint(uid) in self._changes

    def add(self, uid: str, changed_at: datetime | None) -> bool:
        """Whether it is listed for the first time, or as of another change than before."""
        booking, change = _fingerprint(uid), _fingerprint(changed_at)
        is_new = self._changes.get(booking) != change
        self._changes[booking] = change
        return is_new

    def clear(self) -> None:
        """Forget all."""
        self._changes.clear()


def _fingerprint(value: Hashable) -> int:
    return hash(value) & _BITS
