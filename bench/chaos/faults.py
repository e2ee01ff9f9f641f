"""What goes wrong, and when: some of it all the time, some at certain points of the run."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import redis

from bench.chaos.parts import READ_TIMEOUT_S, Part
from bench.chaos.servers import Servers
from bench.chaos.upstream import PEOPLE, Upstream
from bench.report import progress

_TOO_LONG_S = READ_TIMEOUT_S + 1.0

_OURS = rf"^(?!.*{PEOPLE})"
_WRITE = {"match": {"method": "POST", "path": _OURS}}
_ANY = {"match": {"path": _OURS}}

_SMALL: tuple[dict[str, Any], ...] = (
    {"kind": "timeout_after_write", "seconds": _TOO_LONG_S, "times": 2, **_WRITE},
    {"kind": "timeout_after_write", "seconds": _TOO_LONG_S, "times": 2, **_WRITE},
    {"kind": "timeout_before_write", "seconds": _TOO_LONG_S, "times": 1, **_ANY},
    {"kind": "late_write", "seconds": 5.0, "hold_seconds": _TOO_LONG_S, "times": 1, **_WRITE},
    {"kind": "status", "status": 500, "after_write": True, "times": 2, **_WRITE},
    {"kind": "status", "status": 502, "html": True, "times": 2, **_ANY},
    {"kind": "status", "status": 503, "times": 2, **_ANY},
    {"kind": "status", "status": 429, "seconds": 3, "times": 1, **_ANY},
    {"kind": "cut", "where": "before", "times": 1, **_WRITE},
    {"kind": "cut", "where": "middle", "times": 1, **_WRITE},
    {"kind": "truncate", "times": 1, **_WRITE},
    {"kind": "webhook_lost", "times": 3},
    {"kind": "webhook_duplicate", "times": 3},
    {"kind": "webhook_reorder", "times": 4},
)
_SMALL_EVERY_S = 1.5
_MOST_SMALL = 5
_KILL_EVERY_S = 6.0


@dataclass
class Faults:
    """Called again and again from the main thread, with how far the run has come."""

    servers: Servers
    upstream: Upstream
    workers: Sequence[Part]
    dice: random.Random
    count: Counter[str] = field(default_factory=Counter)
    _broken: list[dict[str, Any]] = field(default_factory=list)
    _next_small: float = 0.0
    _next_kill: float = field(default_factory=lambda: time.monotonic() + _KILL_EVERY_S)
    _to_come: list[tuple[float, str, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        postgres, valkey = self.servers.postgres, self.servers.valkey
        self._to_come = [
            (0.15, "Valkey flushed", self._flush),
            (0.28, "PostgreSQL restarted, fast", partial(postgres.restart, signal.SIGINT, away_s=1.5)),
            (0.40, "Valkey killed and restarted", partial(valkey.restart, away_s=2.0)),
            (0.52, "PostgreSQL restarted, immediate", partial(postgres.restart, signal.SIGQUIT, away_s=1.5)),
            (0.64, "Valkey flushed", self._flush),
            (0.74, "PostgreSQL restarted, fast", partial(postgres.restart, signal.SIGINT, away_s=1.5)),
            (0.84, "Valkey killed and restarted", partial(valkey.restart, away_s=2.0)),
        ]

    def go_on(self, share: float) -> None:
        """Let happen what is due. `share` of the changes are made."""
        now = time.monotonic()
        if now >= self._next_small:
            self._next_small = now + _SMALL_EVERY_S
            self._break_with([self.dice.choice(_SMALL)])
        if now >= self._next_kill:
            self._next_kill = now + _KILL_EVERY_S
            self._kill_one()
        while self._to_come and share >= self._to_come[0][0]:
            _, name, happen = self._to_come.pop(0)
            progress(name)
            self.count[name] += 1
            happen()

    def end(self) -> None:
        """Everything works from here on."""
        self._break_with([])
        self.upstream.break_with([])

    def _break_with(self, rules: list[dict[str, Any]]) -> None:
        """These faults, too; counts how often the former ones have struck."""
        left = self.upstream.faults_left()
        for rule in self._broken:
            self.count[_name(rule)] += rule["times"]
        for rule in left:
            self.count[_name(rule)] -= rule["times"]
        self._broken = [*left[:_MOST_SMALL], *rules]
        self.upstream.break_with(self._broken)

    def _kill_one(self) -> None:
        worker = self.workers[self.count["worker killed -9"] % len(self.workers)]
        worker.kill()
        worker.start()
        self.count["worker killed -9"] += 1

    def _flush(self) -> None:
        valkey = self.servers.valkey
        with redis.Redis(port=valkey.port, password=valkey.password, socket_timeout=5) as client:
            client.flushall()


def _name(rule: dict[str, Any]) -> str:
    status = rule["status"] if rule["kind"] == "status" else ""
    return f"Cal.com: {rule['kind']} {status}{' after the work' if status and rule.get('after_write') else ''}".strip()
