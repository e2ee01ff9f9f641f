"""The load: clients in processes of their own that send requests made beforehand, and keep their connections a while.

A client does nothing but send bytes and read the answer: about 90 us of CPU for a request. It connects again after
some requests, because gunicorn's workers share connections out by chance: kept for ever, seven of eight may stay with
one worker, and its lock would be measured instead of the endpoint.
"""

from __future__ import annotations

import multiprocessing
import re
import socket
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.world import Tenant
from config.demo.bodies import sign

_PATIENCE_S = 30.0
_REQUESTS_PER_CONNECTION = 10
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Outcome:
    """What the clients saw together."""

    requests: int
    seconds: float
    latencies_ms: list[float]

    @property
    def rate(self) -> float:
        """Requests per second, from the first one's start to the last one's end."""
        return self.requests / self.seconds

    @property
    def p99_ms(self) -> float:
        """The 99th percentile of the answers' times."""
        return statistics.quantiles(self.latencies_ms, n=100)[98]


@dataclass(frozen=True)
class Pace:
    """When a client sends: every `pause_s` seconds (0: at once), the first time after `offset_s`."""

    pause_s: float
    offset_s: float


def requests_of(tenant: Tenant, bodies: Sequence[bytes]) -> list[bytes]:
    """Complete signed requests, as Cal.com sends them."""
    return [
        b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nUser-Agent: node\r\n"
        b"X-Cal-Webhook-Version: 2021-10-20\r\nX-Cal-Signature-256: %b\r\nContent-Length: %d\r\n\r\n%b"
        % (tenant.path.encode(), sign(body, tenant.secret).encode(), len(body), body)
        for body in bodies
    ]


def send(port: int, shares: Sequence[Sequence[bytes]], *, rate: float | None = None) -> Outcome:
    """Send each share on a connection of its own; as fast as it goes, or `rate` requests a second together."""
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(len(shares)), context.SimpleQueue()
    pause_s = 0.0 if rate is None else len(shares) / rate
    processes = [
        context.Process(
            target=_client, args=(port, share, Pace(pause_s, index * pause_s / len(shares)), barrier, answers)
        )
        for index, share in enumerate(shares)
    ]
    for process in processes:
        process.start()
    spans = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    if any(isinstance(span, str) for span in spans):
        raise RuntimeError(f"A client failed: {next(span for span in spans if isinstance(span, str))}")
    latencies = [latency for _, _, mine in spans for latency in mine]
    return Outcome(len(latencies), max(end for _, end, _ in spans) - min(start for start, _, _ in spans), latencies)


def _client(port: int, requests: Sequence[bytes], pace: Pace, barrier: Any, answers: Any) -> None:
    try:
        barrier.wait(_PATIENCE_S)
        answers.put(_send_all(port, requests, pace))
    except Exception as error:  # noqa: BLE001 - the parent must hear of it instead of waiting
        barrier.abort()
        answers.put(f"{type(error).__name__}: {error}")


def _send_all(port: int, requests: Sequence[bytes], pace: Pace) -> tuple[float, float, list[float]]:
    """Send one after the other. An answer's time counts from its request, and from the connecting where it must."""
    latencies = []
    connection: socket.socket | None = None
    start = time.monotonic()
    for index, request in enumerate(requests):
        if pace.pause_s:
            time.sleep(max(0.0, start + pace.offset_s + index * pace.pause_s - time.monotonic()))
        sent_at = time.monotonic()
        if connection is None or index % _REQUESTS_PER_CONNECTION == 0:
            if connection is not None:
                connection.close()
            connection = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request)
        _read_answer(connection)
        latencies.append((time.monotonic() - sent_at) * 1000)
    if connection is not None:
        connection.close()
    return start, time.monotonic(), latencies


def _read_answer(connection: socket.socket) -> None:
    answer = connection.recv(65536)
    while b"\r\n\r\n" not in answer:
        answer += _more(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{head.splitlines()[0]!r}: {body[:200]!r}")
    length = _LENGTH.search(head)
    missing = int(length.group(1)) - len(body) if length else 0
    while missing > 0:
        missing -= len(_more(connection))


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data
