"""Mails that a server takes for ever over: the others go, and nothing is held for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from pytest_django import Settings

from companies.models import AlertMessage, AlertSettings, Company
from config.watch import incidents, outbox, smtp
from tests.config.watch.conftest import NOON, Round
from tests.config.watch.test_late import mails_go_to, until

SLOW = [f"slow{number}@example.com" for number in range(outbox.AT_ONCE + 1)]
QUICK = ["quick1@example.com", "quick2@example.com"]


class Trickling:
    """A mail server that takes mails at once, but answers for slow ones without end, a line now and then."""

    def __init__(self) -> None:
        self.is_over = threading.Event()
        self.talks: set[socket.socket] = set()
        self.most = 0
        self.taken: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self.listener.accept()
                self.talks.add(caller)
                self.most = max(self.most, len(self.talks))
                threading.Thread(target=self._talk, args=(caller,), daemon=True).start()

    def _talk(self, caller: socket.socket) -> None:
        with suppress(OSError), caller, caller.makefile("rb") as said:
            caller.sendall(b"220 here I am\r\n")
            for line in said:
                command = line.decode().strip()
                if command.upper().startswith("RCPT"):
                    self._ponder(caller, command)
                    self.taken.append(command.partition("<")[2].rstrip(">"))
                if command.upper() == "DATA":
                    caller.sendall(b"354 go\r\n")
                    list(iter(said.readline, b".\r\n"))
                caller.sendall(b"250 good\r\n")
        self.talks.discard(caller)

    def _ponder(self, caller: socket.socket, command: str) -> None:
        while "<slow" in command and not self.is_over.wait(0.02):
            caller.sendall(b"250-hm\r\n")


@pytest.fixture
def trickling(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trickling]:
    server = Trickling()
    with mails_go_to(server.listener, server.is_over, settings, monkeypatch):
        yield server


@pytest.fixture
def told(company: Company, trickling: Trickling) -> None:
    """A message to each, those that trickle first."""
    AlertSettings.objects.create(company=company, addresses="\n".join(SLOW + QUICK))
    incidents.test(company, now=NOON)


def sent() -> list[str]:
    return list(AlertMessage.objects.filter(state="sent").order_by("pk").values_list("address", flat=True))


@pytest.mark.usefixtures("told")
def test_while_some_trickle_the_others_go(
    a_round: Round, trickling: Trickling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "ROUND_S", 2.0)
    assert a_round(0).failed == outbox.AT_ONCE
    assert (a_round().sent, sent(), sorted(trickling.taken)) == (2, QUICK, QUICK)
    assert set(outbox._under_way) == {one.pk for one in AlertMessage.objects.filter(address__in=SLOW)}


@pytest.mark.usefixtures("told")
def test_a_mail_that_trickles_is_left_after_a_while(
    a_round: Round, trickling: Trickling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "WHOLE_S", 1.5)
    a_round(0)
    a_round()
    until(lambda: outbox._ended.qsize() == len(outbox._under_way) and not trickling.talks)
    a_round(0)
    slow = AlertMessage.objects.filter(address__in=SLOW)
    assert set(slow.values_list("state", "error")) == {("waiting", "the mail server did not take it within 2 s")}
    assert not outbox._under_way
    trickling.is_over.set()
    monkeypatch.setattr(outbox, "ROUND_S", 5.0)
    assert (a_round(600).sent, sent()) == (len(SLOW), SLOW + QUICK)


@pytest.mark.usefixtures("told")
def test_there_are_never_more_than_so_many(
    a_round: Round, trickling: Trickling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AT_ONCE", 3)
    monkeypatch.setattr(outbox, "WITH_LATE", 5)
    assert [a_round(0).failed for _ in range(3)] == [3, 2, 0]
    until(lambda: trickling.most == 5)
    assert (len(outbox._under_way), len(trickling.talks), sent()) == (5, 5, [])
