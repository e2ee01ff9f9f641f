"""Finding programs; the sentences are read by people who have just cloned the project."""

import subprocess
import sys

import pytest

from devstack.account import server_account
from devstack.binaries import find_postgres, find_redis
from devstack.errors import StackError
from tests.devstack.stack import ROOT


def without_packages(code: str) -> str:
    """The error of `code` on a machine with neither wheels nor installed servers."""
    code = f"from devstack.account import server_account\nfrom devstack.binaries import *\n{code}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    return done.stderr.strip().splitlines()[-1]


def test_without_postgresql_one_line_names_three_ways_out():
    sentence = without_packages("find_postgres(server_account(), system_bindirs=())")
    assert "No PostgreSQL 15 or newer was found" in sentence
    assert all(way in sentence for way in ("DATABASE_URL", "PG_BINDIR", "requirements/demo.txt"))


def test_without_redis_one_line_names_three_ways_out():
    sentence = without_packages("find_redis()")
    assert "No Valkey or Redis 7 or newer was found" in sentence
    assert all(way in sentence for way in ("REDIS_URL", "REDIS_SERVER_BIN", "requirements/demo.txt"))


def test_a_wrong_pg_bindir_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    with pytest.raises(StackError, match="PG_BINDIR"):
        find_postgres(server_account())


def test_a_wrong_redis_server_bin_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("REDIS_SERVER_BIN", str(tmp_path / "nothing"))
    with pytest.raises(StackError, match="REDIS_SERVER_BIN"):
        find_redis()


def test_a_named_server_comes_before_all_others(tmp_path, monkeypatch):
    named = tmp_path / "my-redis"
    named.touch(mode=0o700)
    monkeypatch.setenv("REDIS_SERVER_BIN", str(named))
    assert find_redis() == named


def test_postgresql_is_15_or_newer():
    assert find_postgres(server_account()).major >= 15
