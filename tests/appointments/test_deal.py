"""Dealing out what is due: each Push to one worker, and to no worker what would be refused."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone
from django_redis import get_redis_connection

from appointments import deal, tasks
from appointments.models import Push
from appointments.push import due
from companies import meanwhile
from tests.appointments.conftest import NINE
from tests.appointments.push.test_fairness import wanting
from tests.factories import CompanyFactory

LISTS = ("pushes", "slotkeeper.pushes.dealt", "slotkeeper.pushes.dealing", "slotkeeper.pushes.last_hand")


@pytest.fixture
def redis():
    """The broker, nothing dealt and nothing waiting."""
    connection = get_redis_connection("default")
    connection.delete(*LISTS)
    yield connection
    connection.delete(*LISTS)


def drawn() -> list[int]:
    """All that can be drawn until nothing is left of what was dealt."""
    first = deal.draw()
    rest = [int(pk) for pk in get_redis_connection("default").lrange(LISTS[1], 0, -1)]
    return [first, *rest] if first else rest


def test_each_push_is_drawn_once(redis, salon):
    ids = wanting(salon, 5)
    assert [deal.draw() for _ in ids] == ids


def test_what_was_dealt_just_now_is_not_dealt_again_before_it_can_be_claimed(redis, salon, clock):
    ids = wanting(salon, 3)
    assert [deal.draw() for _ in range(4)] == [*ids, None]
    redis.delete("slotkeeper.pushes.last_hand")  # a second later
    assert deal.draw() == ids[0]


def test_nothing_is_drawn_where_something_else_turns_out_to_be_done(redis, salon):
    (mine,) = wanting(salon, 1)
    todo = deque[int]()
    with meanwhile.keeping():
        meanwhile.keep(partial(todo.append, 17))
        assert deal.draw(unless=todo) is None
        todo.clear()
        assert deal.draw(unless=todo) == mine


def test_nothing_is_drawn_where_nothing_is_due(redis, salon):
    wanting(salon, 1, next_at=timezone.now() + timedelta(minutes=1))
    assert deal.draw() is None


def test_whoever_comes_while_another_deals_draws_what_that_one_laid_down(redis, salon):
    wanting(salon, 1)
    redis.set("slotkeeper.pushes.dealing", 1, px=60_000)
    assert deal.draw() is None
    redis.rpush("slotkeeper.pushes.dealt", 17)
    assert deal.draw() == 17


def test_whoever_draws_the_card_before_the_last_eight_deals_on(redis, salon, settings):
    settings.PUSHES_AT_ONCE_PER_COMPANY = 100
    ids = wanting(salon, 40)  # the first hand of one company has 32
    assert [deal.draw() for _ in range(24)] == ids[:24]
    assert redis.llen(LISTS[1]) == 9
    assert [deal.draw(), redis.llen(LISTS[1])] == [ids[24], 15]
    assert [deal.draw() for _ in range(15)] == ids[25:]


def test_while_one_deals_on_the_others_draw_the_rest(redis, salon, settings):
    settings.PUSHES_AT_ONCE_PER_COMPANY = 100
    ids = wanting(salon, 40)
    assert [deal.draw() for _ in range(24)] == ids[:24]
    redis.set("slotkeeper.pushes.dealing", 1, px=60_000)
    assert [deal.draw() for _ in range(8)] == ids[24:32]


def test_what_still_lies_there_when_a_hand_took_long_is_not_dealt_again(redis, salon, settings):
    settings.PUSHES_AT_ONCE_PER_COMPANY = 100
    ids = wanting(salon, 40)
    drawn = [deal.draw() or 0 for _ in range(24)]
    Push.objects.filter(pk__in=drawn).update(state="in_flight", claimed_at=timezone.now())
    redis.delete("slotkeeper.pushes.last_hand")  # a second later
    assert [*drawn, *(deal.draw() for _ in range(16))] == ids
    assert redis.llen(LISTS[1]) == 0


def test_the_card_that_is_no_push_is_drawn_by_nobody(redis, salon):
    redis.set("slotkeeper.pushes.dealing", 1, px=60_000)
    with ThreadPoolExecutor(1) as waiting:
        drawn = waiting.submit(deal.draw)
        time.sleep(0.05)
        redis.rpush(LISTS[1], 0, 17)
        assert drawn.result() == 17


def test_a_flood_of_one_company_leaves_the_second_card_to_another(redis, salon):
    wanting(salon, 100, next_at=timezone.now() - timedelta(hours=1))
    (other,) = wanting(CompanyFactory.create(), 1)
    assert other in drawn()[:2]


def test_a_company_without_room_is_dealt_nothing(redis, salon, settings):
    settings.PUSHES_AT_ONCE_PER_COMPANY = 3
    wanting(salon, 3, state="in_flight", next_at=None, claimed_at=timezone.now())
    wanting(salon, 5)
    assert drawn() == []


def test_a_company_in_trouble_is_dealt_two_and_its_looks(redis, salon):
    wanting(salon, 1, trouble="busy", next_at=timezone.now() + timedelta(minutes=2))
    ids = wanting(salon, 5)
    (look,) = wanting(salon, 1, state="unclear", claimed_at=timezone.now())
    assert sorted(drawn()) == [*ids[:2], look]


def test_a_worker_that_never_came_back_takes_no_room(salon, settings):
    settings.PUSHES_AT_ONCE_PER_COMPANY = 1
    wanting(salon, 1, state="in_flight", next_at=None, claimed_at=timezone.now() - timedelta(minutes=90))
    waiting = wanting(salon, 1)
    assert due() == waiting


def test_one_message_is_enough_for_all_that_is_due(redis, order, server):
    for hour in (9, 11, 13):
        order(starts_at=NINE.replace(hour=hour))
    tasks.push(Push.objects.earliest("pk").pk)
    assert server.calls == ["create"] * 3


def test_a_worker_whose_time_is_up_leaves_the_rest_to_another(redis, order, server, monkeypatch):
    monkeypatch.setattr(tasks, "_WORK_FOR_S", 0.0)
    order()
    tasks.push(Push.objects.get().pk)
    assert (server.calls, redis.llen("pushes")) == ([], 1)


def test_where_enough_messages_wait_no_more_are_sent(redis, order, django_capture_on_commit_callbacks):
    redis.rpush("pushes", *["one that waits"] * 16)
    with django_capture_on_commit_callbacks(execute=True):
        order()
    assert redis.llen("pushes") == 16


def test_what_was_dealt_and_is_done_by_now_is_nothing(redis, booked, server):
    redis.rpush("slotkeeper.pushes.dealt", booked.pushes.get().pk, 0)
    tasks.push(0)
    assert server.calls == ["create"]


def test_with_redis_away_a_worker_does_what_it_was_sent_for(order, server, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    order()
    tasks.push(Push.objects.get().pk)
    assert server.calls == ["create"]
