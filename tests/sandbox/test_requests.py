"""What every request meets: paths, versions, bodies."""

from __future__ import annotations

import pytest

from calcom.sandbox.wire import Request
from tests.sandbox.caller import Caller


@pytest.mark.parametrize("path", ["/v2/me", "/v2/me/", "/api/v2/me", "/v2/ee/me"])
def test_a_path_may_be_written_in_several_ways(api: Caller, path: str) -> None:
    assert api.sandbox.handle(Request("GET", path)).status == 401


@pytest.mark.parametrize(("method", "path"), [("GET", "/v2/nothing"), ("DELETE", "/v2/me"), ("GET", "/v1/bookings")])
def test_an_unknown_route_says_so(api: Caller, method: str, path: str) -> None:
    answer = api.sandbox.handle(Request(method, path))
    assert (answer.status, answer.body["error"]["message"]) == (404, f"Cannot {method} {path}")


def test_a_preflight_is_empty(api: Caller) -> None:
    answer = api("OPTIONS", "/bookings", key=None)
    assert (answer.status, answer.encoded()) == (204, b"")


def test_every_answer_has_a_request_id(api: Caller) -> None:
    assert api("GET", "/me").headers["X-Request-Id"] != api("GET", "/me").headers["X-Request-Id"]


@pytest.mark.parametrize("version", [None, "", "2099-01-01", '"2024-06-14"', "2024-06-11"])
def test_a_wrong_version_gets_the_old_shape_without_a_word(api: Caller, version: str | None) -> None:
    api.event_type()
    groups = api.data("GET", "/event-types", version=version or None)["eventTypeGroups"]
    assert groups[0]["eventTypes"][0]["length"] == 60


def test_a_version_of_another_group_is_not_found(api: Caller) -> None:
    assert api.refusal("GET", "/event-types", version="2024-08-13") == (404, "Cannot GET /v2/event-types")


def test_slots_of_a_wrong_version_are_not_found_with_their_query(api: Caller) -> None:
    status, message = api.refusal("GET", "/slots?eventTypeId=1", version=None)
    assert (status, message) == (404, "Cannot GET /v2/slots?eventTypeId=1")


def test_the_old_slots_have_their_own_path(api: Caller) -> None:
    api.office_hours()
    path = (
        f"/slots/available?eventTypeId={api.event_type()}&startTime=2027-01-05T00:00:00Z&endTime=2027-01-06T00:00:00Z"
    )
    slots = api.data("GET", path, version=None)["slots"]
    assert slots["2027-01-05"][0] == {"time": "2027-01-05T08:00:00.000Z"}


def test_a_cut_body_is_malformed(api: Caller) -> None:
    answer = api("POST", "/event-types", b'{"title": "Hai', content_type="application/json")
    assert (answer.status, answer.body["error"]["message"]) == (400, "Unexpected end of JSON input")


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain"])
def test_other_bodies_than_json_are_read_as_empty(api: Caller, content_type: str) -> None:
    answer = api("POST", "/event-types", b"title=Haircut", content_type=content_type)
    wrong = [error["property"] for error in answer.body["error"]["details"]["errors"]]
    assert wrong == ["lengthInMinutes", "title", "slug"]


def test_a_body_beyond_the_limit_is_refused_bare(api: Caller) -> None:
    answer = api("POST", "/bookings", b"x" * 102_401, content_type="application/json")
    assert (answer.status, answer.body) == (413, {"statusCode": 413, "message": "request entity too large"})
