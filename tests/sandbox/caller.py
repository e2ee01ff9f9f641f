"""Calling a sandbox without a socket, in a world whose clock stands still."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from calcom.sandbox.app import Sandbox
from calcom.sandbox.sample import OWNER_KEY, sample_world
from calcom.sandbox.wire import Answer, Request

MONDAY = datetime(2027, 1, 4, 7, tzinfo=UTC)  # eight o'clock in Berlin
VERSIONS = {
    "bookings": "2024-08-13",
    "event-types": "2024-06-14",
    "slots": "2024-09-04",
    "schedules": "2024-06-11",
}
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


@dataclass
class Clock:
    """A clock that moves when it is told."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Caller:
    """Asks as one of the sample's users, with the right version unless told."""

    clock: Clock = field(default_factory=Clock)
    key: str | None = OWNER_KEY

    def __post_init__(self) -> None:
        self.sandbox = Sandbox(sample_world(clock=self.clock))

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        version: str | None = "",
        **headers: str,
    ) -> Answer:
        """Asks for a path below /v2. `key` None is a stranger; body as JSON, or bytes as they are."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        key = self.key if key == "" else key
        version = VERSIONS.get(path.strip("/").split("/")[0].split("?")[0]) if version == "" else version
        if key:
            sent["authorization"] = f"Bearer {key}"
        if version:
            sent["cal-api-version"] = version
        if body is not None and not isinstance(body, bytes):
            sent["content-type"], body = "application/json", json.dumps(body).encode()
        return self.sandbox.handle(Request(method, f"/v2{path}", sent, body or b""))

    def data(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The answer's data; fails on any error."""
        answer = self(method, path, body, **more)
        assert answer.status < 300, answer.body
        return answer.body["data"]

    def refusal(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Status and message of a refused call."""
        answer = self(method, path, body, **more)
        assert answer.status >= 400, answer.body
        return answer.status, answer.body.get("error", answer.body)["message"]

    def office_hours(self, **more: Any) -> dict[str, Any]:
        """The usual week of the caller, as the default schedule."""
        hours = [{"days": WEEKDAYS, "startTime": "09:00", "endTime": "12:00"}]
        body = {"name": "Office", "timeZone": "Europe/Berlin", "isDefault": True, "availability": hours}
        return dict(self.data("POST", "/schedules", body | more))

    def event_type(self, **more: Any) -> int:
        """A new event type of the caller; returns its id."""
        number = len(self.sandbox.world.event_types)
        body = {"title": "Haircut", "slug": f"haircut-{number}", "lengthInMinutes": 60, "minimumBookingNotice": 0}
        return int(self.data("POST", "/event-types", body | more)["id"])

    def book(self, event_type_id: int, start: str, **more: Any) -> dict[str, Any]:
        """A booking by a stranger, of a time in UTC."""
        attendee = {"name": "Ines Prado", "email": "ines@example.com", "timeZone": "Europe/Lisbon"}
        body = {"eventTypeId": event_type_id, "start": start, "attendee": attendee}
        return dict(self.data("POST", "/bookings", body | more, key=None))

    def starts(self, event_type_id: int, day: str, *, to: str = "", **query: str) -> list[str]:
        """The times of the free slots in Berlin, as 09:00."""
        asked = {"eventTypeId": str(event_type_id), "start": day, "end": to or day, "timeZone": "Europe/Berlin"}
        question = "&".join(f"{name}={value}" for name, value in (asked | query).items())
        days = self.data("GET", f"/slots?{question}", key=None)
        return [slot["start"][11:16] for slots in days.values() for slot in slots]
