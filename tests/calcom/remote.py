"""What happens at Cal.com: customers and the host act there, and its webhooks are kept until somebody posts them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from calcom.sandbox.faults import Rule
from calcom.sandbox.sample import OWNER_KEY
from calcom.sandbox.server import RunningSandbox
from calcom.sandbox.state import Booking, EventType, Subscription
from calcom.sandbox.wire import Request
from companies.models import Company

OLGA = 1
SECRET = "whsec-remote"
TRIGGERS = [
    "BOOKING_CREATED",
    "BOOKING_REQUESTED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
]
Json = dict[str, Any]


def monday(hour: int = 10, minute: int = 0, *, weeks: int = 2) -> datetime:
    """A time on a Monday to come, UTC, within Olga's hours from nine to five."""
    today = timezone.now().astimezone(UTC)
    day = today + timedelta(days=7 * weeks - today.weekday())
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


@dataclass
class Remote:
    """Olga's account, and those who book there. `mail` holds the webhooks that were sent and not yet posted."""

    cal: RunningSandbox
    company: Company
    mail: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = self.cal.sandbox.world
        self.cal.sandbox.sender = self._keep
        self.company.webhook_secret = SECRET
        self.company.save()

    def subscribe(self) -> None:
        """From now on webhooks are sent."""
        url = f"http://127.0.0.1:1/api/webhooks/calcom/{self.company.webhook_token}"
        number = f"subscription{len(self.world.subscriptions)}"
        self.world.subscriptions[number] = Subscription(number, url, TRIGGERS, secret=SECRET, user_id=OLGA)

    def post(self, client: Client, *, last_first: bool = False) -> int:
        """The webhooks arrive; returns how many."""
        mail, self.mail = self.mail, []
        for body, headers in reversed(mail) if last_first else mail:
            path = f"/api/webhooks/calcom/{self.company.webhook_token}"
            answer = client.generic("POST", path, body, content_type="application/json", headers=headers)
            assert answer.status_code == 200
        return len(mail)

    def lose_mail(self) -> None:
        """The webhooks so far never arrive."""
        self.mail.clear()

    def offer(self, title: str = "Cut", minutes: int = 30, *, hosts: list[int] | None = None, **fields: Any) -> int:
        """An event type; returns its id."""
        number = 1000 + self.world.next_id("test event type")
        self.world.event_types[number] = EventType(
            id=number,
            owner_id=OLGA,
            title=title,
            slug=f"type-{number}",
            length_min=minutes,
            host_ids=hosts or [OLGA],
            fields={"minimumBookingNotice": 0, **fields},
        )
        return number

    def book(self, event_type_id: int, at: datetime | None = None, *, name: str = "Ida Berg", **more: Any) -> Json:
        """A customer books."""
        email = f"{name.split(maxsplit=1)[0].lower()}@example.com"
        attendee = {"name": name, "email": email, "timeZone": "Europe/Berlin"}
        body = {"eventTypeId": event_type_id, "start": (at or monday()).isoformat(), "attendee": attendee} | more
        found = self.ask("POST", "/bookings", body, key=None)
        return dict(found[0]) if isinstance(found, list) else dict(found)

    def move(self, booking: Json, to: datetime, **more: Any) -> Json:
        """The customer moves it."""
        return dict(self.act(booking, "reschedule", {"start": to.isoformat()} | more, key=None))

    def cancel(self, booking: Json, reason: str = "", **more: Any) -> Any:
        """The customer cancels it."""
        return self.act(booking, "cancel", {"cancellationReason": reason} | more, key=None)

    def act(self, booking: Json, action: str, body: Json | None = None, *, key: str | None = OWNER_KEY) -> Any:
        """Somebody does something with a booking; the host unless told."""
        return self.ask("POST", f"/bookings/{booking['uid']}/{action}", body or {}, key=key)

    def row(self, booking: Json) -> Booking:
        """The booking as the server keeps it."""
        return self.world.bookings[booking["uid"]]

    def fault(self, kind: str, **settings: Any) -> Rule:
        """Something goes wrong from now on."""
        return self.cal.sandbox.faults.add(kind, **settings)

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = OWNER_KEY) -> Any:
        """One request, without a socket and without faults; fails on any error."""
        headers = {"cal-api-version": "2024-08-13", "content-type": "application/json"}
        if key:
            headers["authorization"] = f"Bearer {key}"
        request = Request(method, f"/v2{path}", headers, json.dumps(body).encode() if body is not None else b"")
        answer = self.cal.sandbox.handle(request)
        assert answer.status < 300, answer.body
        return answer.body["data"]

    def _keep(self, _url: str, body: bytes, headers: dict[str, str]) -> int:
        self.mail.append((body, headers))
        return 200
