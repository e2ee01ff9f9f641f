"""The wire between the real client and the sandbox without a socket: what can go wrong on it, request by request."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import NewConnectionError

from calcom.sandbox.app import Sandbox
from calcom.sandbox.wire import Answer, Request
from companies import meanwhile

ORIGIN = "http://127.0.0.1:1"  # nothing listens there


class Killed(BaseException):
    """The worker was killed at this moment. No `except Exception` may stop that."""


class Trouble(Enum):
    """What happens to one request."""

    NONE = "none"
    NO_CONNECTION = "no connection"
    TIMEOUT_BEFORE = "timeout, and nothing was written"
    TIMEOUT_AFTER = "timeout after it was written"
    LATE = "timeout, and it is written five seconds later"
    VERY_LATE = "timeout, and it is written forty seconds later"
    CUT = "the answer is cut in the middle"
    BUSY = "429"
    DOWN = "503"
    BROKEN_BEFORE = "500 instead of the work"
    BROKEN_AFTER = "500 after the work"
    KILLED_BEFORE = "the worker is killed before it was written"
    KILLED_AFTER = "the worker is killed after it was written"


_DELAYS_S = {Trouble.LATE: 5, Trouble.VERY_LATE: 40}
_INSTEAD = {
    Trouble.BUSY: (429, {"X-RateLimit-Reset-Default": "20", "X-RateLimit-Remaining-Default": "0"}),
    Trouble.DOWN: (503, {}),
    Trouble.BROKEN_BEFORE: (500, {}),
    Trouble.BROKEN_AFTER: (500, {}),
}
_WORKS_FIRST = {Trouble.TIMEOUT_AFTER, Trouble.CUT, Trouble.BROKEN_AFTER, Trouble.KILLED_AFTER}


@dataclass
class Wire:
    """The requests of the client reach the sandbox, or not. `troubles` are used up one by one.

    `meanwhile` happens one by one, right after a request has reached the sandbox, before its answer is read.
    """

    sandbox: Sandbox
    let_pass: Callable[[float], None]
    troubles: list[Trouble] = field(default_factory=list)
    meanwhile: list[Callable[[], None] | None] = field(default_factory=list)
    late: list[tuple[datetime, Request]] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        """The sandbox's answer. Raises what requests raises, or Killed."""
        self.let_pass(0.05)
        self.catch_up()
        trouble = self.troubles.pop(0) if self.troubles else Trouble.NONE
        if trouble not in {Trouble.KILLED_BEFORE, Trouble.KILLED_AFTER}:
            meanwhile.catch_up()
        if trouble is Trouble.NONE or (request.method == "GET" and trouble in _WORKS_FIRST):
            return self._handled(request)
        if trouble in _WORKS_FIRST:
            self._handled(request)
        self._fail(trouble, request)
        status, headers = _INSTEAD[trouble]
        return Answer(status, {"statusCode": status, "message": "Service Unavailable"}, headers)

    def catch_up(self) -> None:
        """Writes that were under way longer than anybody waited happen now."""
        now = datetime.now(UTC)
        due = [request for at, request in self.late if at <= now]
        self.late = [(at, request) for at, request in self.late if at > now]
        for request in due:
            self.sandbox.handle(request)

    def _handled(self, request: Request) -> Answer:
        answer = self.sandbox.handle(request)
        happens = self.meanwhile.pop(0) if self.meanwhile else None
        if happens is not None:
            happens()
        return answer

    def _fail(self, trouble: Trouble, request: Request) -> None:
        if trouble in {Trouble.KILLED_BEFORE, Trouble.KILLED_AFTER}:
            raise Killed
        if trouble is Trouble.NO_CONNECTION:
            raise requests.ConnectionError(NewConnectionError(HTTPConnection("sandbox"), "refused"))
        if trouble is Trouble.CUT:
            raise requests.ConnectionError("cut")
        if delay_s := _DELAYS_S.get(trouble):
            self.late.append((datetime.now(UTC) + timedelta(seconds=delay_s), request))
        if trouble in {Trouble.TIMEOUT_BEFORE, Trouble.TIMEOUT_AFTER, *_DELAYS_S}:
            raise requests.ReadTimeout("timeout")


class WireAdapter(HTTPAdapter):
    """What a session sends goes over the wire."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Ask the sandbox."""
        parts = urlsplit(request.url or "")
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = request.body or b""
        asked = Request(str(request.method), str(path), headers, body if isinstance(body, bytes) else body.encode())
        answer = self._wire.answer(asked)
        raw = HTTPResponse(
            BytesIO(answer.encoded()), status=answer.status, headers=answer.headers, preload_content=False
        )
        return self.build_response(request, raw)


def asked_for(method: str, path: str, body: Any, *, key: str | None) -> Request:
    """A request of somebody else's."""
    headers = {"cal-api-version": "2024-08-13", "content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    return Request(method, f"/v2{path}", headers, json.dumps(body).encode())
