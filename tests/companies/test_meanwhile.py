"""Work that is kept until its thread has to wait anyhow."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from django.utils import translation
from structlog.contextvars import bound_contextvars, get_contextvars

from companies.meanwhile import catch_up, keep, keeping


@pytest.fixture
def done() -> list[str]:
    return []


def test_where_nobody_keeps_anything_it_is_done_at_once(done):
    keep(partial(done.append, "at once"))
    assert done == ["at once"]


def test_it_is_done_when_somebody_is_about_to_wait_in_order_and_once(done):
    with keeping():
        keep(partial(done.append, "first"))
        keep(partial(done.append, "second"))
        assert done == []
        catch_up()
        assert done == ["first", "second"]
        catch_up()
    assert done == ["first", "second"]


def test_at_the_end_it_is_done_at_the_latest(done):
    with keeping():
        keep(partial(done.append, "late"))
    assert done == ["late"]
    keep(partial(done.append, "afterwards"))
    assert done == ["late", "afterwards"]


def test_it_is_done_though_what_came_after_it_failed(done):
    with suppress(ValueError), keeping():
        keep(partial(done.append, "before"))
        raise ValueError
    assert done == ["before"]


def test_whoever_is_stopped_does_nothing_more_and_says_so(done):
    with suppress(KeyboardInterrupt), keeping():
        keep(partial(done.append, "done"), lost=partial(done.append, "lost"))
        raise KeyboardInterrupt
    catch_up()
    assert done == ["lost"]


def test_what_fails_is_logged_as_whose_it_is_and_stops_neither_the_rest_nor_whoever_waits(done, caplog):
    def fail() -> None:
        raise ZeroDivisionError

    with keeping():
        with bound_contextvars(push_id="the first"):
            keep(fail)
        keep(partial(done.append, "the rest"))
        with bound_contextvars(push_id="the second"):
            catch_up()
    assert done == ["the rest"]
    [line] = [record.msg for record in caplog.records if record.levelname == "ERROR"]
    assert (line["event"], line["error"]) == ("meanwhile.failed", "ZeroDivisionError")
    assert line["push_id"] == "the first"


def test_it_has_the_language_and_the_log_context_of_whoever_kept_it(done):
    def tell() -> None:
        done.extend([translation.get_language(), get_contextvars().get("push_id")])

    with keeping():
        with translation.override("de"), bound_contextvars(push_id="the first"):
            keep(tell)
        with translation.override("en"), bound_contextvars(push_id="the second"):
            catch_up()
            assert (translation.get_language(), get_contextvars()["push_id"]) == ("en", "the second")
    assert done == ["de", "the first"]


def test_what_is_kept_while_catching_up_is_done_too(done):
    with keeping():
        keep(lambda: keep(partial(done.append, "one more")))
        catch_up()
        assert done == ["one more"]


def test_each_thread_keeps_its_own(done):
    with keeping():
        keep(partial(done.append, "mine"))
        with ThreadPoolExecutor(1) as other:
            other.submit(catch_up).result()
            other.submit(keep, partial(done.append, "its own")).result()
        assert done == ["its own"]
    assert done == ["its own", "mine"]


def test_who_keeps_within_another_leaves_the_other_its_own(done):
    with keeping():
        keep(partial(done.append, "outer"))
        with keeping():
            keep(partial(done.append, "inner"))
        assert done == ["inner"]
    assert done == ["inner", "outer"]


def test_it_says_how_long_that_took(done):
    with keeping():
        assert catch_up() == 0
        keep(partial(time.sleep, 0.05))
        assert catch_up() >= 0.05
        assert catch_up() == 0
