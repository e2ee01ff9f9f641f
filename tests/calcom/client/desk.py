"""Who books what at the small Cal.com."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from calcom.client import CalcomClient
from calcom.client.bookings import Booker, BookingRequest
from calcom.schemas.event_types import EventTypeRead

ANNA = Booker("Anna Beispiel", "Europe/Berlin", email="anna@example.com", language="de")
BERT = Booker("Bert Muster", "Europe/Berlin", email="bert@example.com")


def offered(client: CalcomClient, **fields: object) -> EventTypeRead:
    return client.create_event_type(**{"title": "Haircut", "slug": "haircut", "lengthInMinutes": 30, **fields})


def monday(hour: int = 10, minute: int = 0) -> datetime:
    """A time on the Monday after next, UTC: open at Cal.com by default, and never within a minimum notice."""
    day = timezone.now().astimezone(UTC) + timedelta(days=14 - timezone.now().astimezone(UTC).weekday())
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def booked(client: CalcomClient, event_type: EventTypeRead, *, booker: Booker = ANNA, at: datetime | None = None):
    return client.create_booking(BookingRequest(event_type.id, at or monday(), booker))[0]
