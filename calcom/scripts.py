"""Lua scripts on the shared Redis: one round trip each, atomic, by the server's clock.

EVALSHA sends the script's fingerprint only. A server that has been restarted, or whose scripts were flushed, does not
know it: then the whole text goes, once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any, Self

import structlog
from django.conf import settings
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError

from companies.redis_line import Word, exchange, nothing

logger = structlog.get_logger(__name__)

# After a failure this process asks nothing for so long: a server that hangs would cost half a second each time.
AWAY_FOR_S = 2.0
_LONGEST_ERROR = 200


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
        """One that lies below this folder; in it, `conf` holds the numbers."""
        text = (Path(__file__).parent / name).read_text(encoding="utf-8")
        table = ", ".join(f"{key} = {number}" for key, number in numbers.items())
        return cls(f"local conf = {{{table}}}\n{text}")

    def __call__(self, keys: Sequence[str], *args: str | int | bytes, meanwhile: Callable[[], None] = nothing) -> Any:
        """What the script returns. Raises RedisAway, at once while the server is known to be away.

        `meanwhile` is done once, whatever happens: while Redis works, where it does.
        """
        todo = [meanwhile]

        def do_it_once() -> None:
            if todo:
                todo.pop()()

        try:
            return self._asked(keys, args, do_it_once)
        finally:
            do_it_once()

    def _asked(self, keys: Sequence[str], args: tuple[Word, ...], meanwhile: Callable[[], None]) -> Any:
        if time.monotonic() < _server.away_until:
            raise RedisAway("Redis was away a moment ago")
        rest = (len(keys), *keys, *args)
        try:
            answer = self._evaluated(rest, meanwhile)
        except (RedisError, OSError) as error:
            # Exactly this one: its subclasses say that the server cannot work at all (it is full, or read-only).
            if type(error) is ResponseError:
                return self._evaluated_afresh(keys, rest, error)
            _note_away(error)
            raise RedisAway(str(error)) from error
        if _server.is_away:
            _server.is_away = False
            logger.info("calcom.redis.back")
        return answer

    def _evaluated_afresh(self, keys: Sequence[str], rest: tuple[Word, ...], error: ResponseError) -> Any:
        """The script failed at these keys, whatever lies there: without it, once more. All others go on."""
        logger.warning("calcom.redis.state_dropped", keys=list(keys), error=str(error)[:_LONGEST_ERROR])
        try:
            exchange("DEL", *keys)
            return self._evaluated(rest, nothing)
        except (RedisError, OSError) as again:
            raise RedisAway(str(again)) from again

    def _evaluated(self, rest: tuple[Word, ...], meanwhile: Callable[[], None]) -> Any:
        try:
            return exchange("EVALSHA", self._sha, *rest, meanwhile=meanwhile)
        except NoScriptError:
            return exchange("EVAL", self.text, *rest, meanwhile=meanwhile)
        except RedisConnectionError:
            # The connection was one to a server that has gone. To be asked twice harms no script of ours.
            return exchange("EVAL", self.text, *rest, meanwhile=meanwhile)


def forget_outage() -> None:
    """Ask again at once."""
    _server.away_until = 0.0
    _server.is_away = False


def _note_away(error: Exception) -> None:
    _server.away_until = time.monotonic() + AWAY_FOR_S
    if not _server.is_away:
        logger.warning("calcom.redis.away", error=type(error).__name__)
    _server.is_away = True
