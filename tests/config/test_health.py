import os
import subprocess
import sys
import time

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config.celery import HEARTBEAT_KEY, HEARTBEAT_MAX_AGE_S, heartbeat
from config.settings import BASE_DIR

ASK = """
import django; django.setup()
from django.test import Client
answer = Client().get("/readyz")
print(answer.status_code, answer.content.decode())
"""


@pytest.fixture
def beating():
    heartbeat()
    yield
    cache.delete(HEARTBEAT_KEY)


@pytest.fixture
def silent():
    cache.delete(HEARTBEAT_KEY)


def test_healthz_answers_without_touching_anything(client):
    # No database mark: a query would raise.
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


@pytest.mark.django_db
def test_readyz_says_yes_when_everything_is_there(client, beating):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready"}


@pytest.mark.django_db
def test_readyz_misses_the_first_heartbeat(client, silent):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["No task has run yet: the worker or beat is not running."]


@pytest.mark.django_db
def test_readyz_notices_that_the_heartbeat_has_stopped(client, beating):
    cache.set(HEARTBEAT_KEY, time.time() - HEARTBEAT_MAX_AGE_S - 5)
    assert "worker or beat has stopped" in client.get("/readyz").json()["reasons"][0]


@pytest.mark.django_db
def test_readyz_counts_migrations_that_are_not_applied(client, beating):
    MigrationRecorder(connection).record_unapplied("webhooks", "0003_nobodys_body")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "not applied" in answer.json()["reasons"][0]


def test_readyz_names_servers_that_are_away_and_no_secrets():
    away = {
        "DATABASE_URL": "postgres://me:hush-hush@127.0.0.1:1/x",
        "REDIS_URL": "redis://:hush-hush@127.0.0.1:1/0",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DJANGO_ALLOWED_HOSTS": "testserver",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=BASE_DIR,
        env={**os.environ, **away},
        capture_output=True,
        text=True,
        check=True,
    )
    answer = done.stdout.strip().splitlines()[-1]
    assert answer.startswith("503 ")
    assert "The database does not answer." in answer
    assert "The broker (Redis or Valkey) does not answer." in answer
    assert "hush-hush" not in answer


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_reading_is_allowed(client, path):
    assert client.post(path).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_head_gets_the_status_without_a_body(client, beating, path):
    answer = client.head(path)
    assert answer.status_code == 200
    assert answer.content == b""
