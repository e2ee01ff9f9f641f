"""The comparison itself: what it finds, and what it passes over."""

from __future__ import annotations

import pytest

from tests.conformance.compare import answer_differences, header_differences, webhook_differences
from tests.conformance.exchanges import delivery
from tests.conformance.names import Names


@pytest.mark.parametrize(
    ("recorded", "answered", "kinds"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["value"]),
        ({"a": 1}, {}, ["shape"]),
        ({}, {"a": 1}, ["shape"]),
        ({"a": None}, {"a": ""}, ["type"]),
        ({"a": [{"b": 1}, {"c": 2}]}, {"a": [{"b": 1, "c": 2}, {}]}, []),
        ({"a": []}, {"a": [1]}, ["shape", "value"]),
        ({"error": {"message": "no"}}, {"error": {"message": "No"}}, ["text"]),
        ({"createdAt": "2026-11-20T18:00:00.000Z"}, {"createdAt": "2026-11-20T18:00:09.000Z"}, []),
        ({"start": "2026-11-20T18:00:00.000Z"}, {"start": "2026-11-20T18:00:09.000Z"}, ["value"]),
    ],
)
def test_each_difference_has_its_kind(recorded, answered, kinds):
    assert [one.kind for one in answer_differences(recorded, answered)] == kinds


def test_a_limit_counts_but_what_is_left_of_it_does_not():
    recorded = {"X-RateLimit-Limit-Default": "120", "X-RateLimit-Remaining-Default": "119"}
    assert not list(header_differences(recorded, {"x-ratelimit-limit-default": "120"} | recorded))
    answered = {"X-RateLimit-Limit-Default": "500", "X-RateLimit-Remaining-Default": "7"}
    assert [one.kind for one in header_differences(recorded, answered)] == ["header"]


def test_a_missing_webhook_is_a_difference():
    came = delivery("/hook", {}, '{"triggerEvent": "BOOKING_CREATED", "payload": {}}')
    assert [str(one) for one in webhook_differences([came], [])] == [
        "webhook: BOOKING_CREATED to /hook recorded, none sent"
    ]


def test_an_unsigned_webhook_is_no_signed_one():
    text = '{"triggerEvent": "BOOKING_CREATED"}'
    signed = delivery("/hook", {"X-Cal-Signature-256": "ab" * 32}, text)
    unsigned = delivery("/hook", {"X-Cal-Signature-256": "no-secret-provided"}, text)
    assert len(list(webhook_differences([signed], [unsigned]))) == 1


def test_ids_of_an_answer_are_asked_for_in_later_requests():
    names = Names()
    recorded = {"data": {"id": 3, "uid": "aaaaaaaaaaaaaaaaaaaa1", "eventTypeId": 7}}
    answered = {"data": {"id": 8, "uid": "bbbbbbbbbbbbbbbbbbbb2", "eventTypeId": 9}}
    names.learn(recorded, answered, path="/v2/bookings")
    assert names.translated_path("/v2/bookings/aaaaaaaaaaaaaaaaaaaa1?eventTypeId=7") == (
        "/v2/bookings/bbbbbbbbbbbbbbbbbbbb2?eventTypeId=9"
    )
    assert names.translated(recorded, kind="booking") == answered


def test_a_uid_that_comes_twice_is_told():
    names = Names()
    names.learn({"uid": "aaaaaaaaaaaaaaaaaaaa1"}, {"uid": "bbbbbbbbbbbbbbbbbbbb2"}, path="/v2/bookings")
    again = names.learn({"uid": "cccccccccccccccccccc3"}, {"uid": "bbbbbbbbbbbbbbbbbbbb2"}, path="/v2/bookings")
    assert again == ["bbbbbbbbbbbbbbbbbbbb2 is not new"]
