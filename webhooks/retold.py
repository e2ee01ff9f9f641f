"""Deliveries that were applied, told again: for what was not taken out of them when they came."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from appointments.backends import BookingSnapshot, News
from calcom.envelope import open_envelope
from calcom.errors import InvalidDelivery, UnreadableBody
from webhooks.drain import MOST_AHEAD
from webhooks.handlers import IgnoredTrigger, Parcel, news_of
from webhooks.models import WebhookEvent

if TYPE_CHECKING:
    from companies.models import Company

_IN_MEMORY = 200


def applied_news(company: Company, uids: Collection[str]) -> dict[str, list[News]]:
    """By booking uid, the news of the company's processed deliveries about these bookings, as they came.

    Bodies that are not kept any more tell nothing.
    """
    events = WebhookEvent.objects.for_company(company).filter(booking_uid__in=list(uids), state=WebhookEvent.State.DONE)
    found: dict[str, list[News]] = {}
    kept = events.exclude(body=b"").order_by("received_at", "pk").only("body", "delivery_id", "received_at", "company")
    for event in kept.iterator(chunk_size=_IN_MEMORY):
        news = _news(event)
        if news is not None:
            found.setdefault(news.uid, []).append(news)
    return found


def _news(event: WebhookEvent) -> News | None:
    try:
        envelope = open_envelope(bytes(event.body))
        if envelope.sent_at is not None:
            envelope = replace(envelope, sent_at=min(envelope.sent_at, event.received_at + MOST_AHEAD))
        news = news_of(envelope, Parcel(delivery_id=event.delivery_id))
    except (IgnoredTrigger, InvalidDelivery, UnreadableBody):
        return None
    return replace(news, payload={}) if isinstance(news, BookingSnapshot) else news
