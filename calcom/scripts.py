"""Lua scripts on the shared Redis: one round trip each, atomic, by the server's clock.

EVALSHA sends the script's fingerprint only. A server that has been restarted, or whose scripts were flushed, does not
know it: then the whole text goes, once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any, Self

import structlog
from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError

logger = structlog.get_logger(__name__)

# After a failure this process asks nothing for so long: a server that hangs would cost half a second each time.
AWAY_FOR_S = 2.0


class RedisAway(Exception):
    """Redis did not answer, or could not do what it was asked."""


@dataclass
class _Server:
    away_until: float = 0.0
    is_away: bool = False


_server = _Server()


def key(*parts: str) -> str:
    """A key of ours, with the cache's prefix. A part in braces keeps the keys of one script on one server."""
    return ":".join((settings.CACHES["default"]["KEY_PREFIX"], *parts))


class Script:
    """A script, run by calling it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._sha = sha1(text.encode(), usedforsecurity=False).hexdigest()

    @classmethod
    def of_file(cls, name: str, **numbers: float) -> Self:
        """One that lies beside this module; in it, `conf` holds the numbers."""
        text = Path(__file__).with_name(name).read_text(encoding="utf-8")
        table = ", ".join(f"{key} = {number}" for key, number in numbers.items())
        return cls(f"local conf = {{{table}}}\n{text}")

    def __call__(self, keys: Sequence[str], *args: str | int) -> Any:
        """What the script returns. Raises RedisAway, at once while the server is known to be away."""
        if time.monotonic() < _server.away_until:
            raise RedisAway("Redis was away a moment ago")
        try:
            answer = self._run(keys, args)
        except (RedisError, OSError) as error:
            _note_away(error)
            raise RedisAway(str(error)) from error
        if _server.is_away:
            _server.is_away = False
            logger.info("calcom.redis.back")
        return answer

    def _run(self, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        try:
            return self._evaluate(keys, args)
        except RedisConnectionError:
            # The pool's connection was of a server that has gone: the pool now makes a new one.
            return self._evaluate(keys, args)

    def _evaluate(self, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        redis = get_redis_connection("default")
        try:
            return redis.evalsha(self._sha, len(keys), *keys, *args)
        except NoScriptError:
            return redis.eval(self.text, len(keys), *keys, *args)


def forget_outage() -> None:
    """Ask again at once."""
    _server.away_until = 0.0
    _server.is_away = False


def _note_away(error: Exception) -> None:
    _server.away_until = time.monotonic() + AWAY_FOR_S
    if not _server.is_away:
        logger.warning("calcom.redis.away", error=type(error).__name__)
    _server.is_away = True
