"""Requests and answers as values, and Cal.com's error shapes: no sockets here, so that tests can call it directly."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request. `path` as it was sent, with the query; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    """One answer. `body` is JSON, or bytes as they are (HTML of a gateway); None is no body at all.

    `cut` is a fault: "before" ends the connection instead of answering, "middle" after half of the bytes.
    """

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: str = ""

    def plus(self, headers: dict[str, str]) -> Answer:
        """The same answer with more headers."""
        return replace(self, headers=headers | self.headers) if headers else self

    def encoded(self) -> bytes:
        """The bytes on the wire: compact JSON in UTF-8."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


class Refusal(Exception):
    """Ends a request with an error. Shape A is the envelope, shape B Nest's bare default."""

    def __init__(self, status: int, message: str, *, code: str = "", details: Any = None, bare: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code or _CODES.get(status, "HttpException")
        self.details = (
            details
            if details is not None
            else {
                "message": message,
                "error": _REASONS.get(status, "Error"),
                "statusCode": status,
            }
        )
        self.bare = bare

    def answer(self, *, now: datetime, path: str) -> Answer:
        """The answer as Cal.com writes it. `details=False` leaves the details out (Zod's filter)."""
        if self.bare:
            return Answer(self.status, {"statusCode": self.status, "message": self.message})
        error: Json = {"code": self.code, "message": self.message}
        if self.details is not False:
            error["details"] = self.details
        return Answer(self.status, {"status": "error", "timestamp": instant(now), "path": path, "error": error})


def success(data: Any = None, *, status: int = 200, **more: Any) -> Answer:
    """The success envelope; without data only its status."""
    body: Json = {"status": "success"}
    if data is not None:
        body["data"] = data
    return Answer(status, body | more)


def instant(moment: datetime) -> str:
    """A time as Cal.com writes it: UTC with milliseconds and Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def malformed(message: str) -> Refusal:
    """400 with one text, as Cal.com's union pipes and guards write it."""
    return Refusal(400, message)


def invalid(errors: list[Json]) -> Refusal:
    """400 of the global validation: the texts are in `details.errors`, one per property."""
    return Refusal(400, "Bad Request Exception", details={"errors": errors})


def wrong_properties(problems: list[tuple[str, str]]) -> Refusal:
    """400 of the strict union pipes: one text, property by property."""
    return malformed(", ".join(f"{name} property is wrong,{text} " for name, text in problems))


def broken_constraint(target: Any, name: str, constraints: dict[str, str]) -> Json:
    """One entry of `invalid`. The value stands there only when one was given."""
    entry: Json = {"target": target}
    if isinstance(target, dict) and name in target:
        entry["value"] = target[name]
    return entry | {"property": name, "children": [], "constraints": constraints}


_CODES = {
    400: "BadRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "NotFoundException",
    409: "ConflictException",
    422: "UnprocessableEntityException",
    429: "ThrottlerException",
    500: "InternalServerErrorException",
}
_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    422: "Unprocessable Entity",
    500: "Internal Server Error",
}
