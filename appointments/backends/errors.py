"""What can go wrong with a booking backend.

The tree of errors answers "has anything been done?" and "may I try again?":

    BackendError
    ├── BackendNotConnected     the company has no usable connection: nothing was asked
    ├── BackendUnavailable      nothing was done; again after `retry_at`
    ├── BackendBusy             asked too often, nothing was done; again after `retry_at`
    ├── BackendOutcomeUnknown   it may have been done or not: look before repeating
    ├── BackendSlotTaken        nothing was done: somebody else has the time
    ├── BackendRefused          nothing was done, and trying again is no use: `reason` in the backend's words
    └── BackendGone             the backend does not know the booking
"""

from __future__ import annotations

from datetime import datetime


class BackendError(Exception):
    """A call of a booking backend that failed. The text is for staff: what failed, and what to do."""

    def __init__(self, text: str = "", *, reason: str = "", retry_at: datetime | None = None) -> None:
        super().__init__(text or reason)
        self.reason = reason
        self.retry_at = retry_at


class BackendNotConnected(BackendError):
    """The company has no usable connection to the backend."""


class BackendUnavailable(BackendError):
    """No answer, and nothing was done: no connection, or the circuit is open until `retry_at`."""


class BackendBusy(BackendError):
    """Asked too often. Nothing was done; again after `retry_at`."""


class BackendOutcomeUnknown(BackendError):
    """A write that may or may not have happened: timeout, cut connection, server error."""


class BackendSlotTaken(BackendError):
    """The time has been taken by somebody else. Nothing was done."""


class BackendRefused(BackendError):
    """The backend refuses; `reason` holds its own words. Nothing was done."""


class BackendGone(BackendError):
    """The backend does not know the booking."""
