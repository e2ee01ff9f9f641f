"""One Push from claim to record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import DatabaseError
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from appointments import metrics
from appointments.backends import (
    BackendBusy,
    BackendError,
    BackendGone,
    BackendNotConnected,
    BackendRefused,
    BackendSlotTaken,
    BackendUnavailable,
    BookingSnapshot,
)
from appointments.bulk import first
from appointments.models import Push
from appointments.push import record
from appointments.push.call import look, present, send
from appointments.push.claim import Claim, claim
from appointments.wording import to_be_kept

logger = structlog.get_logger(__name__)

_NEXT = """
    appointment_id = %s AND finished_at IS NULL AND next_at IS NOT NULL ORDER BY is_compensation DESC, version LIMIT 1
"""

Operation, Trouble = Push.Operation, Push.Trouble

_RESULTS: dict[type[BackendError], str] = {
    BackendBusy: "busy",
    BackendUnavailable: "unavailable",
    BackendNotConnected: "not_connected",
    BackendGone: "gone",
    BackendSlotTaken: "taken",
    BackendRefused: "refused",
}


@dataclass(frozen=True)
class After:
    """What is next for the appointment of a Push: the id of a Push, and when it is due."""

    push_id: int
    due_at: datetime

    @property
    def wait_s(self) -> float:
        """How long until then."""
        return max((self.due_at - timezone.now()).total_seconds(), 0.0)


def push(pk: int) -> After | None:
    """Send one Push, or look for it where its outcome is unknown, or send what has to go out before it.

    May be called any number of times, by any number of workers. Returns what is next for the same appointment; None
    where nothing is, or where another worker has it. Nothing is raised for what the backend does.
    """
    with to_be_kept():
        mine = _claimed(pk)
        if mine is None:
            return None
        # The calls that are made for it are logged with these.
        with bound_contextvars(push_id=mine.push.pk, operation=mine.push.operation, attempt=mine.attempt):
            return None if _work(mine) else _next(mine)


def _claimed(pk: int) -> Claim | None:
    try:
        return claim(pk)
    except DatabaseError:
        raise
    except Exception as error:
        logger.exception("push.unreadable", push_id=pk, error=type(error).__name__)
        record.unreadable(pk, error)
        return None


def _work(mine: Claim) -> bool:
    """Whether it is certain that nothing is next."""
    try:
        if not mine.is_look:
            return _send(mine)
        _look(mine)
    except Exception as error:
        # Whatever it was, the booking may have been made: it is looked for before anything is written again.
        logger.exception("push.failed", error=type(error).__name__)
        metrics.PUSHES.add(mine.push.operation, "failed")
        record.unknown(mine, error)
    return False


def _look(mine: Claim) -> None:
    try:
        found = look(mine)
    except BackendError as error:
        metrics.PUSHES.add(mine.push.operation, "not_looked")
        record.not_seen(mine, error)
        return
    record.looked(mine, found)
    metrics.PUSHES.add(mine.push.operation, "found" if found.is_done else "not_found")


def _send(mine: Claim) -> bool:
    try:
        news = send(mine)
    except BackendError as error:
        metrics.PUSHES.add(mine.push.operation, _result(error))
        _not_sent(mine, error)
    else:
        is_all = record.answer(mine, news)
        metrics.PUSHES.add(mine.push.operation, "answered")
        return is_all
    return False


def _not_sent(mine: Claim, error: BackendError) -> None:
    if isinstance(error, BackendBusy):
        record.not_done(mine, error, Trouble.BUSY)
    elif isinstance(error, BackendUnavailable | BackendNotConnected):
        record.not_done(mine, error, Trouble.UNAVAILABLE)
    elif isinstance(error, BackendGone):
        record.gone(mine, error)
    elif isinstance(error, BackendRefused | BackendSlotTaken):
        record.refused(mine, error, _present(mine))
    else:
        record.unknown(mine, error)


def _result(error: BackendError) -> str:
    return next((result for kind, result in _RESULTS.items() if isinstance(error, kind)), "unclear")


def _present(mine: Claim) -> tuple[BookingSnapshot, ...]:
    """What has become of the booking that could not be changed."""
    if mine.push.operation == Operation.CREATE or mine.push.is_compensation or not mine.uid:
        return ()
    try:
        return present(mine)
    except BackendError:  # then the refusal stands as it is
        return ()


def _next(mine: Claim) -> After | None:
    """What is due first of the appointment's pushes, were it now or later."""
    following = first(Push, _NEXT, mine.appointment.pk)
    if following is None or following.next_at is None:
        return None
    return After(push_id=following.pk, due_at=following.next_at)
