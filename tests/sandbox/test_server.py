"""The sandbox over a real socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from calcom.sandbox.app import Sandbox
from calcom.sandbox.sample import OWNER_KEY, sample_world
from calcom.sandbox.server import RunningSandbox, running_sandbox

TYPE = {"title": "Haircut", "slug": "cut", "lengthInMinutes": 60}


def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(Sandbox(sample_world())) as server:
        yield server


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers.update({"Authorization": f"Bearer {OWNER_KEY}", "cal-api-version": "2024-06-14"})
        yield session


def test_a_connection_serves_many_requests(running: RunningSandbox, session: requests.Session) -> None:
    assert session.get(f"{running.url}/me").json()["data"]["username"] == "olga"
    before = len(running.server._open)
    assert session.post(f"{running.url}/event-types", json=TYPE).status_code == 201
    assert len(running.server._open) == before == 1


def test_umlauts_survive(running: RunningSandbox, session: requests.Session) -> None:
    made = session.post(f"{running.url}/event-types", json=TYPE | {"title": "Färben – groß"}).json()
    assert made["data"]["title"] == "Färben – groß"


def test_a_huge_body_is_refused_without_breaking_the_connection(
    running: RunningSandbox, session: requests.Session
) -> None:
    answer = session.post(f"{running.url}/event-types", data=b"x" * 2_000_000)
    assert (answer.status_code, answer.json()["message"]) == (413, "request entity too large")
    assert session.get(f"{running.url}/me").status_code == 200


def test_one_slow_answer_holds_up_nobody(running: RunningSandbox, session: requests.Session) -> None:
    running.sandbox.faults.add("latency", seconds=600, match={"path": "/me$"})
    with pytest.raises(requests.Timeout):
        session.get(f"{running.url}/me", timeout=0.1)
    assert session.get(f"{running.url}/event-types").status_code == 200


def test_many_threads_write_at_once(running: RunningSandbox) -> None:
    headers = {"Authorization": f"Bearer {OWNER_KEY}", "cal-api-version": "2024-06-14"}
    answers: list[int] = []

    def create(number: int) -> None:
        body = TYPE | {"slug": f"cut-{number % 4}"}
        answers.append(requests.post(f"{running.url}/event-types", json=body, headers=headers).status_code)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] * 4 + [400] * 8


@pytest.mark.parametrize("where", ["before", "middle"])
def test_a_connection_is_cut(running: RunningSandbox, session: requests.Session, where: str) -> None:
    running.sandbox.faults.add("cut", where=where, times=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        session.get(f"{running.url}/me")
    assert session.get(f"{running.url}/me").status_code == 200


def test_a_write_completes_after_the_clients_timeout(running: RunningSandbox, session: requests.Session) -> None:
    running.sandbox.faults.add("late_write", seconds=0.3, times=1)
    with pytest.raises(requests.Timeout):
        session.post(f"{running.url}/event-types", json=TYPE, timeout=0.1)
    _until(lambda: session.get(f"{running.url}/event-types").json()["data"])


def test_a_late_write_may_cut_the_client_off_at_once(running: RunningSandbox, session: requests.Session) -> None:
    running.sandbox.faults.add("late_write", seconds=30, hold_seconds=0, times=1)
    with pytest.raises(requests.ConnectionError):
        session.post(f"{running.url}/event-types", json=TYPE)
    assert session.get(f"{running.url}/event-types").json()["data"] == []


def test_closing_wakes_those_who_sleep() -> None:
    ends: list[BaseException] = []

    def ask(url: str) -> None:
        try:
            requests.get(f"{url}/me").raise_for_status()
        except requests.RequestException as error:
            ends.append(error)

    with running_sandbox(Sandbox(sample_world())) as running:
        running.sandbox.faults.add("latency", seconds=3600, times=1)
        waiting = threading.Thread(target=ask, args=(running.url,))
        waiting.start()
        _until(lambda: not running.sandbox.faults.as_json())
    waiting.join()
    assert len(ends) == 1


def test_rubbish_ends_the_connection(running: RunningSandbox) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as rubbish:
        rubbish.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert rubbish.recv(100) == b""
