"""Cal.com's errors in the domain's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone

from appointments.backends import (
    BackendBusy,
    BackendError,
    BackendGone,
    BackendNotConnected,
    BackendOutcomeUnknown,
    BackendRefused,
    BackendSlotTaken,
    BackendUnavailable,
)
from calcom.errors import (
    CalcomAuthFailed,
    CalcomError,
    CalcomMisconfigured,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomSlotTaken,
    CalcomUnavailable,
    CalcomUnclear,
)

_KINDS: dict[type[CalcomError], type[BackendError]] = {
    CalcomUnclear: BackendOutcomeUnknown,
    CalcomRateLimited: BackendBusy,
    CalcomUnavailable: BackendUnavailable,
    CalcomMisconfigured: BackendUnavailable,  # a wrong address can be mended while the change waits
    CalcomSlotTaken: BackendSlotTaken,
    CalcomNotFound: BackendGone,
}
_A_MOMENT = timedelta(seconds=1)
# Whoever knows a booking's uid can read and cancel it at Cal.com: errors are shown to more people than that.
_UID = re.compile(r"\b([Uu]id=)[\w.-]*[\w-]")


def is_cancelled_already(reason: str) -> bool:
    """Cal.com's words for a booking, or a seat, that is off already."""
    return (
        "has been cancelled already" in reason
        or "already been cancelled" in reason
        or "does not exist or has already been cancelled" in reason
    )


def translation(error: CalcomError, *, is_seated: bool = False) -> BackendError:
    """The domain's error. Where it says that nothing was done, nothing was."""
    reason = error.reason
    if isinstance(error, CalcomAuthFailed):
        return _not_allowed(error)
    if is_seated and reason == "booking_conflict_error":
        # Two seats at the same moment: only one gets in, though seats are left (recording 366).
        return BackendBusy(str(error), reason=reason, retry_at=timezone.now() + _A_MOMENT)
    kind = next((ours for theirs, ours in _KINDS.items() if isinstance(error, theirs)), BackendRefused)
    if isinstance(error, CalcomNotFound) and not _is_about_the_booking(reason):
        kind = BackendRefused
    if reason.startswith("No more seats left"):
        kind = BackendSlotTaken
    sentence = _without_uid(str(error))
    return kind(sentence, reason=_without_uid(reason) or sentence, retry_at=error.retry_at)


@contextmanager
def translated(*, is_seated: bool = False) -> Iterator[None]:
    """Whatever Cal.com, or its client, refuses in the block is raised in the domain's words."""
    try:
        yield
    except ValueError as error:
        raise BackendRefused(str(error), reason=str(error)) from error
    except CalcomError as error:
        raise translation(error, is_seated=is_seated) from error


def _without_uid(text: str) -> str:
    return _UID.sub(r"\1…", text)


def _is_about_the_booking(reason: str) -> bool:
    """Not about its event type, or the seat in it."""
    return reason.startswith("Booking with uid") and "missing event type" not in reason


def _not_allowed(error: CalcomAuthFailed) -> BackendError:
    """The key is none, or its user may not do this one thing."""
    about_the_key = ("ApiAuthStrategy", "CustomThrottlerGuard", "PermissionsGuard", "ACCESS_TOKEN")
    if not error.reason or error.reason.startswith(about_the_key):
        return BackendNotConnected(str(error), reason=error.reason)
    return BackendRefused(_without_uid(str(error)), reason=_without_uid(error.reason))
