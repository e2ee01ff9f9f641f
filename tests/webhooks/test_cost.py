"""What a delivery costs in the request: Cal.com's customer waits for the answer."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.deliveries.bodies import created
from tests.deliveries.cast import Booking


def body(number: int) -> dict[str, object]:
    return created(Booking(f"cut{number}", number), "09:00")


@pytest.mark.django_db(transaction=True)
def test_an_accepted_delivery_is_one_statement_in_one_commit(deliver):
    deliver(body(1))
    assert connection.get_autocommit()
    with CaptureQueriesContext(connection) as queries:
        assert deliver(body(2)).status_code == 200
    assert [query["sql"].split()[0] for query in queries] == ["INSERT"]


@pytest.mark.django_db(transaction=True)
def test_a_wrong_signature_costs_no_statement(deliver):
    deliver(body(1))
    with CaptureQueriesContext(connection) as queries:
        assert deliver(body(2), secret="wrong").status_code == 401
    assert len(queries) == 0


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_replaced_and_the_delivery_kept(deliver):
    deliver(body(1))
    connection.connection.close()
    assert deliver(body(2)).json()["status"] == "accepted"
