"""The Redis server may be away, or worse, hang. Deliveries must not wait for it again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

T = TypeVar("T")

AWAY_FOR_S = 10.0


@dataclass
class _Server:
    away_until: float = 0.0


_server = _Server()


def ask(question: Callable[[], T], *, otherwise: T) -> T:
    """The answer to a question that Redis has to answer; `otherwise` while it is away.

    After a failure this process asks nothing for ten seconds.
    """
    if time.monotonic() < _server.away_until:
        return otherwise
    try:
        return question()
    except (RedisError, OperationalError, OSError) as error:
        _server.away_until = time.monotonic() + AWAY_FOR_S
        logger.warning("webhooks.redis_away", error=type(error).__name__)
        return otherwise


def forget() -> None:
    """Ask again at once."""
    _server.away_until = 0.0
