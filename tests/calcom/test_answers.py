"""From HTTP answers to data or errors, in the shapes that Cal.com uses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone
from requests.structures import CaseInsensitiveDict

from calcom.answers import Received, content_of, reported_limit
from calcom.errors import (
    CalcomAuthFailed,
    CalcomError,
    CalcomMisconfigured,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomRejected,
    CalcomSlotTaken,
    CalcomUnavailable,
    CalcomUnclear,
    CalcomVersionMismatch,
    Where,
)

WHERE = Where(company_id=7, company="Salon Nord", endpoint="GET /bookings/{uid}")


def answer(status: int, body: Any, **headers: str) -> Received:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Received(status, CaseInsensitiveDict({name.replace("_", "-"): text for name, text in headers.items()}), raw)


def envelope(message: str, code: str = "BadRequestException", details: Any = None) -> dict[str, Any]:
    return {
        "status": "error",
        "timestamp": "",
        "path": "",
        "error": {"code": code, "message": message, "details": details},
    }


def error_of(received: Received, *, is_write: bool = False, key: str = "") -> CalcomError:
    with pytest.raises(CalcomError) as caught:
        content_of(received, where=WHERE, is_write=is_write, key=key)
    return caught.value


def test_a_success_is_its_envelope():
    assert content_of(answer(200, {"status": "success", "data": [1]}), where=WHERE, is_write=False)["data"] == [1]


def test_a_success_without_data_is_a_success():
    assert content_of(answer(200, {"status": "success"}), where=WHERE, is_write=True).get("data") is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, envelope("start property is wrong"), CalcomRejected),
        (400, envelope("User either already has booking at this time or is not available"), CalcomSlotTaken),
        (
            400,
            envelope("One of the hosts either already has booking at this time or is not available"),
            CalcomSlotTaken,
        ),
        (400, {"statusCode": 400, "message": "Cancellation reason is required"}, CalcomRejected),
        (401, envelope("CustomThrottlerGuard - Invalid API Key"), CalcomAuthFailed),
        (403, envelope("PermissionsGuard - no authentication provided."), CalcomAuthFailed),
        (498, envelope("ACCESS_TOKEN_IS_EXPIRED", "TokenExpiredException"), CalcomAuthFailed),
        (404, envelope("Booking with uid=x was not found in the database"), CalcomNotFound),
        (404, envelope("Cannot GET /v2/slots?eventTypeId=1"), CalcomVersionMismatch),
        (404, b"<html>nothing here</html>", CalcomVersionMismatch),
        (409, {"statusCode": 409, "message": "booking_conflict_error"}, CalcomSlotTaken),
        (409, {"statusCode": 409, "message": "already_signed_up_for_this_booking_error"}, CalcomRejected),
        (409, envelope("Webhook with this subscriber url already exists for this user"), CalcomRejected),
        (413, {"statusCode": 413, "message": "request entity too large"}, CalcomRejected),
        (422, envelope("This time slot is already reserved by another user."), CalcomSlotTaken),
        (429, envelope("CustomThrottlerGuard - Too many requests.", "ThrottlerException", "text"), CalcomRateLimited),
        (301, b"", CalcomMisconfigured),
        (302, b"<html>moved</html>", CalcomMisconfigured),
        (418, b"I am a teapot", CalcomRejected),
        (400, {"error": "invalid_grant", "error_description": "code_invalid_or_expired"}, CalcomRejected),
    ],
)
def test_each_refusal_has_its_class_for_reads_and_writes(status: int, body: Any, kind: type[CalcomError]):
    assert type(error_of(answer(status, body))) is kind
    assert type(error_of(answer(status, body), is_write=True)) is kind


def test_a_change_that_is_done_and_leads_elsewhere_is_not_sent_again():
    assert type(error_of(answer(303, b""), is_write=True)) is CalcomUnclear
    assert type(error_of(answer(303, b""))) is CalcomMisconfigured


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", {"statusCode": 500, "message": "Internal server error"}])
def test_a_failing_server_leaves_a_write_unclear_and_a_read_to_be_repeated(status: int, body: Any):
    assert isinstance(error_of(answer(status, body), is_write=True), CalcomUnclear)
    assert isinstance(error_of(answer(status, body)), CalcomUnavailable)


@pytest.mark.parametrize(
    "body", [b"<html>Welcome</html>", b"", b'{"status":"success","da', b"[1]", b"NaN", b"[" * 100_000]
)
def test_a_success_that_cannot_be_read_is_no_success(body: bytes):
    assert isinstance(error_of(answer(200, body)), CalcomUnavailable)
    assert isinstance(error_of(answer(201, body), is_write=True), CalcomUnclear)


def test_only_what_did_nothing_may_be_repeated():
    assert CalcomUnavailable.may_retry
    assert CalcomRateLimited.may_retry
    assert not CalcomUnclear.may_retry
    assert not any(kind.may_retry for kind in (CalcomAuthFailed, CalcomNotFound, CalcomSlotTaken, CalcomRejected))


def test_a_429_is_not_believed_to_last_for_days():
    error = error_of(answer(429, b"", Retry_After="999999"))
    assert error.retry_at is not None
    assert error.retry_at <= timezone.now() + timedelta(hours=1)


def test_a_429_says_when_it_is_over():
    error = error_of(answer(429, b"", X_RateLimit_Reset_Default="42", X_RateLimit_Remaining_Default="0"))
    assert error.retry_at is not None
    assert 41 < (error.retry_at - timezone.now()).total_seconds() <= 42


def test_the_text_names_company_endpoint_and_status():
    text = str(error_of(answer(404, envelope("Booking with uid=x was not found in the database"))))
    assert text == "Salon Nord: GET /bookings/{uid}, HTTP 404: Booking with uid=x was not found in the database"


def test_single_complaints_of_the_validation_are_told():
    child = {"property": "a", "children": [], "constraints": {"isEnum": "each value in triggers must be known"}}
    details = {"errors": [{"property": "t", "children": [child], "constraints": {"isUrl": "t must be a URL"}}]}
    reason = error_of(answer(400, envelope("Bad Request Exception", details=details))).reason
    assert reason == "t must be a URL; each value in triggers must be known"


@pytest.mark.parametrize("secret", ["cal_live_0123456789abcdef", "eyJhbGciOi.J9.abc-def"])
def test_keys_and_tokens_are_cut_out_of_what_cal_com_says(secret: str):
    error = error_of(answer(403, envelope(f"no oAuth client found for access token={secret}")))
    assert secret not in str(error)
    assert secret not in error.reason


def test_a_key_of_any_form_is_cut_out():
    assert "my-own-key" not in str(error_of(answer(403, envelope("bad my-own-key")), key="my-own-key"))


@pytest.mark.parametrize("spelt", [str, str.upper, quote, partial(quote, safe=""), lambda key: f"x{key}y"])
def test_a_key_is_cut_out_however_it_is_spelt(spelt: Callable[[str], str]):
    key = "abc+d/ef=Live_key_0001"
    error = error_of(answer(403, envelope(f"bad {spelt(key)}"), X_Request_Id=spelt(key)), key=key)
    assert not re.search("live_key", f"{error} {error.reason} {error.where.request_id}", re.IGNORECASE)


def test_a_request_id_is_short_and_one_line():
    received = answer(400, envelope("no"), X_Request_Id="a\x1b[2J\nb" + "c" * 100)
    assert error_of(received).where.request_id == "a [2J b" + "c" * 57


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("boo\r\nSalon Nord: connected", "boo Salon Nord: connected"),
        ("\x1b]0;title\x07boo", "]0;title boo"),
        ("\ud800 boo \u202eoob", "boo oob"),
        ([[["deep"]], 7, "boo"], "boo"),
        ("physical_location_of_something", "physical_location_of_something"),
    ],
)
def test_words_are_one_line_without_signs_that_steer(said: Any, told: str):
    assert error_of(answer(400, envelope(said))).reason == told


def test_a_million_complaints_are_not_all_read():
    details = {"errors": [0] * 1_000_000 + [{"constraints": {"isUrl": "late"}}]}
    assert error_of(answer(400, envelope("too many", details=details))).reason == "too many"


def test_the_tightest_limit_counts():
    headers = {
        "X-RateLimit-Limit-Default": "120",
        "X-RateLimit-Remaining-Default": "80",
        "X-RateLimit-Reset-Default": "30",
        "x-ratelimit-limit-tiny": "5",
        "x-ratelimit-remaining-tiny": "1",
        "x-ratelimit-reset-tiny": "12",
    }
    reported = reported_limit(headers)
    assert (reported.limit, reported.remaining, reported.reset_s) == (5, 1, 12)


@pytest.mark.parametrize("value", ["", "soon", "-1", "1e9", "99999999999"])
def test_an_absurd_limit_counts_as_not_said(value: str):
    assert reported_limit({"X-RateLimit-Remaining": value, "X-RateLimit-Reset": value}).remaining is None


def test_headers_of_older_servers_and_retry_after_are_understood():
    assert reported_limit({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "9"}).remaining == 3
    assert reported_limit(CaseInsensitiveDict({"Retry-After": "17"})).reset_s == 17
