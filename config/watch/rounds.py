"""One round, and rounds without end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from django.core.cache import cache, caches
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from companies.locks import Purpose, turn_of_session
from config.watch import incidents, outbox
from config.watch.checks import CHECKS, looked
from config.watch.view import NotKnown, View

if TYPE_CHECKING:
    from datetime import datetime

    from config.watch.checks import Check

logger = structlog.get_logger(__name__)

EVERY_S = 15.0
BEAT_KEY = "config.watch.beat"
SILENT_S = 120
"""After so long without a round nobody watches."""

Pause = Callable[[float], bool]


@dataclass
class Result:
    """What a round came to. `not_known`: kinds that could not be looked for."""

    opened: int = 0
    ended: int = 0
    sent: int = 0
    failed: int = 0
    not_known: int = 0


def one_round() -> Result | None:
    """Look, open and end, send. None where another process is at it."""
    with turn_of_session(Purpose.WATCH, 0) as is_mine:
        if not is_mine:
            return None
        now = timezone.now()
        result = Result()
        view = View(now)
        for check in CHECKS:
            _look(check, view, result, now=now)
        sent = outbox.send_due(now=now)
        result.sent, result.failed = sent.sent, sent.failed
        caches["lenient"].set(BEAT_KEY, time.time(), 600)
        return result


def keep_watching(pause: Pause, *, every_s: float = EVERY_S) -> None:
    """Round after round, until `pause(seconds)` says that it is enough. A database that is away is waited for."""
    while True:
        try:
            close_old_connections()
            one_round()
        except (OperationalError, InterfaceError) as error:
            logger.warning("watch.database_away", error=type(error).__name__)
            connection.close()
        except Exception:
            logger.exception("watch.round_failed")
            connection.close()
        if pause(every_s):
            return


def is_watched() -> bool:
    """Whether a round was done in the last two minutes; True where the cache, which would know, is away."""
    try:
        beaten_at = cache.get(BEAT_KEY)
    except (RedisError, ConnectionInterrupted, OSError):
        return True
    return beaten_at is not None and time.time() - float(beaten_at) < SILENT_S


def _look(check: Check, view: View, result: Result, *, now: datetime) -> None:
    """One kind. What goes wrong there must not keep the others from being looked for."""
    try:
        turn = incidents.note(check, looked(check, view), now=now)
    except NotKnown as error:
        logger.info("watch.not_known", kind=check.kind, reason=str(error))
        result.not_known += 1
    except Exception as error:
        # A statement that takes too long, or a deadlock, is one kind's trouble; a lost connection is everybody's.
        if isinstance(error, OperationalError | InterfaceError) and not connection.is_usable():
            raise
        logger.exception("watch.check_failed", kind=check.kind)
        result.not_known += 1
    else:
        result.opened += turn.opened
        result.ended += turn.ended
