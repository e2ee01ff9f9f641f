"""Stored answers of the predecessor's time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from calcom.legacy.shapes import as_kept_today, decoded, is_old, told_in
from tests.calcom.legacy.rows import HALF_AN_HOUR, v1_booking
from tests.calcom.remote import monday


def encoded(value, times):
    for _layer in range(times):
        value = json.dumps(value)
    return value


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_json_inside_json_is_opened(times):
    assert decoded(encoded({"a": 1}, times)) == {"a": 1}


@pytest.mark.parametrize("text", ["", "plain", "{half", "[1,", '"'])
def test_text_that_is_no_json_stays_text(text):
    assert decoded(text) == text


@pytest.mark.parametrize("wrap", [lambda b: b, lambda b: {"booking": b}, lambda b: {"data": json.dumps(b)}, json.dumps])
def test_a_booking_is_found_however_it_is_wrapped(wrap):
    (told,) = told_in(wrap(v1_booking(55, "bT9s")))
    assert (told.booking_id, told.uid, told.starts_at) == (55, "bT9s", monday())


def test_a_webhook_names_the_booking_and_the_one_it_replaced():
    payload = {
        "bookingId": 56,
        "uid": "new",
        "startTime": monday(11).isoformat(),
        "rescheduleId": 55,
        "rescheduleUid": "old",
        "rescheduleStartTime": monday(10).isoformat(),
    }
    new, old = told_in({"triggerEvent": "BOOKING_RESCHEDULED", "payload": payload})
    assert (new.booking_id, new.uid, new.starts_at) == (56, "new", monday(11))
    assert (old.booking_id, old.uid, old.starts_at, old.successor_uid) == (55, "old", monday(10), "new")


@pytest.mark.parametrize(
    "facts",
    [{"uid": ""}, {"uid": None}, {"uid": "55"}, {"uid": "x" * 201}, {"id": 0}, {"id": True}, {"id": 10**19}]
    + [{"startTime": text} for text in ("", "soon", "2026-12-08T09:30:00", None)],
)
def test_what_does_not_hold_together_names_no_booking(facts):
    assert list(told_in(v1_booking(55, "bT9s") | facts)) == []


def test_a_v1_booking_gets_the_words_of_v2():
    kept = as_kept_today(v1_booking(55, "bT9s", cancelledBy="tomas@example.net"))
    assert kept["start"] == monday().isoformat()
    assert kept["end"] == (monday() + HALF_AN_HOUR).isoformat()
    assert (kept["status"], kept["eventType"], kept["cancelledByEmail"]) == (
        "accepted",
        {"id": 88012},
        "tomas@example.net",
    )
    assert kept["hosts"] == [
        {"id": 4101, "email": "mira@example.org", "name": "Mira Keller", "timeZone": "Europe/Berlin"}
    ]
    assert (kept["attendees"][0]["language"], "id" in kept["attendees"][0]) == ("de", False)
    assert (kept["location"], kept["metadata"]) == ("https://meet.example.com/x", {"note": "Hund"})
    assert kept["bookingFieldsResponses"]["branche"] == "Handwerk"
    assert not {"startTime", "payment", "user", "responses"} & kept.keys()


def test_only_old_payloads_are_old():
    v1 = v1_booking(55, "bT9s")
    assert all(is_old(payload) for payload in (v1, json.dumps(v1), encoded(v1, 3), {"booking": v1}, as_text_of_v2()))
    webhook = {"uid": "a", "startTime": "…", "organizer": {}, "bookingId": 5}
    others: list[Any] = [{}, as_kept_today(v1), webhook, "no json", [], None]
    assert not any(is_old(payload) for payload in others)


def as_text_of_v2():
    return json.dumps({"uid": "a", "start": "2026-12-08T09:30:00Z"})


def test_what_postgresql_cannot_keep_goes():
    assert as_kept_today('{"uid": "a\\u0000b", "rating": NaN, "title": "\\ud800"}') == {
        "uid": "ab",
        "rating": None,
        "title": "?",
    }
