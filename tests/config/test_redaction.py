"""What never gets into a log, and what stays readable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from config.redaction import redact, without_secrets

SECRETS = [
    "cal_live_0123456789abcdef0123456789abcdef",
    "Abcdef12.abcdefghijklmnopqrstuvwxyz012345",
    "gAAAAABm0123456789abcdefghijklmnopqrstuvwxyz-_A==",
    "Authorization: Bearer hush-hush",
    "bearer  hush-hush.more",
    "Api-Key hush-hush",
    "Authorization: Basic aHVzaDpodXNo",
    "GET https://api.cal.com/v1/bookings?apiKey=hush-hush&take=1",
    '{"api_key": "hush-hush", "take": 1}',
    "{'calcom_api_key': 'hush-hush'}",
    "webhook_secret=hush-hush",
    "password: hush-hush",
    "Cookie: sessionid=hush-hush; csrftoken=hush-hush",
    "X-Cal-Signature-256: hush-hush",
    "postgres://me:hush-hush@127.0.0.1:5432/x",
    "redis://:hush-hush@127.0.0.1:6379/0",
    "POST /api/webhooks/calcom/hush-hush",
    "GET /admin/password_reset/MQ/hush-hush/",
    "GET /v2/bookings/hush-hush/attendees",
    "GET /v2/bookings/by-seat/hush-hush",
    "DELETE /v2/slots/reservations/hush-hush",
]
PEOPLE = [
    "hush@example.com",
    "<hush.hush+tag@mail.example.co.uk>",
    "hüsh@exämple.de",
    "(email)=(hush@example.com)",
    "GET /admin/appointments/appointment/?q=hush%40example.com&p=2",
    "GET /admin/appointments/appointment/?q=Hush+Hush",
    "GET /admin/autocomplete/?term=Hush&app_label=appointments",
    "+49301234567",
    "+49 (0)30 123 45 67",
    "0049 30 1234567",
    "030/1234567",
    "0301234567",
    "?phone=%2B49301234567",
    'DETAIL:  Failing row contains (1, "Hush Hush", +49301234567).',
    "DETAIL:  Failing row contains (1, likes tea\n\nHush Hush, Berlin).",
    "CONTEXT:  COPY customers, line 1, column name: Hush",
    "[type=string_type, input_value='Hush Hush', input_type=str]",
]
KEPT = [
    "5f0bb1f2-52f3-5d4c-9a52-0d9b1a5b5b6e",
    "00000000-0000-0000-0000-000000000000",
    "2026-12-01T09:30:00.123456+01:00",
    "2026-12-01 09:30:00Z",
    "GET /bookings/{uid}/cancel",
    "GET /api/v1/appointments/?page_size=50&starts_from=2026-12-01T00:00:00Z",
    "webhooks.no_secret",
    "127.0.0.1:8000",
    "0.0001 of 100000000",
    "celery@worker-1",
    "company 17, appointment 123456789, sqlstate 08006",
    'File "/srv/slotkeeper/webhooks/drain.py", line 1200, in _work',
    'WWW-Authenticate: Bearer realm="Slotkeeper"',
]


def logged(**fields: Any) -> dict[str, Any]:
    told: dict[str, Any] = redact(None, "info", {"event": "x", **fields})
    return told


@pytest.mark.parametrize("text", [*SECRETS, *PEOPLE])
def test_what_is_hidden(text: str):
    told = without_secrets(f"before {text} after")
    assert "…" in told
    parts = ("hush", "hüsh", "cal_live", "gaaaa", "abcdef12", "1234567", "123 45")
    assert not any(part in told.lower() for part in parts)
    assert told.startswith("before ")


@pytest.mark.parametrize("text", KEPT)
def test_what_stays(text: str):
    assert without_secrets(text) == text


def test_a_secret_is_hidden_by_the_name_of_its_field():
    told = logged(api_key="abc", webhook_secret="abc", token=12345, phone=49301234567, name="Ada")
    assert {told[name] for name in ("api_key", "webhook_secret", "token", "phone", "name")} == {"…"}


def test_what_is_empty_is_seen_to_be_empty():
    assert logged(email="", payload=None) == {"event": "x", "email": "", "payload": None}


def test_nothing_is_too_deep_or_too_strange():
    @dataclass
    class Person:
        address: str

    told = logged(
        people=[{"who": Person("ada@example.com"), "at": ("ada@example.com", b"ada@example.com")}],
        error=ValueError("ada@example.com"),
        ids={UUID(int=7)},
        at=datetime(2026, 12, 1, tzinfo=UTC),
    )
    assert "ada" not in str(told)
    assert told["ids"] == [str(UUID(int=7))]
    assert told["at"] == "2026-12-01 00:00:00+00:00"


def test_what_refers_to_itself_ends():
    loop: list[Any] = []
    loop.append(loop)
    assert logged(loop=loop)["event"] == "x"


def test_ids_of_ours_are_left_alone():
    told = logged(request_id="0301234567", delivery_id="0301234567", timestamp="0301234567")
    assert {told[name] for name in ("request_id", "delivery_id", "timestamp")} == {"0301234567"}


def test_a_long_text_takes_no_longer_than_its_length():
    text = "a@" * 20_000 + "+4" * 20_000 + "0" * 20_000 + " token" * 5_000
    assert without_secrets(text)
