"""The signed outgoing webhook: to whom it goes, what it says, and what becomes of it."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from companies.models import AlertMessage, AlertSettings, Company
from companies.validators import hook_address
from config.watch import hook, incidents
from config.watch.outbox import WAITS
from config.watch.sending import NotSent
from tests.calcom.odd_server import OddServer, http, raw
from tests.config.watch.conftest import NOON, Round, states

SECRET = "hook-geheim-ü"


@pytest.fixture
def hooked(company: Company, receiver: OddServer) -> AlertSettings:
    return AlertSettings.objects.create(
        company=company,
        addresses="",
        webhook_url=f"http://127.0.0.1:{receiver.port}/alerts?for=salon",
        webhook_secret=SECRET,
        may_reach_inside=True,
    )


@pytest.fixture
def by_hook(hooked: AlertSettings, company: Company) -> AlertMessage:
    """A message that waits."""
    incidents.test(company, now=NOON)
    return AlertMessage.objects.get(channel="webhook")


def test_it_is_signed_over_its_body_and_known_by_its_id(a_round, by_hook: AlertMessage, receiver: OddServer) -> None:
    a_round()
    head, _, body = receiver.asked[0].partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert head.startswith(b"POST /alerts?for=salon HTTP/1.1")
    assert (
        headers["X-Slotkeeper-Signature-256"] == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    )
    assert headers["X-Slotkeeper-Delivery"] == str(by_hook.uuid) == json.loads(body)["id"]


def test_it_says_what_is_the_matter_in_english(a_round, by_hook: AlertMessage, receiver: OddServer, settings) -> None:
    settings.LANGUAGE_CODE = "de"
    a_round()
    told = json.loads(receiver.asked[0].partition(b"\r\n\r\n")[2])
    assert (told["event"], told["kind"], told["company"]["slug"]) == ("incident.test", "test", "salon-nord")
    assert told["text"] == "Salon Nord: test. This is a test of the alerts."
    by_hook.refresh_from_db()
    assert (by_hook.state, by_hook.attempts, by_hook.error) == ("sent", 1, "")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http("500 Oops", b"secret words"), "the receiver answered 500"),
        (http("302 Found", b"", "Location: http://127.0.0.1:9/elsewhere"), "the receiver answered 302"),
        (raw(b"SSH-2.0-OpenSSH\r\n"), "no connection, or it was cut (ValueError)"),
        (raw(b""), "no connection, or it was cut (ValueError)"),
    ],
)
def test_what_is_not_taken_is_tried_again(a_round, by_hook, receiver: OddServer, answer, error: str) -> None:
    receiver.answers_with(answer, http("200 OK", b""))
    result = a_round(0)
    by_hook.refresh_from_db()
    assert (result.failed, by_hook.state, by_hook.error) == (1, "waiting", error)
    assert by_hook.next_at == NOON + WAITS[0]
    a_round(WAITS[0].total_seconds())
    by_hook.refresh_from_db()
    assert (by_hook.state, by_hook.attempts, len(receiver.asked)) == ("sent", 2, 2)


def test_after_the_last_try_it_is_given_up(a_round: Round, by_hook: AlertMessage, receiver: OddServer) -> None:
    receiver.answers_with(http("410 Gone", b""))
    a_round(0)
    for wait in WAITS:
        a_round(wait.total_seconds())
    a_round(24 * 3600)
    by_hook.refresh_from_db()
    assert (by_hook.state, len(receiver.asked)) == ("failed", len(WAITS) + 1)


def test_the_mail_goes_out_all_the_same(a_round, by_hook, receiver: OddServer, mailoutbox) -> None:
    receiver.answers_with(http("500 Oops", b""))
    a_round()
    assert len(mailoutbox) == 1
    assert sorted(states()) == [("test", "sent"), ("test", "waiting")]


def test_a_mail_server_that_says_nothing_keeps_no_webhook_waiting(
    a_round, by_hook, receiver: OddServer, settings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND, settings.EMAIL_TIMEOUT = "django.core.mail.backends.smtp.EmailBackend", 0.2
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        assert a_round().failed == 1
    assert len(receiver.asked) == 1
    assert AlertMessage.objects.get(channel="mail").error.startswith("the mail server cannot be reached")


def test_an_address_that_was_taken_out_gets_nothing_more(a_round, by_hook, hooked, receiver: OddServer) -> None:
    AlertSettings.objects.update(webhook_url="")
    a_round()
    by_hook.refresh_from_db()
    assert (by_hook.state, receiver.asked) == ("dropped", [])


def test_who_does_not_answer_is_left_in_time(by_hook: AlertMessage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "WHOLE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(NotSent, match="no answer within"):
            hook.post(url, b"{}", {}, may_reach_inside=True)


def test_a_name_that_leads_inside_is_not_followed(receiver: OddServer, monkeypatch: pytest.MonkeyPatch) -> None:
    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: here)
    with pytest.raises(NotSent, match="only an operator"):
        hook.post("https://alerts.example.com/", b"{}", {}, may_reach_inside=False)
    assert receiver.asked == []


def test_without_a_certificate_that_fits_nothing_is_sent(receiver: OddServer) -> None:
    with pytest.raises(NotSent):
        hook.post(f"https://127.0.0.1:{receiver.port}/", b"secret", {}, may_reach_inside=True)
    assert b"secret" not in b"".join(receiver.asked)


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.example.com/x",
        "https://user:pw@hooks.example.com/",
        "https://hooks.example.com/#x",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/a\r\nX-Injected: 1",
        "ftp://hooks.example.com/",
        "https:///x",
        "hooks.example.com",
        "https://hooks.example.com:0/",
    ],
)
def test_addresses_that_will_not_do(address: str) -> None:
    with pytest.raises(ValidationError):
        hook_address(address)


def test_an_address_in_its_one_spelling() -> None:
    assert hook_address(" HTTPS://Hooks.Example.com.:443?a=b ") == "https://hooks.example.com/?a=b"
    assert hook_address("") == ""


def test_a_message_left_by_a_process_that_died_is_sent_again(a_round, by_hook, receiver: OddServer) -> None:
    AlertMessage.objects.update(attempts=1, next_at=NOON + timedelta(minutes=2))
    a_round(60)
    assert receiver.asked == []
    a_round(61)
    assert len(receiver.asked) == 1
