"""An empty Redis."""

from __future__ import annotations

import pytest
from django_redis import get_redis_connection

from calcom import scripts


@pytest.fixture(autouse=True)
def redis():
    scripts.forget_outage()
    redis = get_redis_connection("default")
    redis.flushdb()
    yield redis
    redis.flushdb()
