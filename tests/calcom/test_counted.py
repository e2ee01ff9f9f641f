"""Calls, the cache and the circuit are counted."""

from __future__ import annotations

import pytest

from calcom import guard
from calcom.account import access_of
from calcom.client import CalcomClient
from calcom.errors import CalcomAuthFailed, CalcomUnavailable
from calcom.guard import Lane, Outcome
from tests.config.scrape import Growth

CALLS = "slotkeeper_calcom_calls_total{{endpoint={},result={}}}"
CACHE = "slotkeeper_calcom_cache_lookups_total{{resource=event_types,result={}}}"
CIRCUIT = "slotkeeper_calcom_circuit_changes_total{{to={}}}"


def test_calls_by_endpoint_and_result(client, connected):
    grown = Growth(client)
    CalcomClient(connected).me()
    connected.calcom_api_key = "cal_live_wrong"
    with pytest.raises(CalcomAuthFailed):
        CalcomClient(connected).me(fresh=True)
    assert grown[CALLS.format("GET /me", "ok")] == 1
    assert grown[CALLS.format("GET /me", "key_refused")] == 1
    assert grown["slotkeeper_calcom_call_seconds_count{endpoint=GET /me}"] == 2


def test_no_answer_and_no_question(client, connected, cal):
    cal.close()
    grown = Growth(client)
    for _ in range(3):
        with pytest.raises(CalcomUnavailable):
            CalcomClient(connected).event_types()
    endpoint = "GET /event-types"
    assert grown[CALLS.format(endpoint, "no_answer")] == 5
    assert grown[CALLS.format(endpoint, "held_circuit")] >= 1
    assert grown[CIRCUIT.format("open")] == 1


def test_an_id_is_never_part_of_a_label(client, connected):
    event_type = CalcomClient(connected).create_event_type(title="Cut", slug="cut", lengthInMinutes=30)
    CalcomClient(connected).update_event_type(event_type.id, title="Cut!")
    text = client.get("/metrics", REMOTE_ADDR="127.0.0.1", SERVER_NAME="127.0.0.1").text
    assert 'endpoint="PATCH /event-types/{id}"' in text
    assert f"/event-types/{event_type.id}" not in text


def test_hits_and_misses_of_the_cache(client, connected):
    grown = Growth(client)
    for _ in range(3):
        CalcomClient(connected).event_types()
    assert (grown[CACHE.format("miss")], grown[CACHE.format("hit")]) == (1, 2)


def test_a_cache_that_is_switched_off(client, connected, settings):
    settings.CALCOM_V2_CACHE_ENABLED = False
    grown = Growth(client)
    CalcomClient(connected).event_types()
    assert grown[CACHE.format("off")] == 1


def test_a_circuit_that_closes_again(client, connected):
    account = access_of(connected).account
    for _ in range(5):
        guard.record(guard.admit(account, lane=Lane.INTERACTIVE), Outcome.FAILURE)
    grown = Growth(client)
    guard.reset(account)
    guard.record(guard.admit(account, lane=Lane.INTERACTIVE), Outcome.SUCCESS)
    assert grown["slotkeeper_calcom_circuits{state=closed}"] == 1
    assert grown["slotkeeper_calcom_circuits{state=open}"] == -1
