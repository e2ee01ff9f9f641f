"""Which bookings the deliveries kept here name, for those who know only a booking's number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from calcom.envelope import open_envelope
from calcom.errors import InvalidDelivery, UnreadableBody
from calcom.legacy.shapes import Told, told_by
from webhooks.models import WebhookEvent

if TYPE_CHECKING:
    from companies.models import Company


def told_by_deliveries(company: Company, after: int, limit: int) -> tuple[Sequence[Told], int | None]:
    """The bookings in the company's next deliveries after that id, and the last id read; None where there are none."""
    rows = WebhookEvent.objects.for_company(company).filter(pk__gt=after).order_by("pk")
    events = list(rows.values_list("pk", "body")[:limit])
    return [told for _pk, body in events for told in _told_by(bytes(body))], events[-1][0] if events else None


def _told_by(body: bytes) -> list[Told]:
    try:
        return list(told_by(open_envelope(body).payload))
    except (InvalidDelivery, UnreadableBody):
        return []
