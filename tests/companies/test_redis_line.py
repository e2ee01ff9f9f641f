"""Each thread's own line to Redis."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from django_redis import get_redis_connection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, ResponseError

from companies import redis_line


def line() -> int:
    """The server's number for the connection that is used."""
    return int(redis_line.ask("CLIENT", "ID"))


def test_one_thread_keeps_one_line():
    assert line() == line()


def test_two_threads_have_two():
    with ThreadPoolExecutor(1) as other:
        assert other.submit(line).result() != line()


def test_what_redis_refuses_is_raised_and_the_line_kept():
    before = line()
    with pytest.raises(ResponseError, match="unknown command"):
        redis_line.ask("NO.SUCH.COMMAND")
    assert line() == before


def test_a_line_that_died_is_replaced():
    before = line()
    get_redis_connection("default").execute_command("CLIENT", "KILL", "ID", before)
    assert line() != before


def test_what_is_sent_once_is_not_sent_again():
    get_redis_connection("default").execute_command("CLIENT", "KILL", "ID", line())
    with pytest.raises(RedisConnectionError):
        redis_line.exchange("PING")


def test_something_is_done_meanwhile_also_where_it_fails():
    done: list[str] = []
    with pytest.raises(ResponseError):
        redis_line.exchange("NO.SUCH.COMMAND", meanwhile=lambda: done.append("once"))
    assert redis_line.exchange("PING", meanwhile=lambda: done.append("twice")) == b"PONG"
    assert done == ["once", "twice"]


def test_other_settings_are_another_server(settings):
    redis_line.ask("PING")
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    with pytest.raises(RedisConnectionError):
        redis_line.ask("PING")


def test_a_child_of_the_process_has_its_own():
    mine = line()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(line()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(reading, 20)) != mine
    assert line() == mine


def test_a_server_that_only_reads_is_left():
    before = line()
    with pytest.raises(ReadOnlyError):
        redis_line.ask("EVAL", "return redis.error_reply('READONLY You can not write against a read only replica.')", 0)
    assert line() != before


def test_lines_that_die_are_not_counted_against_those_to_come():
    admin = get_redis_connection("default")
    for _number in range(120):  # a pool of redis-py has a hundred at most
        admin.execute_command("CLIENT", "KILL", "ID", line())
    assert redis_line.ask("PING") == b"PONG"
