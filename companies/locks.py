"""Turns: what only one worker may do for a company at a time, over all processes; and how long locks are waited for.

Advisory locks of PostgreSQL. The first key is the purpose, the second the company (0: none known yet); all purposes
stand here, so that no two share a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum, unique

from django.db import DatabaseError, connection

_LOCK_NOT_AVAILABLE = "55P03"


@unique
class Purpose(IntEnum):
    """What is done in turn."""

    NEWS = 7201  # applying what the booking backend told: a booking changes its uid, so the company is the unit
    EVENT_TYPES = 7202
    BOOKINGS = 7203
    BOOKING_SWEEP = 7204
    API_ANSWER = 7205  # the second key is a hash of the Idempotency-Key: two that share one only wait
    LEGACY = 7206  # bringing the predecessor's data over, and undoing that
    WATCH = 7207  # looking whether all is well; the second key is 0
    PAYLOADS = 7208  # filling columns from stored payloads
    PRUNE = 7209  # blanking what is kept no longer
    HISTORY = 7210  # reading a long period of bookings


def take_turn(purpose: Purpose, company_id: int | None) -> None:
    """Wait until it is our turn; it ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [purpose.value, company_id or 0])


def try_turn(purpose: Purpose, company_id: int | None) -> bool:
    """Whether it is our turn now; it ends with the transaction."""
    return _tried("SELECT pg_try_advisory_xact_lock(%s, %s)", purpose, company_id)


@contextmanager
def turn_of_session(purpose: Purpose, company_id: int) -> Iterator[bool]:
    """Whether it is our turn, for as long as the block lasts.

    A lock of the session, not of a transaction: Cal.com is asked meanwhile, and no transaction may wait for that. It
    goes with the connection when the process dies.
    """
    is_mine = _tried("SELECT pg_try_advisory_lock(%s, %s)", purpose, company_id)
    try:
        yield is_mine
    finally:
        if is_mine:
            _tried("SELECT pg_advisory_unlock(%s, %s)", purpose, company_id)


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Whoever waits longer for somebody else's lock in here gets an OperationalError: see is_taken()."""
    _limit_waits(round(seconds * 1000))
    try:
        yield
    finally:
        with suppress(DatabaseError):  # the connection has gone, and the limit with it
            _limit_waits(0)


def is_taken(error: DatabaseError) -> bool:
    """Whether somebody else has held a lock for longer than was to be waited."""
    return getattr(error.__cause__, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def _limit_waits(milliseconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [str(milliseconds)])


def _tried(statement: str, purpose: Purpose, company_id: int | None) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [purpose.value, company_id or 0])
        (is_mine,) = cursor.fetchone() or (False,)
    return bool(is_mine)
