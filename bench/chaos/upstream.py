"""Cal.com for the run: the sandbox in a process of its own, its faults, and what it really holds."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import multiprocessing
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connections

from calcom.mirror import mirrored_world
from calcom.sandbox.app import Sandbox
from calcom.sandbox.server import serve
from calcom.sandbox.state import Booking, World
from calcom.sandbox.wire import Answer, Request
from devstack.parent import dying_with

TRUTH = "/chaos/bookings"
# Requests of people bear this mark: the faults are for the application's.
PEOPLE = "by=people"
_VERSION = "2024-08-13"
_PATIENCE_S = 60.0


class _Sandbox(Sandbox):
    """One that tells all it knows, and in which every customer comes from an address of their own."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._peers = itertools.count(1)

    def handle(self, request: Request) -> Answer:
        if request.path.startswith(TRUTH):
            with self.world.lock:
                return Answer(200, [_plain(one) for one in self.world.bookings.values()])
        if PEOPLE in request.path:
            request = replace(request, peer=f"customer {next(self._peers)}")
        return super().handle(request)


@dataclass(frozen=True)
class There:
    """A booking as Cal.com has it."""

    uid: str
    event_type_id: int
    host_id: int
    status: str
    starts_at: datetime
    ends_at: datetime
    rescheduled_from: str
    rescheduled_to: str
    reference: str
    emails: tuple[str, ...]

    @property
    def is_live(self) -> bool:
        """Neither cancelled nor rejected."""
        return self.status in {"accepted", "pending"}


@dataclass(frozen=True)
class Upstream:
    """The server, seen from here. Safe for many threads: each request has a connection of its own."""

    port: int

    @property
    def url(self) -> str:
        """The base URL for companies."""
        return f"http://127.0.0.1:{self.port}/v2"

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> tuple[int, Any]:
        """Somebody's request: status, and what came with it."""
        headers = {"cal-api-version": _VERSION, "Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def break_with(self, rules: list[dict[str, Any]]) -> None:
        """These faults instead of the present ones."""
        self.ask("PUT", "/sandbox/faults", rules)

    def faults_left(self) -> list[dict[str, Any]]:
        """The present faults, and how often each will still strike."""
        _, answer = self.ask("GET", "/sandbox/faults")
        return list(answer["data"])

    def bookings(self) -> dict[str, There]:
        """All bookings there ever were, by uid."""
        _, rows = self.ask("GET", TRUTH)
        return {row["uid"]: _there(row) for row in rows}


@contextlib.contextmanager
def running_upstream(listener: socket.socket) -> Iterator[Upstream]:
    """The server on this socket, for as long as the block lasts. It knows the companies of the database."""
    world = mirrored_world()
    for key in world.api_keys.values():
        key.limit = 10**9
    connections.close_all()
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(_Sandbox(world), listener, os.getpid()), daemon=True
    )
    process.start()
    try:
        yield Upstream(listener.getsockname()[1])
    finally:
        process.terminate()
        process.join()


def _serve(sandbox: Sandbox, listener: socket.socket, parent_pid: int) -> None:
    dying_with(parent_pid, by=signal.SIGKILL)()
    serve(sandbox, listener=listener)


def _plain(one: Booking) -> dict[str, Any]:
    return {
        "uid": one.uid,
        "event_type_id": one.event_type_id,
        "host_id": one.host_id,
        "status": one.status,
        "starts_at": one.starts_at.isoformat(),
        "ends_at": one.ends_at.isoformat(),
        "rescheduled_from": one.rescheduled_from,
        "rescheduled_to": one.rescheduled_to,
        "reference": str(one.metadata.get("slotkeeper_ref", "")),
        "emails": [person.email for person in one.attendees if person.host_id is None],
    }


def _there(row: dict[str, Any]) -> There:
    times = {name: datetime.fromisoformat(row[name]) for name in ("starts_at", "ends_at")}
    return There(**{**row, **times, "emails": tuple(row["emails"])})
