"""A salon's Cal.com in the morning of a Monday, and a receiver of its webhooks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.caller import WEEKDAYS, Caller

TUESDAY_NINE = "2027-01-05T08:00:00Z"  # nine o'clock in Berlin
TUESDAY_TEN = "2027-01-05T09:00:00Z"
TUESDAY_ELEVEN = "2027-01-05T10:00:00Z"
SECRET = "whsec-ä"
TRIGGERS = [
    "BOOKING_CREATED",
    "BOOKING_REQUESTED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
]


@dataclass
class Received:
    """One webhook as it came."""

    url: str
    raw: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def trigger(self) -> str:
        return str(self.json["triggerEvent"])

    @property
    def payload(self) -> dict[str, Any]:
        return dict(self.json["payload"])


@dataclass
class Desk(Caller):
    """Books as a stranger does, and keeps every webhook."""

    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sandbox.sender = self.receive
        self.status = 200
        hours = [{"days": WEEKDAYS, "startTime": "09:00", "endTime": "17:00"}]
        self.office_hours(availability=hours)

    def receive(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.received.append(Received(url, body, headers))
        return self.status

    def subscribe(self, *triggers: str, path: str = "/webhooks", **more: Any) -> str:
        body = {"active": True, "triggers": list(triggers or TRIGGERS), "secret": SECRET}
        body["subscriberUrl"] = f"http://127.0.0.1:1/{len(self.sandbox.world.subscriptions)}"
        return str(self.data("POST", path, body | more)["id"])

    def order(self, event_type_id: int, start: str = TUESDAY_NINE, *, name: str = "Ida Berg", **more: Any) -> Any:
        email = f"{name.split(maxsplit=1)[0].lower()}@example.com"
        attendee = {"name": name, "email": email, "timeZone": "Europe/Berlin"}
        return {"eventTypeId": event_type_id, "start": start, "attendee": attendee} | more

    def book(self, event_type_id: int, start: str = TUESDAY_NINE, **more: Any) -> Any:
        return self.data("POST", "/bookings", self.order(event_type_id, start, **more), key=None)

    def refused(self, event_type_id: int, start: str = TUESDAY_NINE, **more: Any) -> tuple[int, str]:
        return self.refusal("POST", "/bookings", self.order(event_type_id, start, **more), key=None)

    def act(self, booking: Any, action: str, body: Any = None, **more: Any) -> Any:
        return self.data("POST", f"/bookings/{booking['uid']}/{action}", body or {}, **more)

    def act_refused(self, booking: Any, action: str, body: Any = None, **more: Any) -> tuple[int, str]:
        return self.refusal("POST", f"/bookings/{booking['uid']}/{action}", body or {}, **more)

    def look(self, booking: Any) -> Any:
        return self.data("GET", f"/bookings/{booking['uid']}")

    def hold_writes(self, count: int) -> None:
        """The next requests wait between looking whether the host is free and writing, until they are let go."""
        self.sandbox.faults.add("write_gap", seconds=60, times=count)

    def let_go_when_all_wait(self, *, before: Callable[[], object] = lambda: None) -> None:
        while self.sandbox.faults.as_json():
            time.sleep(0.001)
        before()
        self.sandbox.closing.set()

    @property
    def triggers(self) -> list[str]:
        return [one.trigger for one in self.received]
