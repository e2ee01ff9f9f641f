"""Each thread's own line to Redis: one round trip for one command.

To borrow a connection from the pool for every command, and to look whether it is still good, costs as much again as the
round trip itself.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ResponseError

Word = str | int | bytes

_kept = threading.local()


@dataclass
class _Known:
    """Where the connections come from, looked up once for all threads."""

    caches: object = None
    pool: Any = None


_known = _Known()


def nothing() -> None:
    """What there is to do meanwhile, as a rule."""


def ask(*command: Word) -> Any:
    """The answer to a command that may be run twice. Raises RedisError or OSError."""
    try:
        return exchange(*command)
    except RedisConnectionError:  # the line was one to a server that has gone
        return exchange(*command)


def exchange(*command: Word, meanwhile: Callable[[], None] = nothing) -> Any:
    """The same, sent once. `meanwhile` is done while Redis works."""
    pool = _pool()
    owner = (os.getpid(), pool)
    before, connection = _kept.__dict__.pop("connection", (None, None))
    if before != owner:  # a fork's child must not use its parent's
        # Not by pool.make_connection(): it counts up to a hundred, also those that have died since.
        connection = pool.connection_class(**pool.connection_kwargs)
    connection.send_command(*command)
    try:
        meanwhile()
    finally:
        answer = _answer(connection)
    _kept.connection = (owner, connection)
    if isinstance(answer, ResponseError):
        raise answer
    return answer


def _pool() -> Any:
    if _known.caches is not settings.CACHES:
        _known.pool = get_redis_connection("default").connection_pool
        _known.caches = settings.CACHES
    return _known.pool


def _answer(connection: Any) -> Any:
    """What Redis refuses is an answer too: nothing is wrong with the line, unless the server cannot work at all."""
    try:
        return connection.read_response()
    except ResponseError as error:
        if type(error) not in {ResponseError, NoScriptError}:  # it is full, or read-only: perhaps another one is not
            connection.disconnect()
            raise
        return error
