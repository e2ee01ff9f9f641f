"""What the switchboard breaks. Most of it can be seen without a socket; the rest is in test_server.py."""

from __future__ import annotations

import json

import pytest

from calcom.sandbox.faults import Rule
from calcom.sandbox.server import faults_of_environment
from calcom.sandbox.wire import Answer, Request
from tests.sandbox.caller import Caller

TYPE = {"title": "Haircut", "slug": "cut", "lengthInMinutes": 60}


def beside(api: Caller, method: str, path: str, body: object = None) -> Answer:
    sent = b"" if body is None else json.dumps(body).encode()
    return api.sandbox.handle(Request(method, path, {}, sent))


def test_a_rule_is_used_as_often_as_it_says(api: Caller) -> None:
    api.sandbox.faults.add("status", status=500, times=1)
    assert [api("GET", "/me").status for _ in range(2)] == [500, 200]
    assert api.sandbox.faults.as_json() == []


def test_a_rule_is_about_what_it_matches(api: Caller) -> None:
    api.sandbox.faults.add("status", match={"method": "GET", "path": "^/v2/me"})
    assert api("GET", "/me").status == 500
    assert api("GET", "/schedules").status == 200


def test_an_operation_names_a_route(api: Caller) -> None:
    api.sandbox.faults.add("status", match={"operation": "GET /event-types/{eventTypeId}"})
    assert api("GET", "/event-types/1").status == 500
    assert api("GET", "/event-types").status == 200


def test_a_gateways_error_is_html(api: Caller) -> None:
    api.sandbox.faults.add("status", status=502, html=True)
    answer = api("GET", "/me")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert b"502 Bad Gateway" in answer.encoded()


def test_a_429_looks_like_the_real_one(api: Caller) -> None:
    api.sandbox.faults.add("status", status=429, seconds=42)
    answer = api("GET", "/me")
    assert answer.headers["X-RateLimit-Reset-Default"] == "42"
    assert answer.body["error"]["code"] == "ThrottlerException"


def test_an_error_may_come_before_the_write_or_after_it(api: Caller) -> None:
    api.sandbox.faults.add("status", times=1)
    api("POST", "/event-types", TYPE)
    assert api.data("GET", "/event-types") == []
    api.sandbox.faults.add("status", times=1, after_write=True)
    assert api("POST", "/event-types", TYPE).status == 500
    assert len(api.data("GET", "/event-types")) == 1


@pytest.mark.parametrize(
    ("kind", "written"), [("timeout_before_write", 0), ("timeout_after_write", 1), ("late_write", 1)]
)
def test_a_lost_answer_says_nothing_about_the_write(api: Caller, kind: str, written: int) -> None:
    api.sandbox.faults.add(kind, times=1, seconds=0)
    assert api("POST", "/event-types", TYPE).cut == "before"
    assert len(api.data("GET", "/event-types")) == written


def test_an_answer_may_be_anything(api: Caller) -> None:
    api.sandbox.faults.add("answer", status=302, headers={"Location": "https://elsewhere.example.com/"}, body="")
    answer = api("GET", "/me")
    assert (answer.status, answer.headers["Location"]) == (302, "https://elsewhere.example.com/")


def test_json_may_end_in_the_middle(api: Caller) -> None:
    whole = api("GET", "/me").encoded()
    api.sandbox.faults.add("truncate")
    half = api("GET", "/me").encoded()
    assert whole.startswith(half)
    with pytest.raises(json.JSONDecodeError):
        json.loads(half)


def test_an_answer_may_be_huge(api: Caller) -> None:
    api.sandbox.faults.add("huge", bytes=1_000)
    assert len(api("GET", "/me").encoded()) > 1_000


def test_updated_at_may_be_missing_everywhere(api: Caller) -> None:
    api.office_hours()
    api.sandbox.faults.add("updated_at_null")
    made = api.book(api.event_type(), "2027-01-05T08:00:00Z")
    assert made["updatedAt"] is None
    assert api.sandbox.world.bookings[made["uid"]].updated_at is None


@pytest.mark.parametrize(
    "rule", [{"kind": "fire"}, "latency", {"kind": "cut", "colour": "red"}, {"kind": "cut", "match": {"path": "("}}]
)
def test_a_rule_that_makes_no_sense_is_refused(api: Caller, rule: object) -> None:
    with pytest.raises(ValueError, match="fault"):
        Rule.from_json(rule)
    assert beside(api, "PUT", "/sandbox/faults", rule).status == 400


def test_rules_are_set_and_taken_away_by_http(api: Caller) -> None:
    beside(api, "PUT", "/sandbox/faults", [{"kind": "status", "status": 503}])
    assert api("GET", "/me").status == 503
    assert beside(api, "GET", "/sandbox/faults").body["data"][0]["status"] == 503
    beside(api, "DELETE", "/sandbox/faults")
    assert api("GET", "/me").status == 200


def test_rules_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALCOM_SANDBOX_FAULTS", '[{"kind": "latency", "seconds": 2}]')
    assert faults_of_environment() == [Rule("latency", seconds=2)]
    monkeypatch.delenv("CALCOM_SANDBOX_FAULTS")
    assert faults_of_environment() == []


def test_the_clock_is_shifted_by_http(api: Caller) -> None:
    api.office_hours()
    number = api.event_type()
    shown = beside(api, "POST", "/sandbox/clock", {"shift_seconds": 86_400}).body["data"]["now"]
    assert shown == "2027-01-05T07:00:00.000Z"
    assert api.starts(number, "2027-01-04") == []
    beside(api, "POST", "/sandbox/clock", {"now": "2027-01-05T08:30:00Z"})
    assert api.starts(number, "2027-01-05") == ["10:00", "11:00"]


def test_a_clock_needs_a_time(api: Caller) -> None:
    assert beside(api, "POST", "/sandbox/clock", {"now": "tomorrow"}).status == 400
    assert beside(api, "POST", "/sandbox/clock", {"shift_seconds": "much"}).status == 400


def test_a_reset_forgets_bookings_and_faults(api: Caller) -> None:
    api.office_hours()
    api.book(api.event_type(), "2027-01-05T08:00:00Z")
    beside(api, "PUT", "/sandbox/faults", {"kind": "status"})
    beside(api, "POST", "/sandbox/reset")
    assert api.data("GET", "/bookings") == []
    assert len(api.data("GET", "/event-types")) == 1
