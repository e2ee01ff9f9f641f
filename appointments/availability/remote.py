"""Asking the backend about several people at once: in parallel, in threads that never touch the database."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from appointments.backends import BackendError, BookingBackend, FreeSlots

_MOST_AT_ONCE = 16


@dataclass(frozen=True)
class Question:
    """About which event type and length; several people who share both are asked about once."""

    event_type_id: int
    length_min: int | None
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True)
class Range:
    """When, and what counts besides."""

    starts_at: datetime
    ends_at: datetime
    moving_uid: str = ""
    fresh: bool = False


Replies = dict[Question, FreeSlots | BackendError]


def ask(backend: BookingBackend, questions: Iterable[Question], during: Range) -> Replies:
    """The answer, or the error, to each question; it takes as long as the slowest of them."""
    wanted = list(dict.fromkeys(questions))
    if len(wanted) == 1:
        return {wanted[0]: _reply(backend, wanted[0], during)}
    if not wanted:
        return {}
    with ThreadPoolExecutor(min(len(wanted), _MOST_AT_ONCE), thread_name_prefix="availability") as pool:
        replies = [pool.submit(copy_context().run, _reply, backend, question, during) for question in wanted]
        return {question: reply.result() for question, reply in zip(wanted, replies, strict=True)}


def _reply(backend: BookingBackend, question: Question, during: Range) -> FreeSlots | BackendError:
    try:
        return backend.slots(
            question.event_type_id,
            starts_at=during.starts_at,
            ends_at=during.ends_at,
            time_zone=question.zone,
            length_min=question.length_min,
            moving_uid=during.moving_uid,
            fresh=during.fresh,
        )
    except BackendError as error:
        return error
