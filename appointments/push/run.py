"""One Push from claim to record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection
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
    News,
)
from appointments.bulk import first
from appointments.models import Push
from appointments.push import answers, record
from appointments.push.call import look, present, send
from appointments.push.claim import Claim, claim
from appointments.wording import to_be_kept
from companies import meanwhile
from companies.locks import is_taken

logger = structlog.get_logger(__name__)

T = TypeVar("T")

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


Follow = Callable[[After], None]


def _nobody(_after: After) -> None:
    """What is next is left to whoever looks what is due."""


def push(pk: int, *, follow: Follow = _nobody) -> None:
    """Send one Push, or look for it where its outcome is unknown, or send what has to go out before it.

    May be called any number of times, by any number of workers. `follow` hears what is next for the same appointment,
    unless another worker has it; it hears that later where the answer is kept: see appointments.push.answers. Nothing
    is raised for what the backend does.
    """
    with to_be_kept():
        mine = _claimed(pk)
        # The calls that are made for it are logged with these.
        if mine is not None:
            with bound_contextvars(push_id=mine.push.pk, operation=mine.push.operation, attempt=mine.attempt):
                if _is_answered(mine, follow):
                    return
        meanwhile.catch_up()  # perhaps nobody has had to wait


def _claimed(pk: int) -> Claim | None:
    try:
        return claim(pk)
    except DatabaseError as error:
        if not is_taken(error):
            raise
        logger.warning("push.locked", push_id=pk)  # whoever looks what is due finds it again
        return None
    except Exception as error:
        logger.exception("push.unreadable", push_id=pk, error=type(error).__name__)
        record.unreadable(pk, error)
        return None


def _is_answered(mine: Claim, follow: Follow) -> bool:
    """Whether there is an answer, which is written down soon."""
    news: News | None = None
    with _unknown_if_it_fails(mine):
        if mine.is_look:
            _look(mine)
        else:
            news = _send(mine)
    if news is None:
        _tell_next(mine, follow)
        return False
    answers.keep(mine.push.pk, partial(_write_down, mine, news, follow))
    return True


def _write_down(mine: Claim, news: News, follow: Follow) -> None:
    is_all = False
    with _unknown_if_it_fails(mine):
        is_all = _done_in_spite_of_a_cut(partial(record.answer, mine, news))
        metrics.PUSHES.add(mine.push.operation, "answered")
    if not is_all:
        _tell_next(mine, follow)


def _done_in_spite_of_a_cut(write: Callable[[], T]) -> T:
    """What it returns; done again on a new connection where the database has dropped ours during the call.

    Whoever could not roll back has let go of it by then.
    """
    held = connection.connection
    try:
        return write()
    except (OperationalError, InterfaceError):
        if connection.connection is held:  # that was not it
            raise
        return write()


@contextmanager
def _unknown_if_it_fails(mine: Claim) -> Iterator[None]:
    """Whatever it was, the booking may have been made: it is looked for before anything is written again."""
    try:
        yield
    except Exception as error:
        logger.exception("push.failed", error=type(error).__name__)
        metrics.PUSHES.add(mine.push.operation, "failed")
        record.unknown(mine, error)


def _look(mine: Claim) -> None:
    try:
        found = look(mine)
    except BackendError as error:
        metrics.PUSHES.add(mine.push.operation, "not_looked")
        _done_in_spite_of_a_cut(partial(record.not_seen, mine, error))
        return
    _done_in_spite_of_a_cut(partial(record.looked, mine, found))
    metrics.PUSHES.add(mine.push.operation, "found" if found.is_done else "not_found")


def _send(mine: Claim) -> News | None:
    """The answer; None where there is none, which is recorded then."""
    try:
        return send(mine)
    except BackendError as error:
        metrics.PUSHES.add(mine.push.operation, _result(error))
        _done_in_spite_of_a_cut(partial(_not_sent, mine, error))
        return None


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


def _tell_next(mine: Claim, follow: Follow) -> None:
    """Tell what is due first of the appointment's pushes, were it now or later."""
    following = first(Push, _NEXT, mine.appointment.pk)
    if following is not None and following.next_at is not None:
        follow(After(push_id=following.pk, due_at=following.next_at))
