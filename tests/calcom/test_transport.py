"""One request over a real socket, to a server that misbehaves in every way we could think of."""

from __future__ import annotations

import gzip
import os
import socket
import time
from collections.abc import Iterator

import pytest
import structlog
from django_redis import get_redis_connection

from calcom import guard, sessions
from calcom.account import access_of
from calcom.errors import (
    CalcomAuthFailed,
    CalcomError,
    CalcomMisconfigured,
    CalcomRateLimited,
    CalcomRejected,
    CalcomUnavailable,
    CalcomUnclear,
)
from calcom.guard import Lane
from calcom.transport import Call, send
from calcom.versions import Group
from companies.models import Company
from tests.calcom.odd_server import OddServer, http, odd_server, raw
from tests.factories import CompanyFactory

KEY = "cal_test_key_of_nobody_0001"
READ = Call("GET", "/me", "/me")
WRITE = Call("POST", "/bookings", "/bookings", Group.BOOKINGS, body={"start": "2027-01-04T09:00:00Z"})
OK = http("200 OK", b'{"status":"success","data":{"id":1}}')


@pytest.fixture(autouse=True)
def _quick(settings) -> None:
    settings.CALCOM_CONNECT_TIMEOUT_S = 0.5
    settings.CALCOM_READ_TIMEOUT_S = 0.5


@pytest.fixture
def server() -> Iterator[OddServer]:
    with odd_server() as running:
        yield running


@pytest.fixture
def company(db, server: OddServer) -> Company:
    return CompanyFactory.create(name="Salon Nord", calcom_api_key=KEY, calcom_base_url=server.url)


def error_of(company: Company, call: Call) -> CalcomError:
    with pytest.raises(CalcomError) as caught:
        send(access_of(company), call, lane=Lane.INTERACTIVE)
    assert KEY not in str(caught.value)
    assert "Salon Nord" in str(caught.value)
    return caught.value


def test_key_and_version_travel_in_headers(company: Company, server: OddServer):
    server.answers_with(OK)
    assert send(access_of(company), WRITE, lane=Lane.INTERACTIVE)["data"] == {"id": 1}
    head = server.asked[0].decode().lower()
    assert head.startswith("post /v2/bookings http/1.1")
    assert f"authorization: bearer {KEY}" in head
    assert "cal-api-version: 2024-08-13" in head


def test_endpoints_without_a_version_send_none(company: Company, server: OddServer):
    server.answers_with(OK)
    send(access_of(company), READ, lane=Lane.INTERACTIVE)
    assert b"cal-api-version" not in server.asked[0].lower()


def test_a_company_may_name_other_versions(company: Company, server: OddServer):
    server.answers_with(OK)
    company.calcom_api_versions = {"bookings": "2026-02-25"}
    send(access_of(company), WRITE, lane=Lane.INTERACTIVE)
    assert b"cal-api-version: 2026-02-25" in server.asked[0].lower()


@pytest.mark.parametrize(
    "cut",
    [
        raw(b""),
        raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
        raw(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"status":"succ'),
        raw(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"status"'),
        raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"),
        raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        http("502 Bad Gateway", b"<html>Bad gateway</html>"),
        http("200 OK", b"<html>Welcome</html>"),
    ],
)
def test_half_an_answer_leaves_a_write_unclear_and_a_read_unavailable(company: Company, server: OddServer, cut):
    server.answers_with(cut)
    assert isinstance(error_of(company, WRITE), CalcomUnclear)
    assert isinstance(error_of(company, READ), CalcomUnavailable)


def test_silence_ends_at_the_timeout(company: Company, server: OddServer):
    server.answers_with(raw(b"", then=lambda connection: time.sleep(1.5)))
    assert isinstance(error_of(company, WRITE), CalcomUnclear)
    assert "no answer in time" in str(error_of(company, READ))


def test_a_byte_now_and_then_does_not_keep_us_for_ever(company: Company, server: OddServer):
    def drip(connection: socket.socket) -> None:
        for _ in range(40):
            connection.sendall(b" ")
            time.sleep(0.1)

    server.answers_with(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", then=drip))
    error_of(company, READ)
    assert len(server.asked) == 1


def test_headers_that_drip_do_not_keep_us_for_ever(company: Company, server: OddServer):
    last: list[float] = []

    def drip(connection: socket.socket) -> None:
        for _ in range(100):
            connection.sendall(b"a")
            last.append(time.monotonic())
            time.sleep(0.1)

    server.answers_with(raw(b"HTTP/1.1 200 OK\r\nX-Slow: ", then=drip))
    assert "no answer in time" in str(error_of(company, READ))
    assert len(last) < 100


def test_a_connection_that_was_slow_to_answer_is_used_again(company: Company, server: OddServer):
    def slow_then_quick(connection: socket.socket) -> None:
        for pause_s in (0.4, 0.2):
            time.sleep(pause_s)
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"status":"success"}')
            connection.recv(65_536)

    server.answers_with(slow_then_quick)
    for _ in range(2):
        send(access_of(company), READ, lane=Lane.INTERACTIVE)
    assert len(server.asked) == 1


def test_an_endless_answer_is_not_read_to_its_end(company: Company, server: OddServer, settings):
    settings.CALCOM_READ_TIMEOUT_S = 20
    server.answers_with(http("200 OK", b'{"status":"success","data":"' + b"x" * 50_000_000 + b'"}'))
    assert "more than 10 MB" in str(error_of(company, READ))


def test_nobody_there_means_nothing_was_written(company: Company):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    company.calcom_base_url = f"http://127.0.0.1:{port}/v2"
    assert isinstance(error_of(company, WRITE), CalcomUnavailable)


def test_the_key_does_not_follow_a_redirect(company: Company, server: OddServer):
    with odd_server() as elsewhere:
        elsewhere.answers_with(OK)
        server.answers_with(http("302 Found", b"", f"Location: {elsewhere.url}/me"))
        assert isinstance(error_of(company, READ), CalcomMisconfigured)
        assert elsewhere.asked == []


def test_the_body_of_a_redirect_is_not_read_to_its_end(company: Company, server: OddServer):
    server.answers_with(http("302 Found", gzip.compress(b" " * 50_000_000), "Location: /me", "Content-Encoding: gzip"))
    assert "more than 10 MB" in str(error_of(company, READ))


@pytest.mark.parametrize("location", ["http://[::1", "//[", "https://x:abc/", "http://.example.com/", "gopher://x"])
def test_a_redirect_to_nowhere_is_a_redirect(company: Company, server: OddServer, location: str):
    server.answers_with(http("302 Found", b"", f"Location: {location}"))
    assert isinstance(error_of(company, READ), CalcomMisconfigured)


@pytest.mark.parametrize("call", [READ, WRITE])
def test_a_host_that_cannot_be_one_is_an_error_of_ours(company: Company, call: Call):
    company.calcom_base_url = f"https://{'a' * 63}.{'b' * 200}.example.com/v2"
    assert isinstance(error_of(company, call), CalcomUnavailable | CalcomMisconfigured)


def test_a_netrc_of_the_machine_does_not_replace_the_key(company: Company, server: OddServer, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.answers_with(OK)
    send(access_of(company), READ, lane=Lane.INTERACTIVE)
    assert KEY.encode() in server.asked[0]


@pytest.mark.parametrize("excepted", ["", "127.0.0.1"])
def test_the_way_goes_by_the_proxy_of_the_environment_unless_the_host_is_excepted(
    company: Company, server: OddServer, monkeypatch: pytest.MonkeyPatch, excepted: str
):
    monkeypatch.setenv("http_proxy", company.calcom_base_url.removesuffix("/v2"))
    monkeypatch.setenv("no_proxy", excepted)
    company.calcom_base_url = f"http://127.0.0.1:{1 + len(excepted)}/v2"  # nobody listens there; a host of its own
    server.answers_with(OK)
    if excepted:
        assert isinstance(error_of(company, READ), CalcomUnavailable)
    else:
        send(access_of(company), READ, lane=Lane.INTERACTIVE)
        assert server.asked[0].startswith(b"GET http://127.0.0.1:1/v2/me")


def test_cookies_are_not_carried_from_company_to_company(company: Company, server: OddServer):
    server.answers_with(http("200 OK", b'{"status":"success"}', "Set-Cookie: session=of-one-company; Path=/"), OK)
    send(access_of(company), READ, lane=Lane.INTERACTIVE)
    send(access_of(company), READ, lane=Lane.INTERACTIVE)
    assert b"of-one-company" not in server.asked[1]


def test_each_answer_is_logged_with_cal_coms_number_and_without_uid_or_key(company: Company, server: OddServer):
    server.answers_with(http("200 OK", b'{"status":"success"}', "X-Request-Id: req-17"))
    call = Call("GET", "/bookings/{uid}", "/bookings/secretUid0000000000001", Group.BOOKINGS)
    with structlog.testing.capture_logs() as lines:
        send(access_of(company), call, lane=Lane.INTERACTIVE)
    assert [line["calcom_request_id"] for line in lines if line["event"] == "calcom.answered"] == ["req-17"]
    assert "secretUid" not in str(lines)
    assert KEY not in str(lines)


def test_a_forked_child_opens_connections_of_its_own(company: Company, server: OddServer):
    server.answers_with(http("200 OK", b'{"status":"success"}'))
    access = access_of(company)
    send(access, READ, lane=Lane.INTERACTIVE)
    child = os.fork()
    if child == 0:
        os._exit(0 if sessions.is_empty() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_429_stops_the_next_call_before_it_is_sent(company: Company, server: OddServer):
    limited = http("429 Too Many Requests", b"", "X-RateLimit-Remaining-Default: 0", "X-RateLimit-Reset-Default: 42")
    server.answers_with(limited)
    assert isinstance(error_of(company, READ), CalcomRateLimited)
    assert isinstance(error_of(company, READ), CalcomRateLimited)
    assert len(server.asked) == 1


def test_five_failures_open_the_circuit_and_a_refusal_does_not_count(company: Company, server: OddServer):
    server.answers_with(http("503 Service Unavailable", b""))
    for _ in range(5):
        error_of(company, READ)
    error = error_of(company, READ)
    assert isinstance(error, CalcomUnavailable)
    assert error.retry_at is not None
    assert f"not asked until {error.retry_at:%H:%M:%S} UTC" in str(error)
    assert "circuit_reset" in str(error)
    assert len(server.asked) == 5


def test_a_used_up_budget_says_until_when(company: Company, server: OddServer):
    server.answers_with(OK)
    company.requests_per_minute = 1
    send(access_of(company), READ, lane=Lane.INTERACTIVE)
    error = error_of(company, READ)
    assert error.retry_at is not None
    assert f"no more requests until {error.retry_at:%H:%M:%S} UTC" in str(error)


def test_with_our_counters_away_nobody_is_told_that_cal_com_fails(company: Company, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    with pytest.raises(CalcomUnavailable, match="our own counters"):
        send(access_of(company), READ, lane=Lane.BACKGROUND)


def test_refusals_leave_the_circuit_closed(company: Company, server: OddServer):
    server.answers_with(http("400 Bad Request", b'{"statusCode":400,"message":"no"}'))
    for _ in range(8):
        assert isinstance(error_of(company, READ), CalcomRejected)
    assert len(server.asked) == 8


@pytest.mark.parametrize(("status", "is_refused"), [("401 No", True), ("498 Old", True), ("403 No", False)])
def test_a_key_that_is_refused_is_remembered(company, server: OddServer, status: str, is_refused: bool):
    get_redis_connection("default").flushdb()
    server.answers_with(http(status, b'{"status":"error","error":{"message":"no"}}'))
    assert isinstance(error_of(company, READ), CalcomAuthFailed)
    known = guard.status(access_of(company).account)
    assert (known.key_refused_since is not None) == is_refused
