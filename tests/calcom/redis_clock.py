"""Redis's clock in the hand of a test, and work in several real processes at once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

from django_redis import get_redis_connection

from calcom.scripts import Script

_TIME = "redis.call('TIME')"
_KEY = "test.clock"
_PATIENCE_S = 60


class RedisClock:
    """What the scripts take for the time. It stands still unless moved, and is the same for all processes."""

    def __init__(self) -> None:
        self.now_s = 2_000_000_000.0
        self.move(0)

    def move(self, seconds: float) -> None:
        self.now_s += seconds
        redis = get_redis_connection("default")
        redis.delete(_KEY)
        redis.rpush(_KEY, int(self.now_s), round(self.now_s % 1 * 1_000_000))

    @staticmethod
    def ruling(script: Script) -> Script:
        """The script, which asks this clock instead of the server's."""
        assert script.text.count(_TIME) == 1
        return Script(script.text.replace(_TIME, f"redis.call('LRANGE', '{_KEY}', 0, -1)"))


def in_processes(work: Callable[[int], Any], *, processes: int = 4) -> list[Any]:
    """What `work` returns in each of several processes that begin at the same moment."""
    context = multiprocessing.get_context("fork")
    results, start = context.SimpleQueue(), context.Barrier(processes)

    def run(number: int) -> None:
        start.wait(_PATIENCE_S)
        results.put(work(number))

    children = [context.Process(target=run, args=(number,), daemon=True) for number in range(processes)]
    for child in children:
        child.start()
    for child in children:
        child.join(_PATIENCE_S)
    assert [child.exitcode for child in children] == [0] * processes
    return [results.get() for _ in children]
