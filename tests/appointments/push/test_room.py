"""How many changes of one company are on their way at the same time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.models import Push
from appointments.push import push
from tests.appointments.conftest import NINE, Booked, Clock
from tests.backends.memory import Server


def in_the_air(order: Booked, count: int) -> Push:
    """So many pushes are being sent; one more, of a company in trouble, waits."""
    for number in range(count + 1):
        order(starts_at=NINE + timedelta(hours=number))
    *sent, waiting = Push.objects.order_by("pk")
    Push.objects.filter(pk__in=[one.pk for one in sent]).update(
        state="in_flight", claimed_at=timezone.now(), next_at=None
    )
    Push.objects.filter(pk=waiting.pk).update(trouble="unavailable")
    return waiting


@pytest.mark.parametrize(("on_their_way", "calls"), [(1, ["create"]), (2, [])])
def test_a_company_in_trouble_has_two_on_their_way_at_most(
    order: Booked, server: Server, on_their_way: int, calls: list[str]
):
    push(in_the_air(order, on_their_way).pk)
    assert server.calls == calls


def test_what_a_dead_worker_left_in_the_air_keeps_the_others_waiting_for_a_minute_only(
    order: Booked, server: Server, clock: Clock
):
    waiting = in_the_air(order, 2)
    clock.shift(50)
    push(waiting.pk)
    assert server.calls == []
    clock.shift(11)
    push(waiting.pk)
    assert server.calls == ["create"]
