"""Servers that take their time: no round is held by them, and nothing is sent twice."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from pytest_django import Settings

from companies.alerts import Kind
from companies.models import AlertMessage, AlertSettings, Company, Incident
from config.watch import hook, incidents, outbox
from config.watch.outbox import LEASE, WAITS
from tests.calcom.odd_server import OddServer
from tests.config.watch.conftest import NOON, OWNER, Round


class SlowMail:
    """A mail server that greets without end, a line now and then, until it is told to go on."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.mails: list[bytes] = []
        self.callers = 0
        self.greeting = b"220 here I am\r\n"
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self.listener.accept()
                self.callers += 1
                threading.Thread(target=self._talk, args=(caller,), daemon=True).start()

    def _talk(self, caller: socket.socket) -> None:
        with suppress(OSError), caller, caller.makefile("rb") as said:
            while not self.may_go_on.wait(0.02):
                caller.sendall(self.greeting.replace(b" ", b"-", 1))
            caller.sendall(self.greeting)
            for line in said:
                if line.upper().startswith(b"DATA"):
                    caller.sendall(b"354 go\r\n")
                    self.mails.append(b"".join(iter(said.readline, b".\r\n")))
                caller.sendall(b"250 good\r\n")


@contextmanager
def mails_go_to(
    listener: socket.socket, let_go: threading.Event, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A round is short, and all mails go to that server, which is told to take them at the end."""
    monkeypatch.setattr(outbox, "ROUND_S", 0.3)
    settings.EMAIL_BACKEND, settings.EMAIL_TIMEOUT = "django.core.mail.backends.smtp.EmailBackend", 5
    settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
    yield
    let_go.set()
    until(lambda: outbox._ended.qsize() == len(outbox._under_way))
    outbox.send_due(now=NOON - timedelta(days=1))
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def slow_mail(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowMail]:
    server = SlowMail()
    with mails_go_to(server.listener, server.may_go_on, settings, monkeypatch):
        yield server


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def of_mail() -> AlertMessage:
    return AlertMessage.objects.get(channel="mail")


def test_a_mail_server_that_trickles_holds_no_round_and_no_webhook(
    a_round: Round, company: Company, slow_mail: SlowMail, receiver: OddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "ROUND_S", 3.0)
    url = f"http://127.0.0.1:{receiver.port}/"
    AlertSettings.objects.create(company=company, webhook_url=url, webhook_secret="geheim", may_reach_inside=True)
    for number in range(outbox.AT_ONCE + 1):
        incidents.test(company, now=NOON - timedelta(days=2) + timedelta(hours=number))
    result = a_round(0)
    assert (result.sent, result.failed) == (outbox.AT_ONCE + 1, outbox.AT_ONCE)
    first, *_, last = AlertMessage.objects.filter(channel="mail").order_by("pk")
    assert (first.state, first.error, first.next_at) == ("waiting", "no answer within 3 s", NOON + LEASE)
    assert (last.attempts, slow_mail.callers) == (0, outbox.AT_ONCE)


def test_what_is_late_is_not_begun_again_and_its_success_is_noted(
    a_round: Round, company: Company, slow_mail: SlowMail
) -> None:
    incidents.test(company, now=NOON)
    assert a_round().failed == 1
    assert (a_round(600).failed, of_mail().attempts, slow_mail.callers) == (0, 1, 1)
    slow_mail.may_go_on.set()
    until(lambda: outbox._ended.qsize() == 1)
    assert a_round().sent == 1
    assert (of_mail().state, of_mail().error, len(slow_mail.mails)) == ("sent", "", 1)
    assert OWNER.encode() in slow_mail.mails[0]


def test_what_went_out_late_is_sent_even_if_it_was_given_up(
    a_round: Round, company: Company, slow_mail: SlowMail
) -> None:
    incidents.test(company, now=NOON)
    AlertMessage.objects.update(attempts=len(WAITS))
    a_round()
    assert of_mail().state == "failed"
    slow_mail.may_go_on.set()
    until(lambda: outbox._ended.qsize() == 1)
    a_round()
    assert of_mail().state == "sent"


def test_what_fails_late_and_is_not_needed_any_more_is_not_tried_again(
    a_round: Round, company: Company, slow_mail: SlowMail
) -> None:
    slow_mail.greeting = b"554 not today\r\n"
    incidents.test(company, now=NOON)
    a_round()
    AlertMessage.objects.update(state="dropped")
    slow_mail.may_go_on.set()
    until(lambda: outbox._ended.qsize() == 1)
    assert a_round().failed == 1
    assert of_mail().state == "dropped"


def test_a_name_that_nobody_looks_up_holds_no_round_and_is_not_followed_late(
    a_round: Round, company: Company, receiver: OddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on, look_up = threading.Event(), socket.getaddrinfo

    def slowly(host: str, *args: object, **kwargs: object) -> list[object]:
        if host != "slow.example.com":
            return list(look_up(host, *args, **kwargs))  # type: ignore[arg-type]  # as it is called
        may_go_on.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    monkeypatch.setattr(outbox, "ROUND_S", 2.0)
    monkeypatch.setattr(hook, "WHOLE_S", 0.1)
    url = f"https://slow.example.com:{receiver.port}/"
    AlertSettings.objects.create(company=company, webhook_url=url, webhook_secret="geheim", may_reach_inside=True)
    incidents.test(company, now=NOON)
    assert (a_round().sent, a_round().sent) == (1, 0)
    may_go_on.set()
    until(lambda: outbox._ended.qsize() == 1)
    assert a_round().failed == 1
    assert (AlertMessage.objects.get(channel="webhook").error, receiver.asked) == ("no answer within 0 s", [])
    assert Incident.objects.get().kind == Kind.TEST
