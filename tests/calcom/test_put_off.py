"""What a thread has put off is done while it waits for Cal.com, and neither counts as its time nor shortens it."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import structlog

from calcom.account import access_of
from calcom.guard import Lane
from calcom.transport import Call, send
from companies import meanwhile
from companies.models import Company
from tests.calcom.odd_server import OddServer, http, odd_server
from tests.calcom.test_broken_encryption import certificate
from tests.factories import CompanyFactory

__all__ = ["certificate"]

READ = Call("GET", "/me", "/me")
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"status":"success"}'
KEY = "cal_test_key_of_nobody_0001"


@pytest.fixture
def server() -> Iterator[OddServer]:
    with odd_server() as running:
        yield running


@pytest.fixture
def company(db: None, server: OddServer) -> Company:
    return CompanyFactory.create(calcom_api_key=KEY, calcom_base_url=server.url)


def ask(company: Company) -> None:
    send(access_of(company), READ, lane=Lane.INTERACTIVE)


def twice(before_the_second: Callable[[], object]) -> Callable[[socket.socket], None]:
    """Two answers on one connection."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(ANSWER)
        connection.recv(65_536)
        before_the_second()
        connection.sendall(ANSWER)
        connection.recv(65_536)

    return answer


def test_it_is_done_while_the_server_works(company: Company, server: OddServer):
    """The server does not answer before."""
    done = threading.Event()
    server.answers_with(twice(partial(done.wait, 5)))
    ask(company)
    with meanwhile.keeping():
        meanwhile.keep(done.set)
        ask(company)
    assert (done.is_set(), len(server.asked)) == (True, 1)


def test_it_is_not_put_off_until_somebody_answers_at_all(company: Company, server: OddServer):
    asked: list[int] = []
    server.answers_with(http("200 OK", b'{"status":"success"}'))
    with meanwhile.keeping():
        meanwhile.keep(lambda: asked.append(len(server.asked)))
        ask(company)
        assert (asked, len(server.asked)) == ([0], 1)


def told_ms(company: Company, *, put_off_s: float) -> int:
    """How long the log says that a call took."""
    with structlog.testing.capture_logs() as lines, meanwhile.keeping():
        meanwhile.keep(partial(time.sleep, put_off_s))
        ask(company)
    return next(int(line["milliseconds"]) for line in lines if line["event"] == "calcom.answered")


def test_on_a_new_connection_it_is_not_taken_for_time_of_cal_com(company: Company, server: OddServer):
    server.answers_with(http("200 OK", b'{"status":"success"}'))
    assert told_ms(company, put_off_s=1) < 1000


def test_nor_on_one_on_which_the_answer_came_meanwhile(company: Company, server: OddServer):
    server.answers_with(twice(lambda: None))
    ask(company)
    assert told_ms(company, put_off_s=1) < 1000


def test_where_cal_com_takes_longer_all_of_it_is_its_time(company: Company, server: OddServer):
    server.answers_with(twice(partial(time.sleep, 0.5)))
    ask(company)
    assert told_ms(company, put_off_s=0.2) >= 500


def test_it_takes_nothing_of_the_time_that_an_answer_has(company: Company, server: OddServer, settings):
    settings.CALCOM_READ_TIMEOUT_S = 0.5
    server.answers_with(twice(partial(time.sleep, 0.8)))
    ask(company)
    with meanwhile.keeping():
        meanwhile.keep(partial(time.sleep, 0.7))
        ask(company)
    assert len(server.asked) == 1


def test_the_same_over_tls(db: None, certificate: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    events: list[str] = []
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                bare, _ = listener.accept()
                events.append("connected")
                connection = context.wrap_socket(bare, server_side=True)
                connection.recv(65_536)
                twice(partial(done.wait, 5))(connection)

        threading.Thread(target=serve, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/v2"
        company = CompanyFactory.create(calcom_api_key=KEY, calcom_base_url=url)
        with meanwhile.keeping():
            meanwhile.keep(partial(events.append, "before it connected"))
            ask(company)
            meanwhile.keep(done.set)
            ask(company)
    assert (events, done.is_set()) == (["before it connected", "connected"], True)
