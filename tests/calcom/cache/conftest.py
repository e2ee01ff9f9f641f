"""An empty Redis, and a process that remembers nothing."""

from __future__ import annotations

import pytest
from django_redis import get_redis_connection

from calcom import kept, scripts


@pytest.fixture(autouse=True)
def redis():
    scripts.forget_outage()
    kept.parsed.clear()
    redis = get_redis_connection("default")
    redis.flushdb()
    yield redis
    redis.flushdb()
