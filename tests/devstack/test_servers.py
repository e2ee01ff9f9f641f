import os
import signal
from pathlib import Path

import psycopg
import pytest
import redis

from devstack.postgres import Postgres
from devstack.servers import throw_away_directory, throw_away_servers


@pytest.fixture
def nothing_set(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture
def directory():
    """Where PostgreSQL's account can go even if we are root; pytest's own directory is closed to others."""
    with throw_away_directory() as path:
        yield path


def test_servers_can_do_what_the_application_needs(nothing_set):
    with throw_away_servers() as urls, psycopg.connect(urls["DATABASE_URL"]) as connection:
        connection.execute("CREATE EXTENSION btree_gist")
        connection.execute("CREATE EXTENSION pg_trgm")
        assert connection.execute("SELECT upper('jürgen')").fetchone() == ("JÜRGEN",)
        assert redis.from_url(urls["REDIS_URL"]).ping()


def test_servers_are_gone_after_the_block(nothing_set):
    with throw_away_servers() as urls:
        pass
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(urls["DATABASE_URL"])
    with pytest.raises(redis.ConnectionError):
        redis.from_url(urls["REDIS_URL"]).ping()


def test_servers_refuse_callers_without_the_password(nothing_set):
    with throw_away_servers() as urls:
        user, _, place = urls["DATABASE_URL"].rpartition("@")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"{user.rpartition(':')[0]}:wrong@{place}")
        with pytest.raises(redis.AuthenticationError):
            redis.from_url("redis://" + urls["REDIS_URL"].rpartition("@")[2]).ping()


def test_a_server_that_the_environment_names_is_not_started(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example.com/one")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example.com/0")
    with throw_away_servers() as urls:
        assert urls == {}


def test_a_killed_server_starts_again_with_its_data(directory):
    first = Postgres(data=directory / "postgres", password="secret", throw_away=False)
    first.start()
    with psycopg.connect(first.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept ()")
    # Nobody collects the killed process: its number stays taken, as under an init that does not reap.
    os.kill(int((directory / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    second = Postgres(data=directory / "postgres", password="secret", throw_away=False)
    second.start()
    with psycopg.connect(second.url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    second.stop()
    first.stop()


def test_a_directory_of_a_killed_run_is_swept_away(directory, nothing_set, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    left = directory / "slotkeeper-test-999999999-abc"
    left.mkdir()
    with throw_away_servers():
        assert not left.exists()
        assert list(Path(directory).glob("slotkeeper-test-*"))
