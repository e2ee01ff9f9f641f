"""Payloads come out of their wrappings: codings, envelopes, answers, the predecessor's metadata."""

import json
from typing import Any

import pytest

from calcom.payloads.opened import Opened, UnreadablePayload, opened

BOOKING: dict[str, Any] = {"uid": "b1", "startTime": "2026-12-08T09:00:00Z", "attendees": [{"email": "a@example.com"}]}


def coded(value: object, times: int) -> Any:
    for _ in range(times):
        value = json.dumps(value)
    return value


def found_in(value: Any) -> Opened:
    found = opened(value)
    assert found is not None
    return found


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_a_payload_is_decoded_up_to_three_times(times):
    assert found_in(coded(BOOKING, times)).fields == BOOKING


def test_what_is_encoded_more_often_is_refused():
    with pytest.raises(UnreadablePayload, match="more than 3 times"):
        opened(coded(BOOKING, 4))


@pytest.mark.parametrize("times", [1, 2, 3])
def test_so_are_its_parts(times):
    parts = {name: coded(value, times) if name == "attendees" else value for name, value in BOOKING.items()}
    assert found_in(coded(parts, times)).fields == BOOKING


@pytest.mark.parametrize(
    "wrapped",
    [
        {"triggerEvent": "BOOKING_CREATED", "createdAt": "2026-11-20T09:00:00Z", "payload": BOOKING},
        {"triggerEvent": "BOOKING_CREATED", "payload": coded(BOOKING, 2)},
        {"status": "success", "data": BOOKING},
        {"booking": BOOKING},
        {"source": "shop", "cal_com_data": coded(BOOKING, 1)},
        {"raw_payload": {"triggerEvent": "BOOKING_CREATED", "payload": BOOKING}},
        [BOOKING],
    ],
    ids=["delivery", "its payload a text", "answer of the API", "API v1", "metadata", "a dump", "one of a list"],
)
def test_a_booking_is_found_in_what_it_was_wrapped_in(wrapped):
    assert found_in(wrapped).fields == BOOKING


def test_the_envelope_says_what_came_and_when():
    found = found_in({"triggerEvent": "BOOKING_CREATED", "createdAt": "2026-11-20T09:00:00Z", "payload": BOOKING})
    assert (found.trigger, found.sent_at) == ("BOOKING_CREATED", "2026-11-20T09:00:00Z")


@pytest.mark.parametrize("nothing", [None, "", {}, []])
def test_nothing_stored_tells_nothing(nothing):
    assert opened(nothing) is None


@pytest.mark.parametrize(
    "value", ["no JSON", '{"uid": NaN}', "[1, 2]", "17", {"shop": 7}, {"data": [1]}, json.dumps({"uid": "a\x00b"})]
)
def test_what_holds_no_booking_is_refused(value):
    with pytest.raises(UnreadablePayload):
        opened(value)


def test_a_bottomless_payload_is_refused():
    with pytest.raises(UnreadablePayload):
        opened('{"uid": ' + "[" * 100_000 + "]" * 100_000 + "}")


def test_what_is_stored_is_left_as_it_is():
    stored = {"triggerEvent": "X", "payload": {"uid": "b1", "attendees": "[]"}}
    opened(stored)
    assert stored["payload"] == {"uid": "b1", "attendees": "[]"}
