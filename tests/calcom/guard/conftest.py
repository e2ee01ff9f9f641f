"""An empty Redis, whose clock stands still."""

from __future__ import annotations

import pytest
from django_redis import get_redis_connection

from calcom import scripts
from calcom.guard import rules
from tests.calcom.redis_clock import RedisClock


@pytest.fixture(autouse=True)
def redis():
    scripts.forget_outage()
    redis = get_redis_connection("default")
    redis.flushdb()
    yield redis
    redis.flushdb()


@pytest.fixture(autouse=True)
def clock(redis, monkeypatch) -> RedisClock:
    clock = RedisClock()
    monkeypatch.setattr(rules, "rules", clock.ruling(rules.rules))
    return clock
