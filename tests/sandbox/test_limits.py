from __future__ import annotations

from calcom.sandbox.sample import OTHER_KEY, TINY_KEY
from tests.sandbox.caller import Caller


def test_the_headers_carry_the_limits_name(api: Caller) -> None:
    headers = api("GET", "/me", key=TINY_KEY).headers
    assert headers["X-RateLimit-Limit-Tiny"] == "5"
    assert headers["X-RateLimit-Remaining-Tiny"] == "4"
    assert headers["X-RateLimit-Reset-Tiny"] == "60"


def test_one_call_too_many_is_refused_for_a_minute(api: Caller) -> None:
    answers = [api("GET", "/me", key=TINY_KEY) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert answers[-1].body["error"]["details"] == "CustomThrottlerGuard - Too many requests. Please try again later."
    api.clock.forward(seconds=59)
    assert api("GET", "/me", key=TINY_KEY).headers["X-RateLimit-Reset-Tiny"] == "1"
    api.clock.forward(seconds=1)
    assert api("GET", "/me", key=TINY_KEY).status == 200


def test_a_refused_call_has_no_retry_after(api: Caller) -> None:
    refused = [api("GET", "/me", key=TINY_KEY) for _ in range(6)][-1]
    assert "Retry-After" not in refused.headers


def test_keys_are_counted_apart(api: Caller) -> None:
    api("GET", "/me", key=OTHER_KEY)
    assert api("GET", "/me").headers["X-RateLimit-Remaining-Default"] == "4999"


def test_strangers_are_counted_by_address(api: Caller) -> None:
    answers = [api("GET", "/event-types", key=None) for _ in range(121)]
    assert [answers[119].status, answers[120].status] == [200, 429]


def test_some_endpoints_have_five_calls_of_their_own(api: Caller) -> None:
    answers = [api("POST", "/bookings/unknown/guests", {"guests": []}) for _ in range(6)]
    assert answers[0].headers["X-RateLimit-Limit-Booking_guests_add"] == "5"
    assert answers[-1].status == 429
    assert api("GET", "/me").headers["X-RateLimit-Remaining-Default"] == "4999"


def test_a_shifted_clock_lifts_no_block(api: Caller) -> None:
    answers = [api("GET", "/me", key=TINY_KEY) for _ in range(6)]
    api.sandbox.world.clock_shift = api.clock.now - api.clock.now.replace(year=2026)
    assert answers[-1].status == api("GET", "/me", key=TINY_KEY).status == 429
