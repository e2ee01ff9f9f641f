"""The Redis-protocol server, for what all processes share. It may be away: then answers come from elsewhere, or nobody
counts, and for some seconds a process does not wait for it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

T = TypeVar("T")

AWAY_FOR_S = 5.0


@dataclass
class _Server:
    away_until: float = 0.0


_server = _Server()


def ask(question: Callable[[Any], T], *, otherwise: T) -> T:
    """The answer of `question(connection)`; `otherwise` while the server is away."""
    if time.monotonic() < _server.away_until:
        return otherwise
    try:
        return question(get_redis_connection("default"))
    except (RedisError, OSError) as error:
        _server.away_until = time.monotonic() + AWAY_FOR_S
        logger.warning("api.redis_away", error=type(error).__name__)
        return otherwise


def name(*parts: str) -> str:
    """The name of a value."""
    return ":".join((settings.CACHES["default"]["KEY_PREFIX"], "api", *parts))


def forget_outage() -> None:
    """Ask again at once."""
    _server.away_until = 0.0
