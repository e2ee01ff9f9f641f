"""Whatever overlaps whatever: a window of which the server has told us is not exceeded."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, field, replace
from random import Random

from django_redis import get_redis_connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calcom.guard import Lane, Outcome, Permit, Refused, Reported, admit, record
from tests.calcom.guard.cast import ACCOUNT
from tests.calcom.redis_clock import RedisClock

WINDOW_S = 60
LONGEST_CALL_S = 20
CHANCE = Random(1)
MANY = replace(ACCOUNT, requests_per_minute=10_000)


@dataclass
class Server:
    """Counts as Cal.com does: a window begins with the first call after the last one's end."""

    clock: RedisClock
    limit: int
    hits: int = 0
    until_s: float = 0.0

    def count(self) -> Reported:
        if self.clock.now_s >= self.until_s:
            self.hits, self.until_s = 0, self.clock.now_s + WINDOW_S
        self.hits += 1
        reset_s = math.ceil(self.until_s - self.clock.now_s)
        return Reported(limit=self.limit, remaining=max(0, self.limit - self.hits), reset_s=reset_s)


@dataclass
class Callers:
    """Calls on their way to the server, and answers on their way back, in any order."""

    server: Server
    on_their_way: list[Permit] = field(default_factory=list)
    answered: list[tuple[Permit, Reported]] = field(default_factory=list)

    def begin(self, _chance: Random = CHANCE) -> None:
        with suppress(Refused):
            self.on_their_way.append(admit(MANY, lane=Lane.INTERACTIVE))

    def arrive(self, chance: Random) -> None:
        if self.on_their_way:
            permit = self.on_their_way.pop(chance.randrange(len(self.on_their_way)))
            self.answered.append((permit, self.server.count()))
            assert self.server.hits <= self.server.limit

    def come_back(self, chance: Random) -> None:
        if self.answered:
            permit, reported = self.answered.pop(chance.randrange(len(self.answered)))
            record(permit, Outcome.SUCCESS, reported)

    def finish(self) -> None:
        """No call takes longer than our own timeouts: all come back."""
        while self.on_their_way or self.answered:
            self.arrive(CHANCE)
            self.come_back(CHANCE)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), limit=st.integers(1, 12))
def test_a_window_that_the_server_told_of_is_never_exceeded(clock, seed, limit):
    get_redis_connection("default").flushdb()
    clock.move(0)
    chance = Random(seed)
    callers = Callers(Server(clock, limit))
    callers.begin()
    callers.finish()
    began_s = clock.now_s
    for _ in range(300):
        step = chance.choice((callers.begin, callers.begin, callers.arrive, callers.come_back, clock.move))
        if step == clock.move:
            clock.move(chance.choice((0.01, 0.3, 1, 5)))
        else:
            step(chance)
        if clock.now_s - began_s > LONGEST_CALL_S:
            callers.finish()
            began_s = clock.now_s


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(5, 30), overlap=st.integers(1, 4))
def test_what_the_server_allows_is_used(clock, limit, overlap):
    """Cautious, but not for nothing: of ten windows at most the overlap is lost."""
    get_redis_connection("default").flushdb()
    clock.move(0)
    server = Server(clock, limit)
    callers = Callers(server)
    callers.begin()
    callers.finish()
    for _ in range(10):
        clock.move(WINDOW_S + 1)
        for _ in range(limit):
            for _ in range(overlap):
                callers.begin()
            callers.finish()
        assert server.hits >= limit - overlap
