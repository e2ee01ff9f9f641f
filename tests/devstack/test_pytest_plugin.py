import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from devstack.pytest_plugin import redis_url_of


@pytest.mark.parametrize(("worker", "database"), [("gw0", 1), ("gw11", 12)])
def test_every_worker_has_a_redis_database_of_its_own(worker, database):
    assert redis_url_of(worker, "redis://:secret@127.0.0.1:7000/0") == f"redis://:secret@127.0.0.1:7000/{database}"


@pytest.mark.django_db
def test_tests_run_on_real_servers():
    assert connection.vendor == "postgresql"
    cache.set("devstack.test", 1, timeout=5)
    assert cache.get("devstack.test") == 1


def test_tests_do_not_run_in_debug_mode():
    assert not settings.DEBUG
