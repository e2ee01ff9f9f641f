"""What a delivery costs in the request: Cal.com's customer waits for the answer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from tests.deliveries.bodies import created
from tests.deliveries.cast import Booking


def body(number: int) -> dict[str, object]:
    return created(Booking(f"cut{number}", number), "09:00")


@contextmanager
def on_the_wire() -> Iterator[list[str]]:
    """What is executed on the database connection, BEGIN and COMMIT and all: the driver writes down its messages."""
    executed: list[str] = []
    link = connection.connection.pgconn
    with tempfile.TemporaryFile("r+") as trace:
        link.trace(trace.fileno())
        yield executed
        link.untrace()
        trace.seek(0)
        sent = [line.split("\t") for line in trace if "\tF\t" in line]
    executed += [message[3] for message in sent if message[3] in {"Query", "Execute"}]


@pytest.mark.django_db(transaction=True)
def test_an_accepted_delivery_is_one_statement_in_one_commit(deliver):
    deliver(body(1))
    assert connection.get_autocommit()
    with on_the_wire() as executed:
        assert deliver(body(2)).status_code == 200
    assert executed == ["Execute"]


@pytest.mark.django_db(transaction=True)
def test_a_wrong_signature_costs_no_statement(deliver):
    deliver(body(1))
    with on_the_wire() as executed:
        assert deliver(body(2), secret="wrong").status_code == 401
    assert executed == []


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_replaced_and_the_delivery_kept(deliver):
    deliver(body(1))
    connection.connection.close()
    assert deliver(body(2)).json()["status"] == "accepted"
