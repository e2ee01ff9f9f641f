"""What the log says of changes: which request wanted them, and what came of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import structlog
from django_redis import get_redis_connection
from structlog.contextvars import bound_contextvars, get_contextvars

from appointments import tasks
from appointments.backends import BackendRefused
from appointments.models import Push
from appointments.push import push
from tests.appointments.conftest import NINE


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """The lines of an event so far."""
    caplog.set_level("INFO")
    return lambda event: [
        record.msg for record in caplog.records if isinstance(record.msg, dict) and record.msg["event"] == event
    ]


def test_a_change_names_its_push(lines, order, django_capture_on_commit_callbacks):
    with bound_contextvars(request_id="of the portal"), django_capture_on_commit_callbacks(execute=True):
        row = order()
    [line] = lines("booking.changed")
    assert (line["request_id"], line["appointment_id"], line["change"]) == ("of the portal", row.pk, "created")
    assert line["push_id"] == Push.objects.get().pk


def test_a_change_that_was_taken_back_is_not_told(lines, order):
    order()
    assert lines("booking.changed") == []


def test_what_a_worker_draws_is_not_taken_for_the_request_that_woke_it(lines, order, server):
    get_redis_connection("default").flushdb()  # nothing dealt yet
    for hours in (0, 2):
        order(starts_at=NINE + timedelta(hours=hours))
    first, second = Push.objects.order_by("pk")
    server.before.extend([BackendRefused("no"), BackendRefused("no")])
    with bound_contextvars(request_id="the first one's"):
        tasks.push(first.pk)
    told = {line["push_id"]: line.get("request_id") for line in lines("push.needs_staff")}
    assert told == {first.pk: "the first one's", second.pk: None}


def test_whatever_is_logged_while_a_change_is_sent_names_it(lines, order, server):
    order()
    mine = Push.objects.get()
    server.before.append(lambda: structlog.get_logger("calcom").info("calcom.answered"))
    push(mine.pk)
    [line] = lines("calcom.answered")
    assert (line["push_id"], line["operation"], line["attempt"]) == (mine.pk, "create", 1)
    assert "push_id" not in get_contextvars()
